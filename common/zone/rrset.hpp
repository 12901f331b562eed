#pragma once
// An RRset and a node inside a snapshot. Views: good as long as the snapshot is held.

#include "base/bytes.hpp"
#include "wire/ttl.hpp"
#include "wire/types.hpp"

#include <cstddef>
#include <iterator>
#include <optional>

namespace lockstep {

/// The records of one owner and type (RFC 9499 §5): RDATA uncompressed, case kept, in canonical order, no
/// duplicates. A view.
class RrsetView {
public:
    /// RDATA of each record in turn.
    class Iterator {
    public:
        using value_type = Octets;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::forward_iterator_tag;
        using pointer = void;
        using reference = Octets;
        Iterator() = default;
        explicit Iterator(const std::byte* at) : at_(at) {}
        [[nodiscard]] Octets operator*() const { return {at_ + 2, load_big_endian<std::uint16_t>(at_)}; }
        Iterator& operator++() {
            at_ += 2 + load_big_endian<std::uint16_t>(at_);
            return *this;
        }
        Iterator operator++(int) {
            const Iterator before = *this;
            ++*this;
            return before;
        }
        bool operator==(const Iterator&) const = default;

    private:
        const std::byte* at_ = nullptr;
    };

    RrsetView() = default;
    /// `packed` holds `count` records, each a 16-bit length in network order and so many octets.
    RrsetView(RrType type, Ttl ttl, std::size_t count, Octets packed)
        : type_(type), ttl_(ttl), count_(count), packed_(packed) {}

    [[nodiscard]] RrType type() const { return type_; }
    [[nodiscard]] Ttl ttl() const { return ttl_; }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] Octets packed() const { return packed_; }
    [[nodiscard]] Iterator begin() const { return Iterator(packed_.data()); }
    [[nodiscard]] Iterator end() const { return Iterator(packed_.data() + packed_.size()); }
    [[nodiscard]] Octets front() const { return *begin(); }
    /// Of an RRset of signatures: the type that all of them cover; None where the RDATA is too short to say.
    [[nodiscard]] RrType covered() const {
        return front().size() < 2 ? RrType::None : RrType{load_big_endian<std::uint16_t>(front().data())};
    }

private:
    RrType type_ = RrType::None;
    Ttl ttl_;
    std::size_t count_ = 0;
    Octets packed_;
};

/// All RRsets of one owner, by ascending type. A view; never empty. Signatures are kept as one RRset for each
/// type that they cover, by ascending covered type, since their TTLs are those of what they cover (RFC 4034
/// §3). Form in memory, written by the builder: per RRset a 16-bit type, 16-bit count, 32-bit TTL, 32-bit
/// length of what follows, then its packed records; all in network order, nothing between.
class NodeView {
public:
    class Iterator {
    public:
        using value_type = RrsetView;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::forward_iterator_tag;
        using pointer = void;
        using reference = RrsetView;
        Iterator() = default;
        explicit Iterator(const std::byte* at) : at_(at) {}
        [[nodiscard]] RrsetView operator*() const {
            return {type(), Ttl{load_big_endian<std::uint32_t>(at_ + 4)},
                    load_big_endian<std::uint16_t>(at_ + 2), Octets{at_ + header_octets, packed_octets()}};
        }
        Iterator& operator++() {
            at_ += header_octets + packed_octets();
            return *this;
        }
        Iterator operator++(int) {
            const Iterator before = *this;
            ++*this;
            return before;
        }
        bool operator==(const Iterator&) const = default;
        [[nodiscard]] RrType type() const { return RrType{load_big_endian<std::uint16_t>(at_)}; }

    private:
        [[nodiscard]] std::size_t packed_octets() const { return load_big_endian<std::uint32_t>(at_ + 8); }
        const std::byte* at_ = nullptr;
    };
    static constexpr std::size_t header_octets = 12;

    NodeView() = default;
    explicit NodeView(Octets octets) : octets_(octets) {}

    [[nodiscard]] Iterator begin() const { return Iterator(octets_.data()); }
    [[nodiscard]] Iterator end() const { return Iterator(octets_.data() + octets_.size()); }
    [[nodiscard]] std::optional<RrsetView> find(RrType type) const {
        for (auto at = begin(); at != end(); ++at) {
            if (at.type() == type) return *at;
            if (at.type() > type) break;
        }
        return std::nullopt;
    }
    /// The signatures that cover `covered`; find(RRSIG) yields only the first of such RRsets.
    [[nodiscard]] std::optional<RrsetView> signatures(RrType covered) const {
        for (auto at = begin(); at != end(); ++at) {
            if (at.type() > RrType::RRSIG) break;
            if (at.type() == RrType::RRSIG && (*at).covered() == covered) return *at;
        }
        return std::nullopt;
    }
    [[nodiscard]] bool has(RrType type) const { return find(type).has_value(); }
    [[nodiscard]] Octets octets() const { return octets_; }

private:
    Octets octets_;
};

}  // namespace lockstep
