#pragma once
// What the process may do: becoming nobody in particular, and as many descriptors as the system grants.
//
// Threads: before any thread is started. Errors: NotFound (no such user), Io. Security: groups, then group,
// then user; that the way back is closed is checked.

#include "base/result.hpp"

#include <string>

namespace lockstep {

/// Takes on the identity of `user` for good. Nothing happens where that is who we are.
[[nodiscard]] Result<void> become_user(const std::string& user);

/// Gives up all capabilities, for good; root keeps those that let it read and write files of others. Errors:
/// Io, where a filter of system calls forbids even that.
[[nodiscard]] Result<void> drop_capabilities();

/// As many open files and sockets as the hard limit allows; the soft one is 1,024 in most shells.
void raise_descriptor_limit();

}  // namespace lockstep
