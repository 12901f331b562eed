#include "sync/failure.hpp"

#include <fmt/format.h>

namespace lockstep {
namespace {

struct Meaning {
    Stage stage;
    std::string_view remedy;
};

Meaning meaning_of(Rcode rcode) {
    switch (rcode) {
    case Rcode::REFUSED:
        return {Stage::Acl, "allow our address, and our key if one is configured, for this zone on the peer"};
    case Rcode::NOTAUTH:
        return {
            Stage::Rcode,
            "configure the zone on the peer, or check the key's name, algorithm and secret on both sides"};
    case Rcode::SERVFAIL:
        return {Stage::Rcode,
                "look at the peer's log: it has the zone but cannot serve it (not loaded, expired, or busy)"};
    case Rcode::NOTIMP:
    case Rcode::FORMERR:
        return {Stage::Rcode,
                "the peer does not understand the request: check that it is an authoritative server"};
    default: return {Stage::Rcode, "look at the peer's log for the reason"};
    }
}

}  // namespace

std::string_view to_string(Stage stage) {
    switch (stage) {
    case Stage::Connect: return "connect";
    case Stage::Tls: return "tls";
    case Stage::Tsig: return "tsig";
    case Stage::Acl: return "acl";
    case Stage::Rcode: return "rcode";
    case Stage::Parse: return "parse";
    case Stage::Check: return "check";
    case Stage::Apply: return "apply";
    case Stage::Store: return "store";
    case Stage::Timeout: break;
    }
    return "timeout";
}

std::string to_string(const Failure& failure) {
    return fmt::format("{}: {}: {} ({})", failure.zone, failure.peer, failure.text, failure.remedy);
}

Failure rcode_failure(std::string_view what, Rcode rcode, std::string_view told) {
    const auto [stage, remedy] = meaning_of(rcode);
    Failure failure;
    failure.stage = stage;
    failure.text = fmt::format("{} was answered {}", what, to_string(rcode));
    if (!told.empty()) failure.text += fmt::format(" (\"{}\")", told);
    failure.remedy = remedy;
    return failure;
}

}  // namespace lockstep
