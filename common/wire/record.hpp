#pragma once
// Resource records outside a message and outside a zone: what parsers yield, builders take, journals keep.
//
// Threads: values. Errors: WireError. Limits: 65,535 octets of RDATA. Standards: RFC 1035 §3.2.1, names
// uncompressed.

#include "base/bytes.hpp"
#include "wire/name.hpp"
#include "wire/ttl.hpp"
#include "wire/types.hpp"

#include <cstdint>
#include <iterator>

namespace lockstep {

/// One record of class IN whose owner and uncompressed RDATA live elsewhere. A view.
struct RecordView {
    NameView owner;
    RrType type = RrType::None;
    Ttl ttl;
    Octets rdata;
};

/// Records one after another in one buffer: owner, type, class IN, TTL, RDLENGTH, RDATA, all uncompressed.
/// The form of whole zones and of changes wherever they are kept or carried. Value type; 10 octets over the
/// record's own.
class RecordList {
public:
    class Iterator {
    public:
        using value_type = RecordView;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;
        using pointer = void;
        using reference = RecordView;
        Iterator() = default;
        [[nodiscard]] RecordView operator*() const;
        Iterator& operator++();
        void operator++(int) { ++*this; }
        bool operator==(const Iterator& other) const { return at_ == other.at_; }

    private:
        friend class RecordList;
        explicit Iterator(const std::byte* at) : at_(at) {}
        const std::byte* at_ = nullptr;
    };

    void append(const RecordView& record);
    [[nodiscard]] Iterator begin() const { return Iterator(octets_.data()); }
    [[nodiscard]] Iterator end() const { return Iterator(octets_.data() + octets_.size()); }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    /// All octets, in the form that from_octets() reads.
    [[nodiscard]] Octets octets() const { return octets_; }
    void clear();
    void reserve(std::size_t octets) { octets_.reserve(octets); }

    /// Checks the framing (names, lengths, class) of stored octets; RDATA is taken as it is.
    [[nodiscard]] static WireResult<RecordList> from_octets(OctetString octets);

private:
    OctetString octets_;
    std::size_t count_ = 0;
};

}  // namespace lockstep
