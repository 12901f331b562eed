// streams ADDRESS:PORT FILE QUERIES SECONDS: asks the questions of FILE (as dnsperf reads it) over TCP,
// QUERIES a connection, on some connections at a time. Each keeps up to `window` questions under way, and
// ends with a FIN once all are answered; the next one comes from another loopback address, so that ports do
// not run out. Prints connections, answers, NXDOMAIN, octets of the answers and connections that broke, as
// JSON.

#include "messages.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <poll.h>

using namespace lockstep::bench;

namespace {

constexpr std::size_t streams = 16;
constexpr unsigned window = 20;

struct Totals {
    unsigned long long connections = 0, answers = 0, nxdomain = 0, octets = 0, broken = 0;
};

class Stream {
public:
    void open(const sockaddr_in& there, unsigned number) {
        socket_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(0x7f02'0000U + number % 64 + 1);
        const int on = 1;
        setsockopt(socket_, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &on, sizeof on);
        bind(socket_, reinterpret_cast<const sockaddr*>(&here), sizeof here);
        connect(socket_, reinterpret_cast<const sockaddr*>(&there), sizeof there);
        asked_ = answered_ = 0;
        filled_ = 0;
    }
    void end() { close(socket_); }
    [[nodiscard]] pollfd wanted() const {
        return {socket_, static_cast<short>(asked_ == 0 ? POLLOUT : POLLIN), 0};
    }
    [[nodiscard]] bool done(unsigned queries) const { return answered_ == queries; }

    /// Sends as many questions as the window has room for, in one segment; false if the connection broke.
    bool ask(const std::vector<Octets>& all, std::size_t& next, unsigned queries) {
        out_.clear();
        for (; asked_ < queries && asked_ - answered_ < window; ++asked_, ++next) {
            const Octets& message = all[next % all.size()];
            out_.push_back(static_cast<unsigned char>(message.size() >> 8));
            out_.push_back(static_cast<unsigned char>(message.size() & 255));
            out_.insert(out_.end(), message.begin(), message.end());
        }
        return out_.empty() ||
               send(socket_, out_.data(), out_.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out_.size());
    }

    /// Counts the answers that are there; false if the connection broke.
    bool receive(Totals& totals) {
        const auto count = recv(socket_, in_.data() + filled_, in_.size() - filled_, 0);
        if (count < 0) return errno == EAGAIN;
        if (count == 0) return false;
        filled_ += static_cast<std::size_t>(count);
        std::size_t at = 0;
        while (filled_ - at >= 2 && filled_ - at - 2 >= two_octets(&in_[at])) {
            const unsigned size = two_octets(&in_[at]);
            ++answered_;
            ++totals.answers;
            totals.octets += size;
            totals.nxdomain += size > 3 && (in_[at + 5] & 15) == 3 ? 1 : 0;
            at += 2 + size;
        }
        std::copy(in_.begin() + static_cast<long>(at), in_.begin() + static_cast<long>(filled_), in_.begin());
        filled_ -= at;
        return true;
    }

private:
    int socket_ = -1;
    unsigned asked_ = 0, answered_ = 0;
    Octets in_ = Octets(1 << 17), out_;
    std::size_t filled_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    sockaddr_in there{};
    if (argc != 5 || !parse_endpoint(argv[1], there)) return 2;
    const auto all = questions(argv[2]);
    const auto queries = static_cast<unsigned>(std::atoi(argv[3]));
    const Nanoseconds start = now();
    const Nanoseconds end =
        start + static_cast<Nanoseconds>(std::atof(argv[4]) * static_cast<double>(second));

    std::array<Stream, streams> open;
    std::array<pollfd, streams> ready;
    Totals totals;
    unsigned number = 0;
    std::size_t next = 0;
    for (Stream& stream : open)
        stream.open(there, number++);
    while (now() < end) {
        std::transform(open.begin(), open.end(), ready.begin(), [](const Stream& s) { return s.wanted(); });
        if (poll(ready.data(), ready.size(), 100) <= 0) continue;
        for (std::size_t i = 0; i < streams; ++i) {
            if (ready[i].revents == 0) continue;
            const bool whole = ((ready[i].revents & POLLIN) == 0 || open[i].receive(totals)) &&
                               (ready[i].revents & (POLLERR | POLLHUP)) == 0 &&
                               open[i].ask(all, next, queries);
            if (whole && !open[i].done(queries)) continue;
            totals.connections += whole ? 1 : 0;
            totals.broken += whole ? 0 : 1;
            open[i].end();
            open[i].open(there, number++);
        }
    }
    std::printf(
        R"({"seconds": %.6f, "connections": %llu, "answers": %llu, "nxdomain": %llu, "octets": %llu, "broken": %llu})"
        "\n",
        static_cast<double>(now() - start) / second, totals.connections, totals.answers, totals.nxdomain,
        totals.octets, totals.broken);
}
