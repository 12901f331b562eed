#include "base/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <optional>

namespace lockstep {
namespace {

std::optional<unsigned> parse_number(std::string_view text, unsigned greatest) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > greatest) return std::nullopt;
    return value;
}

unsigned width(const IpAddress& address) {
    return address.is_v4() ? 32 : 128;
}

/// `address` with all bits after the first `length` cleared.
IpAddress masked(const IpAddress& address, unsigned length) {
    auto octets = address.octets();
    for (unsigned i = 0; i < octets.size(); ++i) {
        const unsigned bits = length > i * 8 ? std::min(length - i * 8, 8U) : 0;
        octets[i] = static_cast<std::uint8_t>(octets[i] & (0xff00U >> bits));
    }
    return address.is_v4() ? IpAddress::v4({octets[0], octets[1], octets[2], octets[3]})
                           : IpAddress::v6(octets);
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> octets) {
    IpAddress address;
    std::copy(octets.begin(), octets.end(), address.octets_.begin());
    return address;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> octets) {
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(mapped.begin(), mapped.end(), octets.begin())) {
        return v4({octets[12], octets[13], octets[14], octets[15]});
    }
    IpAddress address;
    address.v4_ = false;
    address.octets_ = octets;
    return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string terminated(text);
    std::array<std::uint8_t, 16> octets{};
    if (inet_pton(AF_INET, terminated.c_str(), octets.data()) == 1) {
        return v4({octets[0], octets[1], octets[2], octets[3]});
    }
    if (inet_pton(AF_INET6, terminated.c_str(), octets.data()) == 1) return v6(octets);
    return fail(ErrorCode::Invalid, fmt::format("'{}' is not an IPv4 or IPv6 address", text));
}

bool IpAddress::is_loopback() const {
    if (v4_) return octets_[0] == 127;
    return std::all_of(octets_.begin(), octets_.end() - 1, [](auto octet) { return octet == 0; }) &&
           octets_[15] == 1;
}

bool IpAddress::is_unspecified() const {
    return std::all_of(octets_.begin(), octets_.end(), [](auto octet) { return octet == 0; });
}

std::string IpAddress::to_string() const {
    char text[INET6_ADDRSTRLEN];
    return inet_ntop(v4_ ? AF_INET : AF_INET6, octets_.data(), text, sizeof text);
}

Result<Endpoint> Endpoint::parse(std::string_view text, std::uint16_t default_port) {
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        const auto after = close == text.npos ? std::string_view{} : text.substr(close + 1);
        if (close == text.npos || (!after.empty() && after.front() != ':')) {
            return fail(ErrorCode::Invalid, fmt::format("'{}' is not [ADDRESS]:PORT", text));
        }
        host = text.substr(1, close - 1);
        port = after;
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        host = text.substr(0, text.find(':'));
        port = text.substr(host.size());
    }
    DNS_TRY_ASSIGN(const auto address, IpAddress::parse(host));
    if (port.empty()) return Endpoint{address, default_port};
    const auto number = parse_number(port.substr(1), 65535);
    if (!number)
        return fail(ErrorCode::Invalid, fmt::format("'{}' is not a port (0 to 65535)", port.substr(1)));
    return Endpoint{address, static_cast<std::uint16_t>(*number)};
}

Endpoint Endpoint::from_sockaddr(const sockaddr_storage& from) {
    if (from.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &from, sizeof v6);
        std::array<std::uint8_t, 16> octets{};
        std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
        return {IpAddress::v6(octets), ntohs(v6.sin6_port)};
    }
    sockaddr_in v4{};
    std::memcpy(&v4, &from, sizeof v4);
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &v4.sin_addr, octets.size());
    return {IpAddress::v4(octets), ntohs(v4.sin_port)};
}

socklen_t Endpoint::to_sockaddr(sockaddr_storage& to) const {
    to = {};
    if (address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&v4.sin_addr, address.octets().data(), 4);
        std::memcpy(&to, &v4, sizeof v4);
        return sizeof v4;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.octets().data(), 16);
    std::memcpy(&to, &v6, sizeof v6);
    return sizeof v6;
}

std::string Endpoint::to_string() const {
    const auto host = address.to_string();
    return address.is_v4() ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<Prefix> Prefix::parse(std::string_view text) {
    const auto slash = text.find('/');
    DNS_TRY_ASSIGN(const auto address, IpAddress::parse(text.substr(0, slash)));
    if (slash == text.npos) return of(address);
    const auto length = parse_number(text.substr(slash + 1), width(address));
    if (!length) {
        return fail(ErrorCode::Invalid, fmt::format("'{}' is not a prefix length (0 to {})",
                                                    text.substr(slash + 1), width(address)));
    }
    Prefix prefix;
    prefix.address_ = masked(address, *length);
    prefix.length_ = *length;
    if (prefix.address_ != address) {
        return fail(ErrorCode::Invalid, fmt::format("'{}' has bits set after the prefix; did you mean '{}'?",
                                                    text, prefix.to_string()));
    }
    return prefix;
}

Prefix Prefix::of(const IpAddress& address) {
    return around(address, width(address));
}

Prefix Prefix::around(const IpAddress& address, unsigned length) {
    Prefix prefix;
    prefix.length_ = std::min(length, width(address));
    prefix.address_ = masked(address, prefix.length_);
    return prefix;
}

bool Prefix::contains(const IpAddress& address) const {
    return address.is_v4() == address_.is_v4() && masked(address, length_) == address_;
}

std::string Prefix::to_string() const {
    return fmt::format("{}/{}", address_.to_string(), length_);
}

}  // namespace lockstep
