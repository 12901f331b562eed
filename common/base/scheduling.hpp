#pragma once
// What a thread asks of the scheduler, for itself alone. No privileges are needed, and nothing depends on its
// being granted: a kernel that does not know of it goes on as it is.

namespace lockstep {

/// For a thread that has little to do at a time and is waited for: short turns, and with them one as soon as
/// it wakes, instead of at the end of another's turn of some 3 ms (Linux 6.12 and later: the slice of EEVDF).
/// Its policy and nice value stay. Threads that it makes inherit it. Source: sched_setattr(2).
void take_short_turns();

/// For a thread whose work takes long and which nobody waits for by the millisecond: a tenth of the time
/// where others want the processor too, all of it where none does (nice 10 more). Cannot be taken back.
/// Threads that it makes inherit it. Source: setpriority(2).
void give_way();

}  // namespace lockstep
