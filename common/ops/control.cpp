#include "ops/control.hpp"

#include "base/bytes.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <limits>

namespace lockstep {
namespace {

using ControlJson = nlohmann::json;

Result<std::uint32_t> number_of(const std::string& key, const ControlJson& value) {
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) {
        return fail(ErrorCode::Invalid, fmt::format("'{}' wants a whole number of 32 bits", key));
    }
    return value.get<std::uint32_t>();
}

struct TextKey {
    std::string_view key;
    std::string ControlRequest::* value;
};
constexpr std::array text_keys{
    TextKey{"verb", &ControlRequest::verb},      TextKey{"zone", &ControlRequest::zone},
    TextKey{"peer", &ControlRequest::peer},      TextKey{"host", &ControlRequest::host},
    TextKey{"key", &ControlRequest::key},        TextKey{"client", &ControlRequest::client},
    TextKey{"message", &ControlRequest::message}};

/// Where the value of a key goes that is a string; null where it is none of these.
std::string* text_place(ControlRequest& request, std::string_view key) {
    for (const auto& row : text_keys) {
        if (row.key == key) return &(request.*row.value);
    }
    return nullptr;
}

Result<void> take(ControlRequest& request, const std::string& key, const ControlJson& value) {
    if (auto* text = text_place(request, key)) {
        if (!value.is_string()) return fail(ErrorCode::Invalid, fmt::format("'{}' wants a string", key));
        *text = value.get<std::string>();
    } else if (key == "json" || key == "nagios" || key == "colour" || key == "wait") {
        if (!value.is_boolean())
            return fail(ErrorCode::Invalid, fmt::format("'{}' wants true or false", key));
        bool& flag = key == "json"     ? request.json
                     : key == "nagios" ? request.nagios
                     : key == "colour" ? request.colour
                                       : request.wait;
        flag = value.get<bool>();
    } else if (key == "serial") {
        DNS_TRY_ASSIGN(request.serial, number_of(key, value));
    } else if (key == "quorum") {
        DNS_TRY_ASSIGN(request.quorum, number_of(key, value));
    } else if (key == "timeout") {
        const double wanted = value.is_number() ? value.get<double>() : -1;
        if (!(wanted >= 0 && wanted <= 1e7))
            return fail(ErrorCode::Invalid, "'timeout' wants seconds, 0 to 10,000,000");
        request.timeout_seconds = wanted;
    } else {
        return fail(ErrorCode::Invalid, fmt::format("unknown key {}", ControlJson(key).dump(-1, ' ', true)));
    }
    return {};
}

}  // namespace

std::string encode(const ControlRequest& request) {
    ControlJson json{{"json", request.json},
                     {"nagios", request.nagios},
                     {"colour", request.colour},
                     {"wait", request.wait}};
    for (const auto& row : text_keys) {
        if (!(request.*row.value).empty()) json[std::string(row.key)] = request.*row.value;
    }
    if (request.serial) json["serial"] = *request.serial;
    if (request.timeout_seconds) json["timeout"] = *request.timeout_seconds;
    if (request.quorum) json["quorum"] = *request.quorum;
    return json.dump(-1, ' ', true, ControlJson::error_handler_t::replace) + "\n";
}

Result<ControlRequest> decode_control_request(std::string_view line) {
    if (line.size() > max_control_request_octets)
        return fail(ErrorCode::Limit, "the request is over 128 KiB");
    // A flat object: what nests is passed over while it is parsed, so that nothing deep is ever built.
    bool nests = false;
    std::size_t keys = 0;
    const auto flat = [&](int depth, ControlJson::parse_event_t event, ControlJson&) {
        if (event == ControlJson::parse_event_t::key) ++keys;
        const bool starts = event == ControlJson::parse_event_t::object_start ||
                            event == ControlJson::parse_event_t::array_start;
        nests = nests || (starts && depth > 0);
        return !starts || depth == 0;
    };
    const ControlJson json = ControlJson::parse(line, flat, false);
    if (!json.is_object()) return fail(ErrorCode::Invalid, "a request is one JSON object on one line");
    if (nests) return fail(ErrorCode::Invalid, "a request holds no lists and no objects");
    if (keys != json.size()) return fail(ErrorCode::Invalid, "a key of the request stands there twice");
    ControlRequest request;
    for (const auto& [key, value] : json.items())
        DNS_TRY(take(request, key, value));
    if (request.verb.empty()) return fail(ErrorCode::Invalid, "the request names no verb");
    return request;
}

void append_frame(std::string& out, FrameKind kind, std::string_view text) {
    std::array<std::byte, 4> length{};
    store_big_endian(length.data(), static_cast<std::uint32_t>(text.size()));
    out += static_cast<char>(kind);
    out += as_text(length);
    out += text;
}

}  // namespace lockstep
