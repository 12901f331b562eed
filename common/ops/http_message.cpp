#include "ops/http_message.hpp"

#include "base/bytes.hpp"
#include "base/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep {
namespace {

auto refuse(std::string text) {
    return unexpected(HttpAnswer::text(400, std::move(text)));
}

std::optional<unsigned> hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    const char lower = static_cast<char>(digit | 0x20);
    if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
    return std::nullopt;
}

enum class Plus { Itself, Space };

/// Undoes percent-encoding; nothing where a '%' has no two digits behind it.
std::optional<std::string> decoded(std::string_view text, Plus plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus == Plus::Space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            if (text.size() - i < 3) return std::nullopt;
            const auto high = hex_digit(text[i + 1]);
            const auto low = hex_digit(text[i + 2]);
            if (!high || !low) return std::nullopt;
            out += static_cast<char>(*high * 16 + *low);
            i += 2;
        }
    }
    return out;
}

bool has_control_octet(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char one) {
        return static_cast<unsigned char>(one) < 0x20 || static_cast<unsigned char>(one) == 0x7f;
    });
}

/// What stands before the next `separator`, which is taken off `text` with it.
std::string_view take_until(std::string_view& text, char separator) {
    const auto end = std::min(text.find(separator), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

std::optional<std::string> value_in(const std::vector<std::pair<std::string, std::string>>& pairs,
                                    std::string_view name) {
    const auto found =
        std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
    return found == pairs.end() ? std::nullopt : std::optional(found->second);
}

bool climbs(std::string_view path) {
    while (!path.empty()) {
        const auto segment = take_until(path, '/');
        if (segment == "." || segment == "..") return true;
    }
    return false;
}

bool equal_but_for_case(std::string_view a, std::string_view b) {
    const auto folded = [](char one) {
        return one >= 'A' && one <= 'Z' ? static_cast<char>(one | 0x20) : one;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char one, char other) { return folded(one) == folded(other); });
}

bool is_port(std::string_view text) {
    return text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char one) { return one >= '0' && one <= '9'; });
}

std::string_view without_final_dot(std::string_view name) {
    return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

}  // namespace

std::optional<std::string> HttpRequest::parameter(std::string_view name) const {
    return value_in(parameters, name);
}

std::optional<std::string> HttpRequest::field(std::string_view name) const {
    return value_in(fields, name);
}

HttpAnswer HttpAnswer::text(unsigned status, std::string text) {
    HttpAnswer answer;
    answer.status = status;
    answer.body = std::make_shared<const std::string>(std::move(text) + "\n");
    return answer;
}

HttpAnswer HttpAnswer::json(std::string text, unsigned status) {
    HttpAnswer answer;
    answer.status = status;
    answer.content_type = "application/json";
    answer.body = std::make_shared<const std::string>(std::move(text));
    return answer;
}

HttpAnswer HttpAnswer::page(std::string_view html, std::string_view policy) {
    HttpAnswer answer;
    answer.content_type = "text/html; charset=utf-8";
    answer.body = std::make_shared<const std::string>(html);
    answer.content_security_policy = policy;
    return answer;
}

HttpAnswer HttpAnswer::event_stream() {
    HttpAnswer answer;
    answer.content_type = "text/event-stream";
    answer.kind = Kind::EventStream;
    return answer;
}

Expected<HttpRequest, HttpAnswer> read_target(std::string_view target) {
    if (!target.starts_with('/'))
        return refuse("the target has to be a path that begins with '/': this is no proxy");
    if (target.find('#') != std::string_view::npos)
        return refuse("the target holds a '#', which clients keep to themselves");
    const auto path = decoded(take_until(target, '?'), Plus::Itself);
    if (!path) return refuse("the path holds a '%' without two hexadecimal digits behind it");
    if (has_control_octet(*path)) return refuse("the path holds a control character");
    if (climbs(*path)) return refuse("the path holds '.' or '..' as a segment");
    HttpRequest request;
    request.path = *path;
    while (!target.empty()) {
        auto value_text = take_until(target, '&');
        if (value_text.empty()) continue;
        const auto name = decoded(take_until(value_text, '='), Plus::Space);
        const auto value = decoded(value_text, Plus::Space);
        if (!name || !value)
            return refuse("a parameter holds a '%' without two hexadecimal digits behind it");
        if (has_control_octet(*name) || has_control_octet(*value))
            return refuse("a parameter holds a control character");
        if (request.parameter(*name)) return refuse("a parameter is given twice");
        request.parameters.emplace_back(*name, *value);
    }
    return request;
}

bool is_own_host(std::string_view host, const std::optional<std::string>& identity) {
    std::string_view name = host;
    std::string_view port;
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == std::string_view::npos) return false;
        name = host.substr(1, end - 1);
        port = host.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) return false;
        if (name.find(':') == std::string_view::npos) return false;
        port.remove_prefix(std::min<std::size_t>(1, port.size()));
    } else {
        name = take_until(port = host, ':');
    }
    if (!is_port(port)) return false;
    if (IpAddress::parse(name)) return true;
    name = without_final_dot(name);
    if (name.empty()) return false;
    return equal_but_for_case(name, "localhost") ||
           (identity && equal_but_for_case(name, without_final_dot(*identity)));
}

}  // namespace lockstep
