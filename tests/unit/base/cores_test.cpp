#include "base/cores.hpp"

#include "support/catch.hpp"

#include <sched.h>
#include <thread>

using namespace lockstep;

TEST_CASE("only cores that the thread may run on are counted", "[cores]") {
    std::size_t pinned = 0;
    std::thread([&pinned] {
        cpu_set_t all;
        CPU_ZERO(&all);
        if (::sched_getaffinity(0, sizeof all, &all) != 0) return;
        cpu_set_t one;
        CPU_ZERO(&one);
        for (std::size_t core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++core) {
            if (CPU_ISSET(core, &all)) CPU_SET(core, &one);
        }
        if (::sched_setaffinity(0, sizeof one, &one) == 0) pinned = usable_cores();
    }).join();
    CHECK(pinned == 1);
    CHECK(usable_cores() >= 1);
}
