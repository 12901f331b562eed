// What the benchmarks' small clients share: questions, addresses, clocks. They see loopback and friendly
// servers only.

#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <vector>

namespace lockstep::bench {

using Octets = std::vector<unsigned char>;
using Nanoseconds = std::int64_t;

constexpr Nanoseconds second = 1'000'000'000;
constexpr unsigned soa = 6;

inline Nanoseconds now() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * second + t.tv_nsec;
}

inline unsigned two_octets(const unsigned char* at) {
    return static_cast<unsigned>(at[0] << 8 | at[1]);
}

/// A query with ID 0 and no RD.
inline Octets question(std::string name, unsigned type) {
    Octets message{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    if (!name.empty() && name.back() == '.') name.pop_back();
    for (std::size_t start = 0; start < name.size();) {
        const auto end = std::min(name.find('.', start), name.size());
        message.push_back(static_cast<unsigned char>(end - start));
        message.insert(message.end(), name.begin() + static_cast<long>(start),
                       name.begin() + static_cast<long>(end));
        start = end + 1;
    }
    message.insert(message.end(),
                   {0, static_cast<unsigned char>(type >> 8), static_cast<unsigned char>(type & 255), 0, 1});
    return message;
}

/// The questions of a file as dnsperf reads it: NAME TYPE, one a line.
inline std::vector<Octets> questions(const char* path) {
    static const std::map<std::string, unsigned> types{
        {"A", 1}, {"SOA", soa}, {"MX", 15}, {"TXT", 16}, {"AAAA", 28}};
    std::vector<Octets> all;
    std::ifstream file(path);
    for (std::string name, type; file >> name >> type;)
        all.push_back(question(name, types.at(type)));
    return all;
}

/// The octet after the name that begins at `at`.
inline const unsigned char* after_name(const unsigned char* at, const unsigned char* end) {
    while (at < end && *at != 0) {
        if (*at >= 0xc0) return at + 2;
        at += *at + 1;
    }
    return at + 1;
}

/// ADDRESS:PORT as a socket address; false if it is none.
inline bool parse_endpoint(const std::string& text, sockaddr_in& there) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return false;
    there = {};
    there.sin_family = AF_INET;
    there.sin_port = htons(static_cast<in_port_t>(std::atoi(text.c_str() + colon + 1)));
    return inet_pton(AF_INET, text.substr(0, colon).c_str(), &there.sin_addr) == 1;
}

/// A socket of this `kind` (SOCK_…) that is connected to ADDRESS:PORT, or -1.
inline int connected(const std::string& endpoint, int kind) {
    sockaddr_in there{};
    const int made = parse_endpoint(endpoint, there) ? socket(AF_INET, kind, 0) : -1;
    if (made >= 0 && connect(made, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0) return made;
    close(made);
    return -1;
}

}  // namespace lockstep::bench
