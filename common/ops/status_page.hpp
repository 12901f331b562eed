#pragma once
// The status page: one document that stands alone and lives on /api/status, /api/history, /api/propagation
// and /api/events of the server that gave it. The build makes it of common/ops/page.
//
// Threads: constants. Errors: none.

#include <string_view>

namespace lockstep {

/// HTML in UTF-8, its one script and one style inline.
[[nodiscard]] std::string_view status_page_html();
/// The value of the Content-Security-Policy header that belongs to it: that script and that style by their
/// SHA-256, connections to its own origin, and nothing else.
[[nodiscard]] std::string_view status_page_csp();

}  // namespace lockstep
