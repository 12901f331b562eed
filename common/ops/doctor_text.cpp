#include "ops/doctor_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

std::string_view role_text(PeerRole role) {
    return role == PeerRole::Primary ? "primary" : "secondary";
}

bool is_bad(const Finding& finding) {
    return finding.verdict == Finding::Verdict::Bad;
}

}  // namespace

bool ExaminedPeer::well() const {
    return std::none_of(findings.begin(), findings.end(), is_bad);
}

std::string doctor_text(const std::vector<ExaminedPeer>& peers, Colour colour) {
    const bool painted = colour == Colour::Yes;
    const std::string good = painted ? "\x1b[32mok\x1b[0m  " : "ok  ";
    const std::string bad = painted ? "\x1b[31mFAIL\x1b[0m" : "FAIL";
    std::string out;
    for (const auto& peer : peers) {
        out += fmt::format("{} ({}), {} of {}\n", peer.peer, peer.address, role_text(peer.role), peer.zone);
        for (const auto& finding : peer.findings) {
            out += fmt::format("  {}  {:<8}  {}\n", is_bad(finding) ? bad : good, finding.step, finding.text);
            if (!finding.remedy.empty()) out += fmt::format("                  -> {}\n", finding.remedy);
        }
    }
    return out;
}

std::string doctor_json(const std::vector<ExaminedPeer>& peers) {
    Json all = Json::array();
    for (const auto& peer : peers) {
        Json steps = Json::array();
        for (const auto& finding : peer.findings) {
            steps.push_back({{"step", finding.step},
                             {"ok", !is_bad(finding)},
                             {"text", finding.text},
                             {"remedy", finding.remedy}});
        }
        all.push_back({{"peer", peer.peer},
                       {"address", peer.address},
                       {"zone", peer.zone},
                       {"role", role_text(peer.role)},
                       {"steps", std::move(steps)}});
    }
    return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep
