#pragma once
// The status page: one file that stands alone and lives on /api/status, /api/history and /api/events.
//
// Threads: a constant.

#include <string_view>

namespace lockstep {

/// UTF-8; its scripts and styles are inline, as nothing else is served.
[[nodiscard]] std::string_view status_page_html();

}  // namespace lockstep
