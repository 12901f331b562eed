// watch ZONE SERIAL SECONDS ADDRESS:PORT...: asks each server for the zone's SOA over UDP, again and again,
// until all have answered with that serial. Prints "ready" when it is asking, then for each server the
// CLOCK_MONOTONIC time in nanoseconds of its first answer with the serial. Exit code 1: not within SECONDS.
// One question is under way per server, the next one leaves 50 µs after the answer: that is the resolution.

#include <arpa/inet.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <vector>

namespace {

using Octets = std::vector<unsigned char>;
using Nanoseconds = std::int64_t;

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds pause_between = 50'000;
constexpr Nanoseconds lost_after = second / 50;

struct Target {
    pollfd socket;
    std::uint16_t id = 0;
    Nanoseconds next_question = 0;
    Nanoseconds first_seen = 0;
};

Nanoseconds now() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * second + t.tv_nsec;
}

Octets soa_question(std::string zone) {
    Octets message{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    if (!zone.empty() && zone.back() == '.') zone.pop_back();
    for (std::size_t start = 0; start < zone.size();) {
        const auto end = std::min(zone.find('.', start), zone.size());
        message.push_back(static_cast<unsigned char>(end - start));
        message.insert(message.end(), zone.begin() + static_cast<long>(start),
                       zone.begin() + static_cast<long>(end));
        start = end + 1;
    }
    message.insert(message.end(), {0, 0, 6, 0, 1});
    return message;
}

std::size_t skip_name(const Octets& m, std::size_t at) {
    while (at < m.size() && m[at] != 0) {
        if (m[at] >= 0xc0) return at + 2;
        at += m[at] + 1U;
    }
    return at + 1;
}

/// The serial of an answer whose first record is a SOA; false for any other message.
bool serial_of(const Octets& m, std::uint16_t id, std::uint32_t& serial) {
    if (m.size() < 12 || (m[0] << 8 | m[1]) != id || (m[3] & 15) != 0 || (m[6] << 8 | m[7]) == 0)
        return false;
    std::size_t at = skip_name(m, skip_name(m, 12) + 4);
    if (at + 10 > m.size() || (m[at] << 8 | m[at + 1]) != 6) return false;
    at = skip_name(m, skip_name(m, at + 10));
    if (at + 4 > m.size()) return false;
    serial = static_cast<std::uint32_t>(m[at]) << 24 | static_cast<std::uint32_t>(m[at + 1]) << 16 |
             static_cast<std::uint32_t>(m[at + 2]) << 8 | m[at + 3];
    return true;
}

bool open_target(const std::string& endpoint, Target& target) {
    const auto colon = endpoint.rfind(':');
    if (colon == std::string::npos) return false;
    sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(static_cast<in_port_t>(std::atoi(endpoint.c_str() + colon + 1)));
    target.socket = {socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), POLLIN, 0};
    return inet_pton(AF_INET, endpoint.substr(0, colon).c_str(), &there.sin_addr) == 1 &&
           target.socket.fd >= 0 &&
           connect(target.socket.fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) return 2;
    Octets question = soa_question(argv[1]);
    const auto wanted = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
    const Nanoseconds end =
        now() + static_cast<Nanoseconds>(std::atof(argv[3]) * static_cast<double>(second));
    std::vector<Target> targets(static_cast<std::size_t>(argc) - 4);
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (!open_target(argv[i + 4], targets[i])) {
            std::perror(argv[i + 4]);
            return 2;
        }
    }
    prctl(PR_SET_TIMERSLACK, 1UL);
    std::puts("ready");
    std::fflush(stdout);

    std::vector<pollfd> waiting;
    Octets answer;
    for (std::size_t left = targets.size(); left > 0;) {
        const Nanoseconds time = now();
        if (time > end) return 1;
        waiting.clear();
        for (Target& target : targets) {
            if (target.first_seen != 0) continue;
            if (time >= target.next_question) {
                ++target.id;
                question[0] = static_cast<unsigned char>(target.id >> 8);
                question[1] = static_cast<unsigned char>(target.id & 255);
                send(target.socket.fd, question.data(), question.size(), 0);
                target.next_question = time + lost_after;
            }
            waiting.push_back(target.socket);
        }
        const timespec patience{0, pause_between};
        if (ppoll(waiting.data(), waiting.size(), &patience, nullptr) <= 0) continue;
        const Nanoseconds arrived = now();
        for (Target& target : targets) {
            answer.resize(1500);
            const auto size =
                target.first_seen == 0 ? recv(target.socket.fd, answer.data(), answer.size(), 0) : 0;
            if (size <= 0) continue;
            answer.resize(static_cast<std::size_t>(size));
            std::uint32_t serial = 0;
            target.next_question = arrived + pause_between;
            if (serial_of(answer, target.id, serial) && serial == wanted) {
                target.first_seen = arrived;
                --left;
            }
        }
    }
    for (const Target& target : targets)
        std::printf("%lld\n", static_cast<long long>(target.first_seen));
}
