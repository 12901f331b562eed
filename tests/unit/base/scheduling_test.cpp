#include "base/scheduling.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace lockstep;

namespace {

int nice_value() {
    return ::getpriority(PRIO_PROCESS, 0);
}

/// The calling thread's slice in ns by sched_getattr(2); 0 before Linux 6.12.
std::uint64_t slice() {
    std::array<std::uint64_t, 7> attributes{};  // size and policy, flags, nice and priority, runtime, …
    REQUIRE(::syscall(SYS_sched_getattr, 0, attributes.data(), 56U, 0U) == 0);
    return attributes[3];
}

void in_a_thread(const std::function<void()>& work) {
    std::thread(work).join();
}

}  // namespace

TEST_CASE("a thread that gives way does so alone, and for those that it makes", "[scheduling]") {
    const int before = nice_value();
    in_a_thread([&] {
        give_way();
        CHECK(nice_value() == std::min(before + 10, 19));
        in_a_thread([&] { CHECK(nice_value() == std::min(before + 10, 19)); });
        give_way();
        CHECK(nice_value() == std::min(before + 20, 19));
    });
    CHECK(nice_value() == before);
}

TEST_CASE("a thread that takes short turns does so alone, and keeps its nice value", "[scheduling]") {
    const std::uint64_t before = slice();
    in_a_thread([&] {
        give_way();
        const int nice = nice_value();
        take_short_turns();
        CHECK(slice() == (before == 0 ? 0 : 100'000));
        CHECK(nice_value() == nice);
    });
    CHECK(slice() == before);
}

TEST_CASE("who was started under another policy stays under it", "[scheduling]") {
    in_a_thread([] {
        const sched_param none{0};
        REQUIRE(::sched_setscheduler(0, SCHED_BATCH, &none) == 0);
        take_short_turns();
        CHECK(::sched_getscheduler(0) == SCHED_BATCH);
    });
}
