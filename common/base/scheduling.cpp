#include "base/scheduling.hpp"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace lockstep {
namespace {

constexpr __u64 short_turn = 100'000;  // ns: the least that the kernel takes
constexpr int way_given = 10;

}  // namespace

void take_short_turns() {
    sched_attr wanted{};
    wanted.size = sizeof wanted;
    wanted.sched_flags = SCHED_FLAG_KEEP_POLICY;  // whoever starts us may have chosen it, and the nice value
    wanted.sched_nice = ::getpriority(PRIO_PROCESS, 0);
    wanted.sched_runtime = short_turn;
    (void)::syscall(SYS_sched_setattr, 0, &wanted, 0U);
}

void give_way() {
    (void)::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + way_given);
}

}  // namespace lockstep
