#include "rdata/addresses.hpp"

#include "rdata/encoding.hpp"
#include "rdata/words.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>

namespace lockstep {
namespace {

/// The number that up to `max_digits` hex digits make.
std::optional<unsigned> short_hex(std::string_view text, std::size_t max_digits) {
    if (text.empty() || text.size() > max_digits) return std::nullopt;
    unsigned value = 0;
    for (const char c : text) {
        const unsigned digit = hex_value(c);
        if (digit > 15) return std::nullopt;
        value = value << 4 | digit;
    }
    return value;
}

/// Reads exactly `groups` groups with `separator` between, each of which `append` takes.
template <class Append>
bool read_groups(std::string_view text, std::size_t groups, char separator, std::size_t max_digits,
                 Append append) {
    for (std::size_t i = 0; i < groups; ++i) {
        const bool is_last = i + 1 == groups;
        const std::size_t end = is_last ? text.size() : text.find(separator);
        if (end == std::string_view::npos) return false;
        const auto value = short_hex(text.substr(0, end), max_digits);
        if (!value) return false;
        append(*value);
        text.remove_prefix(is_last ? end : end + 1);
    }
    return true;
}

}  // namespace

bool read_ipv4(std::string_view text, OctetString& out) {
    std::array<std::byte, 4> address;
    std::size_t at = 0;
    for (std::size_t part = 0; part < address.size(); ++part) {
        if (part > 0 && (at == text.size() || text[at++] != '.')) return false;
        const std::size_t start = at;
        unsigned value = 0;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - start < 3) {
            value = value * 10 + static_cast<unsigned>(text[at++] - '0');
        }
        if (at == start || value > 255 || (text[start] == '0' && at - start > 1)) return false;
        address[part] = static_cast<std::byte>(value);
    }
    if (at != text.size()) return false;
    append_octets(out, address);
    return true;
}

bool read_ipv6(std::string_view text, OctetString& out) {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return false;
    std::ranges::copy(text, terminated.begin());
    in6_addr address{};
    if (inet_pton(AF_INET6, terminated.data(), &address) != 1) return false;
    append_octets(out, std::as_bytes(std::span(&address, 1)));
    return true;
}

bool read_locator(std::string_view text, OctetString& out) {
    return read_groups(text, 4, ':', 4,
                       [&out](unsigned value) { append_big_endian(out, static_cast<std::uint16_t>(value)); });
}

bool read_eui(std::string_view text, std::size_t octets, OctetString& out) {
    return read_groups(text, octets, '-', 2,
                       [&out](unsigned value) { out.push_back(static_cast<std::byte>(value)); });
}

void append_ipv4(Octets octets, std::string& out) {
    for (std::size_t i = 0; i < 4; ++i) {
        if (i > 0) out += '.';
        append_number(std::to_integer<unsigned>(octets[i]), out);
    }
}

void append_ipv6(Octets octets, std::string& out) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (octets.size() == 16 && inet_ntop(AF_INET6, octets.data(), text.data(), text.size()) != nullptr) {
        out += text.data();
    }
}

void append_locator(Octets octets, std::string& out) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = 0; i < 4; ++i) {
        if (i > 0) out += ':';
        const unsigned group = load_big_endian<std::uint16_t>(octets.data() + 2 * i);
        for (unsigned shift = 12; shift > 0; shift -= 4) {
            if (group >> shift != 0) out += digits[group >> shift & 0xf];
        }
        out += digits[group & 0xf];
    }
}

void append_eui(Octets octets, std::string& out) {
    for (std::size_t i = 0; i < octets.size(); ++i) {
        if (i > 0) out += '-';
        append_hex(octets.subspan(i, 1), HexCase::Lower, Words::One, out);
    }
}

}  // namespace lockstep
