#pragma once
// Writes a message into a buffer of the caller, names compressed, and takes back what does not fit.
//
// Threads: one writer a thread; reused from message to message. Errors: WireError::NoSpace; what was written
// since the last mark stays until rollback(). Limits: 65,535 octets, 512 compression targets at a time (a
// later one takes the place of one whose hash is alike). Security: no allocation. Standards: RFC 1035 §4.1.4,
// RFC 3597 §4, RFC 2181 §9 (whole RRsets).

#include "wire/header.hpp"
#include "wire/reader.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace lockstep {

enum class Compress : bool { No, Yes };

/// Resource type; about 3.5 KiB, kept by its worker.
class MessageWriter {
public:
    /// Starts a message in `buffer` (at most 65,535 octets of it are used) that must not grow over `limit`
    /// octets.
    void start(std::span<std::byte> buffer, std::size_t limit);

    /// What may still be written, less what is reserved.
    [[nodiscard]] std::size_t space() const { return limit_ - reserved_ - size_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::span<std::byte> buffer() const { return buffer_; }
    /// Sets `octets` aside for what comes last (OPT, TSIG); release gives them back.
    void reserve(std::size_t octets) { reserved_ += octets; }
    void release(std::size_t octets) { reserved_ -= octets; }
    void set_limit(std::size_t limit);
    /// The name that most names of the messages to come end in: once it stands in one, it is not searched
    /// for any more.
    void set_common_suffix(NameView suffix);

    /// A state to return to.
    struct Mark {
        std::size_t size = 0;
        std::array<std::uint16_t, 4> counts{};
    };
    [[nodiscard]] Mark mark() const { return {size_, counts_}; }
    void rollback(const Mark& mark);

    [[nodiscard]] WireResult<void> question(NameView name, RrType type, RrClass rr_class);
    /// Writes one whole record whose RDATA holds no compressible names.
    [[nodiscard]] WireResult<void> record(Section section, NameView owner, RrType type, RrClass rr_class,
                                          std::uint32_t ttl, Octets rdata);
    /// Opens a record; sections come in their order. Its RDATA follows by name() and octets(), and
    /// end_record() closes it.
    [[nodiscard]] WireResult<void> begin_record(Section section, NameView owner, RrType type,
                                                RrClass rr_class, std::uint32_t ttl);
    /// The same for one more record of the last record's owner; needs has_owner().
    [[nodiscard]] WireResult<void> begin_record_again(Section section, RrType type, RrClass rr_class,
                                                      std::uint32_t ttl) {
        DNS_TRY(pointer(owner_pointer_));
        return fixed_part(section, type, rr_class, ttl);
    }
    /// Whether the last record's owner can be pointed to.
    [[nodiscard]] bool has_owner() const { return owner_pointer_ != 0; }
    [[nodiscard]] WireResult<void> name(NameView name, Compress compress);
    [[nodiscard]] WireResult<void> octets(Octets octets) {
        if (octets.size() > space()) return unexpected(WireError::NoSpace);
        copy_octets(buffer_.data() + size_, octets);
        size_ += octets.size();
        return {};
    }
    void end_record() {
        store_big_endian(buffer_.data() + rdata_length_at_,
                         static_cast<std::uint16_t>(size_ - rdata_length_at_ - 2));
    }

    [[nodiscard]] std::uint16_t count(Section section) const {
        return counts_[static_cast<std::size_t>(section)];
    }

    /// Writes the header with the counts of what was written; returns the message's size.
    [[nodiscard]] std::size_t finish(Header header);

private:
    static constexpr std::size_t record_fixed_octets = 10;
    static constexpr std::size_t target_slots = 512;
    static constexpr unsigned max_hops = 8;  // readers give up on a name after some: 16 in dnspython
    /// A suffix that stands in the message, in the slot that its hash says; the one written last stays.
    struct Target {
        std::uint16_t at = 0;      // where it starts
        std::uint16_t hash = 0;    // what its slot does not say of it
        std::uint8_t message = 0;  // which it stands in: message_, or it is of an earlier one
    };

    /// Where the name written last can be pointed at.
    struct Written {
        std::size_t at = 0;
        unsigned hops = 0;  // pointers that a reader follows from there
    };

    std::span<std::byte> buffer_;
    std::size_t size_ = 0;
    std::size_t limit_ = 0;
    std::size_t reserved_ = 0;
    std::size_t rdata_length_at_ = 0;
    std::size_t question_octets_ = 0;   // of the first question's name, which stands at the header's end
    bool question_remembered_ = false;  // among targets_: only once a name comes that does not end it
    std::uint8_t message_ = 0;          // counts messages, never 0 in one
    Written written_;
    Written common_at_;              // of common_; at 0: it stands nowhere yet
    Name common_;                    // the root: there is none
    std::size_t owner_pointer_ = 0;  // to owner_ in the message; 0: not there
    std::size_t owner_octets_ = 0;
    std::array<std::uint16_t, 4> counts_{};
    std::array<std::byte, max_name_octets> owner_{};  // of the last record: the next one often has the same
    std::array<Target, target_slots> targets_{};

    void remember(Target& slot, std::size_t at, std::uint16_t hash) {
        if (at <= max_pointer_target) slot = {static_cast<std::uint16_t>(at), hash, message_};
    }
    void remember_question();
    void forget_from(std::size_t at);
    [[nodiscard]] bool ends_in_common(Octets name) const;
    void find_common(Octets name, std::size_t literal, const Written& rest);
    [[nodiscard]] Written stands_at(Octets suffix, std::size_t known, std::size_t target) const;
    [[nodiscard]] WireResult<void> pointer(std::size_t to) {
        if (space() < 2) return unexpected(WireError::NoSpace);
        store_big_endian(buffer_.data() + size_, static_cast<std::uint16_t>(pointer_bits | to));
        size_ += 2;
        return {};
    }
    [[nodiscard]] WireResult<void> fixed_part(Section section, RrType type, RrClass rr_class,
                                              std::uint32_t ttl) {
        if (space() < record_fixed_octets) return unexpected(WireError::NoSpace);
        auto* fixed = buffer_.data() + size_;
        store_big_endian(fixed, std::to_underlying(type));
        store_big_endian(fixed + 2, std::to_underlying(rr_class));
        store_big_endian(fixed + 4, ttl);
        rdata_length_at_ = size_ + 8;
        size_ += record_fixed_octets;
        ++counts_[static_cast<std::size_t>(section)];
        return {};
    }
    [[nodiscard]] WireResult<void> new_owner(NameView name);
    [[nodiscard]] bool ends_question(Octets name) const;
};

}  // namespace lockstep
