#pragma once
// What becomes of any octets as one line of text, for tables of them.

#include "fixture.hpp"
#include "tsig/record.hpp"

namespace lockstep::test {

/// `RCODE`, then what else there is of: ` AA`, ` TC`, ` Z` (a bit that must be clear is set), ` Q` (the
/// question), ` N answers`, ` OPT`, ` EDE n`, ` signed` or ` unsigned` with the TSIG error before it.
inline std::string line_of(Octets reply) {
    const Answered answered = take_apart(reply);
    const Header& header = answered.view.header;
    REQUIRE(header.response);
    std::string line = answered.rcode();
    if (header.authoritative) line += " AA";
    if (header.truncated) line += " TC";
    if (header.recursion_available || header.authentic_data || (reply[3] & std::byte{0x40}) != std::byte{0})
        line += " Z";
    if (header.question_count == 1) line += " Q";
    if (!answered.answer.empty()) line += fmt::format(" {} answers", answered.answer.size());
    if (answered.view.edns) line += " OPT";
    if (const auto error = answered.extended_error())
        line += fmt::format(" EDE {}", static_cast<unsigned>(*error));
    if (answered.view.tsig_at == 0) return line;
    const auto tsig = TsigRecord::read(reply, answered.view.tsig_at);
    REQUIRE(tsig.has_value());
    if (tsig->error == Rcode::BADSIG) {
        line += " BADSIG";  // whose number is that of BADVERS, too
    } else if (tsig->error != Rcode::NOERROR) {
        line += " " + to_string(tsig->error);
    }
    return line + (tsig->mac.empty() ? " unsigned" : " signed");
}

/// line_of() the first message of the reply, or `no reply`; then, each behind `; `, what was told to who
/// watches transfers and NOTIFYs.
inline std::string outcome_of(Server& server, Octets message, const Client& client) {
    OctetString out(65535);
    server.transfers.events.clear();
    server.notifies.events.clear();
    std::string line = "no reply";
    if (client.transport == Transport::Udp) {
        const auto octets = server.datagram(message, std::span(out).first(1232), client);
        if (octets != 0) line = line_of(Octets(out).first(octets));
    } else {
        auto reply = server.responder.respond_stream(message, client, out);
        if (reply.octets != 0) line = line_of(Octets(out).first(reply.octets));
        while (reply.more && reply.more->next(out) != 0) {
        }
        if (reply.more && !reply.more->failed()) reply.more->sent();
    }
    for (const auto* events : {&server.transfers.events, &server.notifies.events}) {
        for (const auto& event : *events)
            line += "; " + event;
    }
    return line;
}

}  // namespace lockstep::test
