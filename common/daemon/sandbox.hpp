#pragma once
// What the process gives up for good once it is set up: files, by Landlock; system calls, by seccomp. Whoever
// takes it over by a malformed message finds neither other people's files nor a shell.
//
// Threads: before any thread is started; those made later inherit it. Errors: text; what the kernel does not
// know is no error. Source: landlock(7), seccomp(2).

#include "base/places.hpp"
#include "base/result.hpp"

#include <string>

namespace lockstep {

/// The folders that stay within reach, with all below them; one that is not there is passed over. Value type.
struct Reach {
    Paths read;
    Paths write;    // reading too
    Paths sockets;  // sockets can be made there and removed, no more
};

/// Shuts out all other files, but for /proc and the sources of randomness. Returns the version of Landlock
/// that does so; 0 where the kernel has none, and nothing is shut out. Errors: Io.
[[nodiscard]] Result<int> confine_files(const Reach& reach);

/// Answers ENOSYS to system calls that a name server has no use for: no program is started, no other process
/// looked at. Allows more where a sanitizer is built in. Errors: Io.
[[nodiscard]] Result<void> confine_calls();

/// Neither a debugger of the same user nor a core file sees our memory, with its keys, and no program that we
/// became could gain privileges.
void hide_memory();

}  // namespace lockstep
