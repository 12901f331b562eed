// watch ZONE SERIAL SECONDS ADDRESS:PORT...: asks each server for the zone's SOA over UDP, again and again,
// until all have answered with that serial. Prints "ready" when it is asking, then for each server the
// CLOCK_MONOTONIC time in nanoseconds of its first answer with the serial. Exit code 1: not within SECONDS.
// One question is under way per server, the next one leaves 50 µs after the answer: that is the resolution.

#include "messages.hpp"

#include <cstdio>
#include <poll.h>
#include <sys/prctl.h>

using namespace lockstep::bench;

namespace {

constexpr Nanoseconds pause_between = 50'000;
constexpr Nanoseconds lost_after = second / 50;

struct Target {
    pollfd socket;
    std::uint16_t id = 0;
    Nanoseconds next_question = 0;
    Nanoseconds first_seen = 0;
};

/// The serial of an answer whose first record is a SOA; false for any other message.
bool serial_of(const Octets& m, std::uint16_t id, std::uint32_t& serial) {
    if (m.size() < 12 || two_octets(&m[0]) != id || (m[3] & 15) != 0 || two_octets(&m[6]) == 0) return false;
    const unsigned char* end = m.data() + m.size();
    const unsigned char* at = after_name(after_name(&m[12], end) + 4, end);
    if (end - at < 10 || two_octets(at) != soa) return false;
    at = after_name(after_name(at + 10, end), end);
    if (end - at < 4) return false;
    serial = two_octets(at) << 16 | two_octets(at + 2);
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) return 2;
    Octets asked = question(argv[1], soa);
    const auto wanted = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
    const Nanoseconds end =
        now() + static_cast<Nanoseconds>(std::atof(argv[3]) * static_cast<double>(second));
    std::vector<Target> targets(static_cast<std::size_t>(argc) - 4);
    for (std::size_t i = 0; i < targets.size(); ++i) {
        targets[i].socket = {connected(argv[i + 4], SOCK_DGRAM | SOCK_NONBLOCK), POLLIN, 0};
        if (targets[i].socket.fd < 0) {
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
                asked[0] = static_cast<unsigned char>(target.id >> 8);
                asked[1] = static_cast<unsigned char>(target.id & 255);
                send(target.socket.fd, asked.data(), asked.size(), 0);
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
