#pragma once
// Addresses, address and port, prefixes: plain values, no sockets.

#include "base/result.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace lockstep {

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address is stored as the IPv4 address that it is.
class IpAddress {
public:
    IpAddress() = default;  // 0.0.0.0
    [[nodiscard]] static Result<IpAddress> parse(std::string_view text);
    [[nodiscard]] static IpAddress v4(std::array<std::uint8_t, 4> octets);
    [[nodiscard]] static IpAddress v6(std::array<std::uint8_t, 16> octets);

    [[nodiscard]] bool is_v4() const { return v4_; }
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] bool is_unspecified() const;
    /// 16 octets; an IPv4 address in the first four, the rest 0.
    [[nodiscard]] const std::array<std::uint8_t, 16>& octets() const { return octets_; }
    [[nodiscard]] std::string to_string() const;
    auto operator<=>(const IpAddress&) const = default;

private:
    bool v4_ = true;
    std::array<std::uint8_t, 16> octets_{};
};

/// An address and a port, e.g. `192.0.2.1:53` or `[2001:db8::1]:53`.
struct Endpoint {
    IpAddress address;
    std::uint16_t port = 53;

    /// Without a port, `default_port`.
    [[nodiscard]] static Result<Endpoint> parse(std::string_view text, std::uint16_t default_port = 53);
    [[nodiscard]] static Endpoint from_sockaddr(const sockaddr_storage& from);
    /// Fills `to` and returns the length that bind(2) and sendto(2) want.
    socklen_t to_sockaddr(sockaddr_storage& to) const;
    [[nodiscard]] std::string to_string() const;
    auto operator<=>(const Endpoint&) const = default;
};

/// An address prefix, e.g. `203.0.113.0/24`; a lone address is the longest prefix.
class Prefix {
public:
    /// Errors: Invalid with the reason, also where host bits are set (`10.1.2.3/8`: did you mean
    /// `10.0.0.0/8`).
    [[nodiscard]] static Result<Prefix> parse(std::string_view text);
    [[nodiscard]] static Prefix of(const IpAddress& address);
    /// The prefix of `length` bits that `address` is in; at most as long as the address.
    [[nodiscard]] static Prefix around(const IpAddress& address, unsigned length);
    [[nodiscard]] const IpAddress& address() const { return address_; }
    [[nodiscard]] bool contains(const IpAddress& address) const;
    [[nodiscard]] std::string to_string() const;
    auto operator<=>(const Prefix&) const = default;

private:
    IpAddress address_;
    unsigned length_ = 0;
};

}  // namespace lockstep
