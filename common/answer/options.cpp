#include "answer/options.hpp"

#include "answer/query.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace lockstep {
namespace {

/// RFC 7314 §3.1: how long the zone will stay good, where the question's name is the apex of one.
void answer_expire(const OptionSources& from, EdnsBuilder& opt) {
    const QuestionView& question = *from.request.question;
    const bool asks =
        question.type == RrType::SOA || question.type == RrType::AXFR || question.type == RrType::IXFR;
    if (!asks || from.request.header.opcode != Opcode::Query) return;
    const ServedZone* served = from.zones.find(question.name);
    if (served == nullptr || !(served->apex.view() == question.name) || unservable(*served)) return;
    std::optional<seconds> lease;
    if (served->lease) lease = served->lease->remaining(from.clock.steady_now());
    const seconds left = lease.value_or(served->zone->soa().expire);
    std::array<std::byte, 4> value{};
    store_big_endian(value.data(),
                     static_cast<std::uint32_t>(std::clamp<std::int64_t>(left.count(), 0, 0xffffffff)));
    opt.add(EdnsOption::EXPIRE, value);
}

/// RFC 9660 §2: the labels of the zone that answers, type SOA-SERIAL, the serial.
void answer_zone_version(const OptionSources& from, EdnsBuilder& opt) {
    const QuestionView& question = *from.request.question;
    if (from.request.header.opcode != Opcode::Query || question.rr_class != RrClass::IN) return;
    const ServedZone* served = find_zone(from.zones, LabelledName(question.name), question.type);
    if (served == nullptr || unservable(*served)) return;
    std::array<std::byte, 6> value{};
    value[0] = static_cast<std::byte>(served->apex.view().label_count());
    store_big_endian(value.data() + 2, served->zone->serial().value());
    opt.add(EdnsOption::ZONEVERSION, value);
}

/// RFC 7828 §3.3.2: for how long a silent connection is kept, in units of 100 ms.
void answer_keepalive(const OptionSources& from, EdnsBuilder& opt) {
    if (from.client.transport == Transport::Udp) return;
    std::array<std::byte, 2> value{};
    store_big_endian(value.data(), static_cast<std::uint16_t>(std::clamp<std::int64_t>(
                                       from.policy.tcp_idle / milliseconds{100}, 0, 0xffff)));
    opt.add(EdnsOption::KEEPALIVE, value);
}

}  // namespace

CookieState OptionAnswerer::answer_cookie(const OptionSources& from, Octets option, EdnsBuilder& opt) {
    const auto check =
        cookies_.check(option, from.client.peer.address, from.cookie_secrets, from.clock.wall_now());
    if (!check) return CookieState::Malformed;
    opt.add(EdnsOption::COOKIE, check->reply);
    return check->good ? CookieState::Good : CookieState::Unproven;
}

CookieState OptionAnswerer::answer(const OptionSources& from, EdnsBuilder& opt) {
    CookieState cookie = CookieState::None;
    std::uint64_t seen = 0;  // a bit for each code below 64
    for (ByteCursor cursor(from.request.edns->options); !cursor.empty();) {
        const auto code = cursor.read<std::uint16_t>().value_or(0);
        const auto value = cursor.take(cursor.read<std::uint16_t>().value_or(0)).value_or(Octets{});
        if (code >= 64 || (seen & std::uint64_t{1} << code) != 0) continue;
        seen |= std::uint64_t{1} << code;
        switch (EdnsOption{code}) {
        case EdnsOption::NSID:
            if (from.policy.identity) opt.add(EdnsOption::NSID, as_octets(*from.policy.identity));
            break;
        case EdnsOption::COOKIE: cookie = answer_cookie(from, value, opt); break;
        case EdnsOption::KEEPALIVE: answer_keepalive(from, opt); break;
        case EdnsOption::EXPIRE:
            if (from.request.question) answer_expire(from, opt);
            break;
        case EdnsOption::ZONEVERSION:
            if (from.request.question && value.empty()) answer_zone_version(from, opt);
            break;
        default: break;
        }
    }
    return cookie;
}

}  // namespace lockstep
