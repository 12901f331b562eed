#pragma once
// The twelve octets in front of every message. Standards: RFC 1035 §4.1.1, RFC 4035 §3 (AD, CD).
//
// Threads: values. Errors: none: any twelve octets are a header. Limits: 12 octets. Security: counts are
// claims, never sizes to reserve.

#include "base/bytes.hpp"
#include "wire/types.hpp"

#include <cstdint>
#include <utility>

namespace lockstep {

constexpr std::size_t header_octets = 12;
/// Of a message: what the length in front of it over TCP can say (RFC 1035 §4.2.2), and a datagram hold.
constexpr std::size_t max_message_octets = 65535;
/// The length in front of a message over TCP (RFC 1035 §4.2.2).
constexpr std::size_t message_length_octets = 2;

/// A message's ID (RFC 1035 §4.1.1). Value type.
enum class MessageId : std::uint16_t {};

/// The four parts behind a header (RFC 1035 §4.1).
enum class Section : std::uint8_t { Question, Answer, Authority, Additional };

/// A header as a value.
struct Header {
    MessageId id{};
    bool response = false;
    Opcode opcode = Opcode::Query;
    bool authoritative = false;
    bool truncated = false;
    bool recursion_desired = false;
    bool recursion_available = false;
    bool authentic_data = false;
    bool checking_disabled = false;
    Rcode rcode = Rcode::NOERROR;  // the low four bits
    std::uint16_t question_count = 0;
    std::uint16_t answer_count = 0;
    std::uint16_t authority_count = 0;
    std::uint16_t additional_count = 0;

    /// `octets` holds at least header_octets.
    [[nodiscard]] static Header read(Octets octets) {
        const auto flags = load_big_endian<std::uint16_t>(octets.data() + 2);
        const auto count = [&](std::size_t at) { return load_big_endian<std::uint16_t>(octets.data() + at); };
        return {.id = MessageId{count(0)},
                .response = (flags & 0x8000) != 0,
                .opcode = static_cast<Opcode>(flags >> 11 & 0xf),
                .authoritative = (flags & 0x0400) != 0,
                .truncated = (flags & 0x0200) != 0,
                .recursion_desired = (flags & 0x0100) != 0,
                .recursion_available = (flags & 0x0080) != 0,
                .authentic_data = (flags & 0x0020) != 0,
                .checking_disabled = (flags & 0x0010) != 0,
                .rcode = static_cast<Rcode>(flags & 0xf),
                .question_count = count(4),
                .answer_count = count(6),
                .authority_count = count(8),
                .additional_count = count(10)};
    }
    /// Writes header_octets; the Z bit is always 0.
    void write(std::byte* to) const {
        const auto flags = static_cast<std::uint16_t>(
            (response ? 0x8000U : 0U) | (std::to_underlying(opcode) & 0xfU) << 11 |
            (authoritative ? 0x0400U : 0U) | (truncated ? 0x0200U : 0U) | (recursion_desired ? 0x0100U : 0U) |
            (recursion_available ? 0x0080U : 0U) | (authentic_data ? 0x0020U : 0U) |
            (checking_disabled ? 0x0010U : 0U) | (std::to_underlying(rcode) & 0xfU));
        store_big_endian(to, std::to_underlying(id));
        store_big_endian(to + 2, flags);
        store_big_endian(to + 4, question_count);
        store_big_endian(to + 6, answer_count);
        store_big_endian(to + 8, authority_count);
        store_big_endian(to + 10, additional_count);
    }
};

}  // namespace lockstep
