#pragma once
// The history as JSON (INTERFACE.md, `history --json`) and as text.
//
// Threads: values. Errors: none.

#include "sync/history.hpp"

#include <string>
#include <vector>

namespace lockstep {

/// A list, oldest first. Failures are objects as `last_error` is, with "event" and "times" besides.
[[nodiscard]] std::string history_json(const std::vector<Event>& events);
/// One entry of that list, on one line.
[[nodiscard]] std::string event_json_line(const Event& event);
/// A line an event, oldest first; the remedy of a failure on a line of its own.
[[nodiscard]] std::string history_text(const std::vector<Event>& events);

}  // namespace lockstep
