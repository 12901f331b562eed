#pragma once
// Goes through a message from question to last record, checking every length.
//
// Threads: a value, one reader a thread. Errors: WireError. Limits: 65,535 octets; work is linear in the
// octets, names at most 255 each. Security: section counts are never trusted: reading stops at the end of the
// octets. Standards: RFC 1035 §4.1.

#include "base/bytes.hpp"
#include "wire/header.hpp"
#include "wire/name.hpp"
#include "wire/ttl.hpp"

#include <optional>

namespace lockstep {

/// One entry of the question section.
struct Question {
    Name name;
    RrType type = RrType::None;
    RrClass rr_class = RrClass::IN;
};

/// A message's first question, where it stands. A view of its message.
struct QuestionView {
    NameView name;
    RrType type = RrType::None;
    RrClass rr_class = RrClass::IN;
};

/// One record where it stands: RDATA not yet looked into (rdata/read_rdata does), as it may be compressed.
struct WireRecord {
    Name owner;
    RrType type = RrType::None;
    RrClass rr_class = RrClass::IN;
    std::uint32_t raw_ttl = 0;  // OPT and TSIG use all 32 bits
    std::size_t start = 0;      // position of the owner in the message
    std::size_t rdata_at = 0;   // position of the RDATA in the message
    std::uint16_t rdata_octets = 0;
    [[nodiscard]] Octets rdata(Octets message) const { return message.subspan(rdata_at, rdata_octets); }
};

/// A cursor over a message; the caller counts what the header announces. A view of its message.
class MessageReader {
public:
    /// `message` holds at least header_octets.
    explicit MessageReader(Octets message) : message_(message) {}

    /// The first question. Nothing stands before it that its name could point at, so that it is never
    /// compressed. Errors: Truncated and those of NameView::read.
    [[nodiscard]] WireResult<QuestionView> first_question();
    /// Errors: Truncated and those of Name::read.
    [[nodiscard]] WireResult<Question> question();
    /// Errors: Truncated and those of Name::read.
    [[nodiscard]] WireResult<WireRecord> record();
    /// The same into `out`, whose old value is lost either way.
    [[nodiscard]] WireResult<void> record_into(WireRecord& out);
    /// The same, its owner only checked, not read: `out.owner` stays.
    [[nodiscard]] WireResult<void> pass_record(WireRecord& out);
    /// Whether the next record's owner is a pointer to that of `last`, which was read from this message, or
    /// the same pointer: records of one name mostly follow each other. A chain of max_pointers may so become
    /// one longer.
    [[nodiscard]] bool repeats_owner(const WireRecord& last) const {
        constexpr std::size_t octets = sizeof(std::uint16_t);
        if (message_.size() - at_ < octets || last.start + octets > message_.size()) return false;
        const auto pointer = load_big_endian<std::uint16_t>(message_.data() + at_);
        const auto before = load_big_endian<std::uint16_t>(message_.data() + last.start);
        // Nothing points to where a message has more than 14 bits, though the bits would look alike.
        const bool can_be_pointed_to = before < pointer_bits && last.start <= max_pointer_target;
        return pointer >= pointer_bits &&
               (pointer == before || (can_be_pointed_to && pointer == (pointer_bits | last.start)));
    }
    /// Reads such a record: `out.owner` stays.
    [[nodiscard]] WireResult<void> record_again(WireRecord& out) { return behind_owner(at_ + 2, out); }
    [[nodiscard]] std::size_t position() const { return at_; }
    [[nodiscard]] bool at_end() const { return at_ == message_.size(); }
    [[nodiscard]] Octets message() const { return message_; }

private:
    [[nodiscard]] WireResult<void> behind_question_name(std::size_t at, RrType& type, RrClass& rr_class);
    [[nodiscard]] WireResult<void> behind_owner(std::size_t at, WireRecord& out);
    Octets message_;
    std::size_t at_ = header_octets;
};

}  // namespace lockstep
