#pragma once
// Becoming nobody in particular.
//
// Threads: before any thread is started. Errors: NotFound (no such user), Io. Security: groups, then group,
// then user; that the way back is closed is checked.

#include "base/result.hpp"

#include <string>

namespace lockstep {

/// Takes on the identity of `user` for good. Nothing happens where that is who we are.
[[nodiscard]] Result<void> become_user(const std::string& user);

}  // namespace lockstep
