#pragma once
// The question that opens a transfer: made by a secondary, read by who answers.
//
// Threads: pure functions over values. Errors: Rcode. Limits: 65,535 octets. Security: the authority section
// of an IXFR is checked for owner, class and shape before its serial is believed. Standards: RFC 5936 §2.1,
// RFC 1995 §3, RFC 7314 §3.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "rdata/soa.hpp"
#include "wire/header.hpp"
#include "wire/name.hpp"
#include "wire/types.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace lockstep {

/// Whether a question carries an OPT record with an empty EXPIRE option (RFC 7314).
enum class AskExpire : bool { No, Yes };

/// What a secondary asks for. Value type.
struct TransferRequest {
    Name zone;
    /// AXFR, IXFR, or SOA (the freshness probe).
    RrType type = RrType::AXFR;
    MessageId id{};
    /// The version that is held: for IXFR it must be there, its SOA goes into the authority section.
    std::optional<Soa> held;
    AskExpire ask_expire = AskExpire::No;
};

/// The query's octets, not signed yet (sign_request() does).
[[nodiscard]] OctetString make_request(const TransferRequest& request);

/// What an AXFR or IXFR query says. Value type.
struct TransferQuery {
    MessageId id{};
    /// In the case that it was asked in.
    Name zone;
    RrType type = RrType::AXFR;
    bool recursion_desired = false;
    /// IXFR only: the SOA in the authority section, that is the version that the client holds.
    std::optional<Soa> held;
};

struct MessageView;

/// How long the server will go on serving the zone, where its answer says (RFC 7314 §3).
[[nodiscard]] std::optional<std::chrono::seconds> told_expire(const MessageView& answer);

/// Reads an AXFR or IXFR query of class IN. Errors: FORMERR where it has not exactly one question, or an IXFR
/// not exactly one SOA, owned by the zone, in its authority section; NOTIMP for another opcode or type;
/// REFUSED for another class.
[[nodiscard]] Expected<TransferQuery, Rcode> read_transfer_query(const MessageView& message);
/// The same from the octets: FORMERR also where they are no well-formed message.
[[nodiscard]] Expected<TransferQuery, Rcode> read_transfer_query(Octets message);

}  // namespace lockstep
