#include "ops/status_page.hpp"

namespace lockstep {

std::string_view status_page_html() {
    return R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Lockstep</title></head>
<body>
<h1>Lockstep</h1>
<p><a href="/api/status">status</a>, <a href="/api/history">history</a></p>
</body>
</html>
)";
}

}  // namespace lockstep
