#include "secondary/update_forwarder.hpp"

#include "net/client.hpp"
#include "sync/exchange.hpp"
#include "wire/header.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t most_under_way = 100;
constexpr milliseconds to_connect{3'000};
constexpr milliseconds to_answer{20'000};

/// Whether `answer` can be that to `message`; whether it is right is for the client to judge, who has the
/// key.
bool answers(Octets message, Octets answer) {
    if (answer.size() < header_octets) return false;
    const Header asked = Header::read(message);
    const Header told = Header::read(answer);
    return told.response && told.id == asked.id && told.opcode == asked.opcode;
}

/// A header alone: whoever cannot be told in a signed way is at least told at once.
OctetString refusal_of(Octets message) {
    const Header asked = Header::read(message);
    OctetString refusal(header_octets);
    Header{.id = asked.id, .response = true, .opcode = asked.opcode, .rcode = Rcode::SERVFAIL}.write(
        refusal.data());
    return refusal;
}

}  // namespace

bool UpdateForwarder::admit() {
    if (under_way_.fetch_add(1) < most_under_way) return true;
    under_way_.fetch_sub(1);
    return false;
}

awaitable<void> UpdateForwarder::forward(Name zone, std::vector<PeerConfig> primaries,
                                         std::vector<Endpoint> listen, OctetString message,
                                         std::unique_ptr<LateReply> way) {
    auto& counters = server_.sync_counters().updates;
    auto answer = co_await ask(std::move(primaries), std::move(listen), message);
    if (answer) {
        counters.forwarded.add();
        way->send(*answer);
    } else {
        counters.not_forwarded.add();
        if (const auto held_back = failures_.admit(zone.to_string())) {
            server_.log().warning("{}: an update could not be passed on: {}{}", zone.to_string(),
                                  answer.error().text, held_back_text(*held_back));
        }
        way->send(refusal_of(message));
    }
    under_way_.fetch_sub(1);
}

awaitable<Result<OctetString>> UpdateForwarder::ask(std::vector<PeerConfig> primaries,
                                                    std::vector<Endpoint> listen, OctetString message) {
    std::string problems;
    for (const PeerConfig& primary : primaries) {
        auto connected =
            co_await connect_stream(primary.address, source_towards(primary.address, listen), to_connect);
        if (!connected) {
            problems +=
                fmt::format("{}{}: {}", problems.empty() ? "" : "; ", primary.name, connected.error().text);
            continue;
        }
        DnsStream& stream = **connected;
        auto sent = co_await stream.write(message, to_answer);
        if (!sent) co_return unexpected(std::move(sent).error().in(primary.name));
        auto got = co_await stream.read(to_answer);
        // From here on the primary may have done it: no other is asked.
        if (!got) co_return unexpected(std::move(got).error().in(primary.name));
        if (!*got || !answers(message, **got))
            co_return fail(ErrorCode::Invalid,
                           primary.name + ": closed the connection, or answered something else");
        co_return OctetString((*got)->begin(), (*got)->end());
    }
    co_return fail(ErrorCode::Io, problems.empty() ? "the zone has no primary" : problems);
}

}  // namespace lockstep
