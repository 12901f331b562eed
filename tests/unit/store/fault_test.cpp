// What a store does on a disk that is full, fails, or loses what was not synced when the power goes.

#include "fault_vfs.hpp"
#include "scratch.hpp"
#include "store/zone_store.hpp"

#include <algorithm>
#include <functional>
#include <optional>

using namespace lockstep;
using namespace lockstep::test;

namespace {

using Operation = FaultVfs::Operation;

/// A store that serves serial 1, on a disk that fails from the `nth` operation after that on, `times` times.
struct Failing {
    Failing(std::uint64_t nth, std::uint64_t times, int status,
            std::optional<Operation> only = std::nullopt) {
        limits.min_octets = 600;  // so that bases are renewed too
        open();
        if (!(*store)->commit(name(example_org), first(numbered_zone(example_org, 1))))
            throw std::runtime_error("no first commit");
        disk.before = [=, this](Operation operation) {
            if (only && operation != *only) return SQLITE_OK;
            ++count;
            return count >= nth && count < nth + times ? status : SQLITE_OK;
        };
    }
    void open() {
        store.emplace(scratch.path(), limits);
        if (!(*store)->add_zone(name(example_org))) throw std::runtime_error("no zone");
    }
    [[nodiscard]] std::uint32_t served() const {
        return (*store)->zone(name(example_org))->zone->serial().value();
    }
    Result<ServedZonePtr> commit(std::uint32_t serial) {
        return (*store)->commit(name(example_org), first(numbered_zone(example_org, serial)));
    }

    ScratchDirectory scratch;
    HistoryLimits limits;
    FaultVfs disk;
    std::uint64_t count = 0;
    std::optional<OpenStore> store;
};

}  // namespace

TEST_CASE("a commit that finds the disk full changes nothing, and the next one works", "[store][fault]") {
    for (std::uint64_t nth = 1; nth <= 12; ++nth) {
        INFO("full at write " << nth);
        Failing failing(nth, 1'000'000, SQLITE_FULL, Operation::Write);
        std::uint32_t serial = 2;
        for (; serial < 40; ++serial) {
            const auto committed = failing.commit(serial);
            if (committed) continue;
            CHECK(committed.error().code == ErrorCode::Io);
            CHECK(committed.error().text.find("free space") != std::string::npos);
            break;
        }
        REQUIRE(serial < 40);
        CHECK(failing.served() == serial - 1);
        CHECK_FALSE(failing.commit(serial));
        CHECK((*failing.store)->set_expired(name(example_org), false));
        failing.disk.before = nullptr;
        REQUIRE(failing.commit(serial));
        CHECK(failing.served() == serial);
        failing.store.reset();
        failing.open();
        CHECK(failing.served() == serial);
        CHECK(same_content((*failing.store)->zone(name(example_org))->zone,
                           numbered_zone(example_org, serial)));
        CHECK(set_aside(failing.scratch.path()) == 0);
    }
}

TEST_CASE("a zone expires although the disk is full", "[store][fault]") {
    Failing failing(1, 1'000'000, SQLITE_FULL, Operation::Write);
    CHECK_FALSE((*failing.store)->set_expired(name(example_org), true));
    CHECK((*failing.store)->zone(name(example_org))->expired);
}

TEST_CASE("a disk that fails once, at any operation, loses nothing acknowledged", "[store][fault]") {
    for (const auto& [operation, status] :
         {std::pair(Operation::Sync, SQLITE_IOERR_FSYNC), std::pair(Operation::Write, SQLITE_IOERR_WRITE),
          std::pair(Operation::Truncate, SQLITE_IOERR_TRUNCATE)}) {
        for (std::uint64_t nth = 1; nth <= 30; nth += operation == Operation::Write ? 3 : 1) {
            INFO("status " << status << " at operation " << nth);
            Failing failing(nth, 1, status, operation);
            std::uint32_t acknowledged = 1;
            for (std::uint32_t serial = 2; serial <= 30; ++serial) {
                if (failing.commit(serial)) acknowledged = serial;
                REQUIRE(failing.served() == acknowledged);
            }
            REQUIRE(acknowledged == 30);
            failing.store.reset();
            failing.open();
            CHECK(failing.served() == acknowledged);
            CHECK(same_content((*failing.store)->zone(name(example_org))->zone,
                               numbered_zone(example_org, acknowledged)));
        }
    }
}

namespace {

/// What a power cut would leave at one moment, and what had been acknowledged by then.
struct Moment {
    FaultVfs::Image image;
    std::uint32_t acknowledged;
};

/// Starts on what the cut left: it is the last acknowledged version or the one after it, whole.
void check_after(const Moment& moment, const HistoryLimits& limits,
                 const std::function<std::uint32_t(std::uint32_t)>& hosts) {
    const ScratchDirectory after;
    for (const auto& [path, content] : moment.image)
        write_file(after.path() / fs::path(path).filename(), content);
    OpenStore store(after.path(), limits);
    const auto served = store->add_zone(name(example_org));
    REQUIRE(served);
    INFO("acknowledged " << moment.acknowledged);
    CHECK(set_aside(after.path()) == 0);
    const std::uint32_t serial = (*served)->zone ? (*served)->zone->serial().value() : 0;
    CHECK(serial >= moment.acknowledged);
    CHECK(serial <= moment.acknowledged + 1);
    if (serial != 0) CHECK(same_content((*served)->zone, numbered_zone(example_org, serial, hosts(serial))));
}

}  // namespace

TEST_CASE("a power cut before any write or sync of fifty commits loses nothing acknowledged",
          "[store][fault]") {
    std::vector<Moment> moments;
    SeededRandom random(4);
    HistoryLimits limits;
    limits.min_octets = 600;
    const ScratchDirectory scratch;
    {
        FaultVfs disk;
        OpenStore store(scratch.path(), limits);
        REQUIRE(store->add_zone(name(example_org)));
        std::uint32_t acknowledged = 0;
        disk.before = [&](Operation) {
            moments.push_back({disk.synced(), acknowledged});
            moments.push_back({disk.after_power_cut(random), acknowledged});
            return SQLITE_OK;
        };
        for (std::uint32_t serial = 1; serial <= 50; ++serial) {
            REQUIRE(store->commit(name(example_org), first(numbered_zone(example_org, serial))));
            acknowledged = serial;
        }
    }
    REQUIRE(moments.size() > 2 * 50 * 2);
    for (const Moment& moment : moments)
        check_after(moment, limits, [](std::uint32_t) { return 3; });
}

TEST_CASE("what a failed sync lost is written again before anything is acknowledged", "[store][fault]") {
    for (std::uint64_t nth = 1; nth <= 25; ++nth) {
        INFO("sync " << nth << " fails, and what it was to write is lost");
        std::vector<Moment> moments;
        HistoryLimits limits;
        {
            Failing failing(nth, 1, SQLITE_IOERR_FSYNC, Operation::Sync);
            limits = failing.limits;
            for (std::uint32_t serial = 2; serial <= 30; ++serial) {
                if (failing.commit(serial)) moments.push_back({failing.disk.synced(), serial});
            }
        }
        REQUIRE(moments.size() >= 28);
        CHECK(moments.back().acknowledged == 30);
        for (const Moment& moment : moments)
            check_after(moment, limits, [](std::uint32_t) { return 3; });
    }
}

TEST_CASE("a power cut at any moment leaves the last acknowledged version, or a newer one",
          "[store][fault]") {
    std::vector<Moment> moments;
    SeededRandom random(3);
    HistoryLimits limits;
    limits.min_octets = 600;
    const ScratchDirectory scratch;
    {
        FaultVfs disk;
        OpenStore store(scratch.path(), limits);
        REQUIRE(store->add_zone(name(example_org)));
        std::uint32_t acknowledged = 0;
        disk.before = [&](Operation) {
            if (random.below(30) == 0) moments.push_back({disk.after_power_cut(random), acknowledged});
            return SQLITE_OK;
        };
        // Enough for the log to be moved into the file a few times.
        for (std::uint32_t serial = 1; serial <= 400; ++serial) {
            const std::uint32_t hosts = serial % 50 == 0 ? 3000 : 3;
            REQUIRE(store->commit(name(example_org), first(numbered_zone(example_org, serial, hosts))));
            acknowledged = serial;
        }
        store.store.reset();
        moments.push_back({disk.after_power_cut(random), acknowledged});
    }
    REQUIRE(moments.size() > 50);
    for (const Moment& moment : moments)
        check_after(moment, limits, [](std::uint32_t serial) { return serial % 50 == 0 ? 3000U : 3U; });
}
