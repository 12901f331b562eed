// What changes are kept, in a structure that versions share and that is never gone through as a whole.

#include "store/change_history.hpp"

#include "store/save.hpp"
#include "store/zone_store.hpp"
#include "support/catch.hpp"
#include "support/name_text.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <utility>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

KeptChange change(std::size_t rdata_octets, WallTime at = {}) {
    const OctetString rdata(rdata_octets);
    auto changes = std::make_shared<ChangeSet>();
    changes->added.append({name("a."), RrType::TXT, Ttl{0}, rdata});
    return {changes, at};
}

void check_same(const ChangeHistory& history, const std::vector<KeptChange>& model) {
    REQUIRE(history.size() == model.size());
    REQUIRE(history.empty() == model.empty());
    std::uint64_t octets = 0;
    REQUIRE(history.octets_from(model.size()) == 0);
    for (std::size_t i = model.size(); i-- > 0;) {
        octets += model[i].changes->wire_octets();
        REQUIRE(history[i].changes == model[i].changes);
        REQUIRE(history[i].at == model[i].at);
        REQUIRE(history.octets_from(i) == octets);
    }
}

/// By the words of HistoryLimits, one after another from the newest.
std::size_t length_by_rule(const ChangeHistory& deltas, const HistoryLimits& limits, std::uint64_t zone,
                           WallTime now) {
    const double allowed =
        std::max(static_cast<double>(zone) * limits.max_zone_ratio, static_cast<double>(limits.min_octets));
    std::size_t kept = 0;
    double octets = 0;
    while (kept < deltas.size() && kept < limits.max_changes) {
        const KeptChange& next = deltas[deltas.size() - kept - 1];
        octets += static_cast<double>(next.changes->wire_octets());
        if (octets > allowed || (kept >= limits.min_changes && now - next.at > limits.min_age)) break;
        ++kept;
    }
    return kept;
}

}  // namespace

TEST_CASE("a history is what was added without what was taken away", "[store]") {
    std::mt19937 dice(1);
    ChangeHistory history;
    std::vector<KeptChange> model;
    std::vector<std::pair<ChangeHistory, std::vector<KeptChange>>> before;
    for (std::uint32_t turn = 0; turn < 1500; ++turn) {
        if (dice() % 4 != 0) {
            model.push_back(change(dice() % 40, WallTime{seconds{turn}}));
            history = history.followed_by(model.back());
        } else {
            const std::size_t count = dice() % 40 == 0
                                          ? dice() % 3
                                          : model.size() - std::min<std::size_t>(model.size(), dice() % 3);
            if (count < model.size())
                model.erase(model.begin(), model.end() - static_cast<std::ptrdiff_t>(count));
            history = history.newest(count);
        }
        check_same(history, model);
        if (dice() % 20 == 0) before.emplace_back(history, model);
        if (dice() % 100 == 0) history = ChangeHistory(model);
    }
    const ChangeHistory moved = std::move(history);
    check_same(history, {});  // as a list that was moved from
    check_same(history.followed_by(model.back()), {model.back()});
    check_same(moved, model);
    for (const auto& [then, all] : before)
        check_same(then, all);
}

TEST_CASE("a history refers to no change that it has lost", "[store]") {
    for (const std::size_t stay : {1U, 63U, 64U, 65U, 127U, 128U, 129U}) {
        ChangeHistory history;
        std::vector<std::weak_ptr<const ChangeSet>> all;
        for (std::uint32_t serial = 0; serial < 200; ++serial) {
            auto next = change(1);
            all.emplace_back(next.changes);
            history = history.followed_by(std::move(next)).newest(stay);
            std::size_t alive = 0;
            for (const auto& each : all)
                alive += each.expired() ? 0U : 1U;
            REQUIRE(alive == std::min<std::size_t>(stay, serial + 1));
        }
    }
}

TEST_CASE("how much history is kept is found as if each change were looked at", "[store]") {
    std::mt19937 dice(2);
    for (int turn = 0; turn < 2000; ++turn) {
        ChangeHistory history;
        WallTime at{};
        for (std::size_t size = dice() % 90; history.size() < size;)
            history = history.followed_by(change(dice() % 60, at += seconds{dice() % 1000}));
        HistoryLimits limits;
        limits.min_changes = dice() % 50;
        limits.max_changes = dice() % 100;
        limits.min_age = std::chrono::hours{dice() % 5};
        limits.max_zone_ratio = static_cast<double>(dice() % 20) / 10;
        limits.min_octets = dice() % 500;
        const std::uint64_t zone = dice() % 2000;
        const WallTime now = at + seconds{dice() % 4000};
        REQUIRE(history_length(history, limits, zone, now) == length_by_rule(history, limits, zone, now));
    }
}
