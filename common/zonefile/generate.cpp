#include "zonefile/generate.hpp"

#include <charconv>
#include <limits>

namespace lockstep {
namespace {

constexpr std::uint32_t max_counter = std::numeric_limits<std::int32_t>::max();
constexpr unsigned max_width = 255;

/// The whole of `text` as a decimal number.
template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

/// `text` up to `separator`, which is taken off with it; all of it where there is none.
std::string_view take_field(std::string_view& text, char separator, bool& found) {
    const std::size_t at = text.find(separator);
    found = at != std::string_view::npos;
    const auto field = text.substr(0, at);
    text = found ? text.substr(at + 1) : std::string_view{};
    return field;
}

/// Digits from the lowest up, a dot between each two, as names of ip6.arpa have it; `width` counts digits and
/// dots.
void append_nibbles(std::uint32_t value, unsigned width, bool capitals, std::string& out) {
    const std::string_view digits = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
    do {
        out += digits[value & 0xf];
        value >>= 4;
        if (width > 0) --width;
        if (width > 0 || value != 0) {
            out += '.';
            if (width > 0) --width;
        }
    } while (width > 0 || value != 0);
}

void append_padded(std::uint32_t value, unsigned width, char base, std::string& out) {
    char digits[16];
    const int radix = base == 'd' ? 10 : base == 'o' ? 8 : 16;
    const auto end = std::to_chars(digits, digits + sizeof digits, value, radix).ptr;
    const auto length = static_cast<std::size_t>(end - digits);
    if (length < width) out.append(width - length, '0');
    for (const char digit : std::string_view(digits, length)) {
        out += base == 'X' && digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
    }
}

}  // namespace

Expected<GenerateRange, std::string> GenerateRange::parse(std::string_view text) {
    GenerateRange range;
    bool found = false;
    auto rest = text;
    const auto start = take_field(rest, '-', found);
    if (!found || !read_number(start, range.start))
        return unexpected(std::string("is not a range START-STOP or START-STOP/STEP"));
    const auto stop = take_field(rest, '/', found);
    if (!read_number(stop, range.stop) || (found && !read_number(rest, range.step))) {
        return unexpected(std::string("is not a range START-STOP or START-STOP/STEP"));
    }
    if (range.step == 0) return unexpected(std::string("has a step of 0"));
    if (range.stop > max_counter || range.step > max_counter)
        return unexpected(std::string("goes beyond 2147483647"));
    if (range.start > range.stop) return unexpected(std::string("ends before it starts"));
    return range;
}

Expected<GenerateTemplate, std::string> GenerateTemplate::parse(std::string_view text) {
    GenerateTemplate result;
    std::size_t plain = 0;
    std::size_t at = 0;
    const auto add = [&](std::size_t end) -> Part& {
        return result.parts_.emplace_back(Part{.plain = text.substr(plain, end - plain)});
    };
    while (at < text.size()) {
        // An escape goes on as it is: `\$` is undone with the name or string that it stands in.
        if (text[at] == '\\') {
            at += 2;
            continue;
        }
        if (text[at] != '$') {
            ++at;
            continue;
        }
        if (at + 1 < text.size() && text[at + 1] == '$') {
            add(at + 1);
            plain = at += 2;
            continue;
        }
        Part& part = add(at);
        part.counts = true;
        plain = ++at;
        if (at >= text.size() || text[at] != '{') continue;
        const std::size_t close = text.find('}', at);
        if (close == std::string_view::npos) return unexpected(std::string("has a '${' without its '}'"));
        auto rest = text.substr(at + 1, close - at - 1);
        bool more = false;
        const auto malformed = [&] {
            return unexpected("has '$" + std::string(text.substr(at, close + 1 - at)) +
                              "', not ${OFFSET[,WIDTH[,BASE]]}");
        };
        if (!read_number(take_field(rest, ',', more), part.offset)) return malformed();
        if (more) {
            if (!read_number(take_field(rest, ',', more), part.width)) return malformed();
            if (part.width > max_width) return unexpected(std::string("has a width above 255"));
        }
        if (more) {
            if (rest.size() != 1 || std::string_view("doxXnN").find(rest[0]) == std::string_view::npos) {
                return unexpected("has the base '" + std::string(rest) + "', not one of d o x X n N");
            }
            part.base = rest[0];
        }
        plain = at = close + 1;
    }
    if (plain < text.size()) add(text.size());
    return result;
}

Expected<void, std::string> GenerateTemplate::expand(std::uint32_t counter, std::string& out) const {
    for (const auto& part : parts_) {
        out += part.plain;
        if (!part.counts) continue;
        if (part.offset > std::int64_t{max_counter} - counter || part.offset < -std::int64_t{counter}) {
            return unexpected("the counter " + std::to_string(counter) + " with the offset " +
                              std::to_string(part.offset) + " is outside 0 to 2147483647");
        }
        const auto value = static_cast<std::uint32_t>(counter + part.offset);
        if (part.base == 'n' || part.base == 'N')
            append_nibbles(value, part.width, part.base == 'N', out);
        else
            append_padded(value, part.width, part.base, out);
    }
    return {};
}

}  // namespace lockstep
