// pace ADDRESS:PORT FILE RATE: asks the questions of FILE (as dnsperf reads it) over UDP, RATE a second,
// whatever becomes of the answers, until its standard input ends. Prints "ready" when it begins, then how
// many it asked and what was lost, and percentiles of the answers' times in milliseconds, as JSON. A time
// counts from the moment when the question was due. What is not answered within `patience` is lost, and
// counts as so long. Where it may, it goes before all else on its core: that another client keeps it waiting
// is not the server's doing.

#include "messages.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>

using namespace lockstep::bench;

namespace {

constexpr Nanoseconds patience = 2 * second;

double share(const std::vector<Nanoseconds>& sorted, double part) {
    if (sorted.empty()) return 0;
    const auto at = static_cast<std::size_t>(static_cast<double>(sorted.size()) * part);
    return static_cast<double>(sorted[std::min(at, sorted.size() - 1)]) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const int udp = connected(argv[1], SOCK_DGRAM | SOCK_NONBLOCK);
    auto all = questions(argv[2]);
    const Nanoseconds step = second / std::max(1, std::atoi(argv[3]));
    if (udp < 0 || all.empty()) return 2;
    prctl(PR_SET_TIMERSLACK, 1UL);
    const sched_param first{1};
    if (sched_setscheduler(0, SCHED_FIFO, &first) != 0)
        std::perror("pace: others on this core go before it, and are in the figures");
    std::puts("ready");
    std::fflush(stdout);

    std::vector<Nanoseconds> due(65536, 0), times;  // due: by ID, 0 once answered
    std::array<unsigned char, 4096> answer;
    unsigned long long asked = 0, lost = 0;
    bool over = false;
    const auto give_up = [&](Nanoseconds& at) {
        if (at == 0) return;
        ++lost;
        times.push_back(patience);
        at = 0;
    };
    for (Nanoseconds next = now(), last = 0; !over || now() < last + patience;) {
        if (over && asked == times.size()) break;
        const Nanoseconds wait = over ? last + patience - now() : next - now();
        const timespec timeout{0, std::clamp<Nanoseconds>(wait, 0, second - 1)};
        std::array<pollfd, 2> ready{pollfd{udp, POLLIN, 0}, pollfd{over ? -1 : 0, POLLIN, 0}};
        ppoll(ready.data(), ready.size(), &timeout, nullptr);
        if (ready[1].revents != 0) {
            over = true;
            last = now();
        }
        for (ssize_t size = 0; (size = recv(udp, answer.data(), answer.size(), 0)) > 0;) {
            Nanoseconds& sent = due[two_octets(answer.data())];
            if (size < 12 || sent == 0) continue;
            times.push_back(std::min(now() - sent, patience));
            sent = 0;
        }
        for (; !over && next <= now(); next += step, ++asked) {
            Octets& message = all[asked % all.size()];
            const auto id = static_cast<std::uint16_t>(asked);
            message[0] = static_cast<unsigned char>(id >> 8);
            message[1] = static_cast<unsigned char>(id & 255);
            give_up(due[id]);
            due[id] = next;
            send(udp, message.data(), message.size(), 0);
        }
    }
    std::for_each(due.begin(), due.end(), give_up);
    std::sort(times.begin(), times.end());
    std::printf(R"({"asked": %llu, "lost": %llu, "p50_ms": %.4f, "p99_ms": %.4f, "max_ms": %.4f})"
                "\n",
                asked, lost, share(times, 0.5), share(times, 0.99), share(times, 1));
}
