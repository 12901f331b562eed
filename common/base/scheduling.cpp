#include "base/scheduling.hpp"

#include <cstdint>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace lockstep {
namespace {

/// The kernel's struct sched_attr in its first version (sched_setattr(2)).
struct Attributes {
    std::uint32_t size = sizeof(Attributes);
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;  // ns: the slice
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};
static_assert(sizeof(Attributes) == 48);

constexpr std::uint64_t short_turn = 100'000;  // ns: the least that the kernel takes
constexpr int way_given = 10;

}  // namespace

void take_short_turns() {
    Attributes wanted;
    wanted.nice = ::getpriority(PRIO_PROCESS, 0);  // kept: who starts us may have set it
    wanted.runtime = short_turn;
    (void)::syscall(SYS_sched_setattr, 0, &wanted, 0U);
}

void give_way() {
    (void)::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + way_given);
}

}  // namespace lockstep
