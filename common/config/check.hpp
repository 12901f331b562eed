#pragma once
// Holds a document against the table of keys.

#include "base/endpoint.hpp"
#include "config/document.hpp"
#include "config/report.hpp"
#include "config/table.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

constexpr std::uint16_t default_http_port = 8053;

/// Reports every unknown, doubled or missing key, wrong type and malformed value in `object` and beneath.
void check_object(const JsonValue& object, const ObjectTable& table, Role role, Report& report);

/// `an object`, `a list of ADDRESS:PORT`, … for messages and manuals.
[[nodiscard]] std::string describe(const KeyRow& row);

/// An address and a port that is not 0. Errors: Invalid, with the reason.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port);

}  // namespace lockstep
