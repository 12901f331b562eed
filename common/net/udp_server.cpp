#include "net/udp_server.hpp"

#include "base/scheduling.hpp"
#include "net/late_datagram.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lockstep {
namespace {

constexpr unsigned batch = 64;
constexpr std::size_t in_octets = 65535;  // of any datagram: a dynamic update may be as large
constexpr std::size_t out_octets = 4096;
// Nine cache lines more than a power of two, so that the messages of a batch do not share their cache sets.
constexpr std::size_t in_stride = 65536 + 576;
constexpr std::size_t out_stride = out_octets + 576;
constexpr int socket_buffer_octets = 4 * 1024 * 1024;

Result<int> open_socket(const Endpoint& address) {
    const int family = address.address.is_v4() ? AF_INET : AF_INET6;
    const int fd = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail(ErrorCode::Io, describe_bind_failure(address, "UDP", errno));
    const int on = 1;
    const timeval wake{1, 0};  // for the beat when idle; stop() wakes the receiver at once
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wake, sizeof wake);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &socket_buffer_octets, sizeof socket_buffer_octets);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &socket_buffer_octets, sizeof socket_buffer_octets);
    if (family == AF_INET6) (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (address.address.is_unspecified()) {
        // So that an answer leaves from the address that was asked.
        if (family == AF_INET) {
            (void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
        } else {
            (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
        }
    }
    if (family == AF_INET) {
        // No fragments to be spoofed (RFC 9715): the path MTU of others is not believed.
        const int dont = IP_PMTUDISC_OMIT;
        (void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof dont);
    }
    sockaddr_storage storage;
    const socklen_t length = address.to_sockaddr(storage);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&storage), length) != 0) {
        const int error_number = errno;
        ::close(fd);
        return fail(ErrorCode::Io, describe_bind_failure(address, "UDP", error_number));
    }
    return fd;
}

/// Room for `octets` of which a page takes no memory before something is written there.
std::unique_ptr<std::byte[]> untouched(std::size_t octets) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    auto room = std::make_unique_for_overwrite<std::byte[]>(octets);
    // Where the kernel gives huge pages to all, the first octet of a message would take 2 MiB.
    const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(room.get()) % page) % page;
    if (octets > before + page)
        (void)::madvise(room.get() + before, (octets - before) / page * page, MADV_NOHUGEPAGE);
    return room;
}

/// The arrays that recvmmsg and sendmmsg want, made once.
struct Batch {
    std::array<mmsghdr, batch> in{};
    std::array<mmsghdr, batch> out{};
    std::array<iovec, batch> in_parts{};
    std::array<iovec, batch> out_parts{};
    std::array<sockaddr_storage, batch> peers{};
    alignas(cmsghdr) std::array<std::array<std::byte, control_octets>, batch> control{};
    const std::unique_ptr<std::byte[]> in_buffer = untouched(batch * in_stride);
    const std::unique_ptr<std::byte[]> out_buffer = untouched(batch * out_stride);
    bool with_control = false;

    explicit Batch(bool control_wanted) : with_control(control_wanted) {
        for (unsigned i = 0; i < batch; ++i) {
            in_parts[i] = {in_at(i), in_octets};
            in[i].msg_hdr.msg_name = &peers[i];
            in[i].msg_hdr.msg_iov = &in_parts[i];
            in[i].msg_hdr.msg_iovlen = 1;
            out[i].msg_hdr.msg_iovlen = 1;
        }
    }
    [[nodiscard]] std::byte* in_at(unsigned i) { return in_buffer.get() + i * in_stride; }
    [[nodiscard]] std::byte* out_at(unsigned i) { return out_buffer.get() + i * out_stride; }
    void reset(unsigned used) {
        for (unsigned i = 0; i < used; ++i) {
            in[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
            in[i].msg_hdr.msg_control = with_control ? control[i].data() : nullptr;
            in[i].msg_hdr.msg_controllen = with_control ? control_octets : 0;
        }
    }
};

}  // namespace

struct UdpServer::Worker {
    const int fd;
    const std::shared_ptr<DatagramSocket> socket;  // owns fd; late replies have it too
    bool with_control;
    std::string name;
    Beat beat;
    std::unique_ptr<Handler> handler;
    Log& log;
    std::atomic<bool> stopping{false};
    std::thread thread;

    Worker(int bound, bool control_wanted, std::string called, Log& to)
        : fd(bound),
          socket(std::make_shared<DatagramSocket>(bound)),
          with_control(control_wanted),
          name(std::move(called)),
          log(to) {}
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() { socket->close(); }

    void run() {
        take_short_turns();
        Batch messages(with_control);
        messages.reset(batch);
        while (!stopping.load(std::memory_order_relaxed)) {
            beat.raise();
            const int received = recvmmsg(fd, messages.in.data(), batch, MSG_WAITFORONE, nullptr);
            if (received < 0) {
                if (errno != EAGAIN && errno != EINTR)
                    log.warning("UDP: receiving: {}", std::strerror(errno));
                handler->idle();
                continue;
            }
            const unsigned answers = answer(messages, static_cast<unsigned>(received));
            send(messages, answers);
            messages.reset(static_cast<unsigned>(received));
        }
    }

    unsigned answer(Batch& messages, unsigned received) {
        unsigned answers = 0;
        for (unsigned i = 0; i < received; ++i) {
            auto& in = messages.in[i];
            if (in.msg_hdr.msg_namelen == 0) continue;  // nobody's: the socket is being shut down
            DatagramHolder holder(socket, in.msg_hdr);
            const Client client{Endpoint::from_sockaddr(messages.peers[i]), Transport::Udp, &holder};
            std::byte* const out_at = messages.out_at(answers);
            const Octets query(messages.in_at(i), in.msg_len);
            if (client.peer.port == 0 || (in.msg_hdr.msg_flags & MSG_TRUNC) != 0) continue;
            const std::size_t octets = handler->respond_datagram(query, client, {out_at, out_octets});
            if (octets == 0) continue;
            auto& out = messages.out[answers].msg_hdr;
            messages.out_parts[answers] = {out_at, octets};
            out.msg_iov = &messages.out_parts[answers];
            out.msg_name = &messages.peers[i];
            out.msg_namelen = in.msg_hdr.msg_namelen;
            if (with_control) forget_interface(in.msg_hdr);
            out.msg_control = with_control ? in.msg_hdr.msg_control : nullptr;
            out.msg_controllen = with_control ? in.msg_hdr.msg_controllen : 0;
            ++answers;
        }
        return answers;
    }

    void send(Batch& messages, unsigned answers) {
        for (unsigned sent = 0; sent < answers;) {
            const int count = sendmmsg(fd, messages.out.data() + sent, answers - sent, 0);
            if (count > 0) {
                sent += static_cast<unsigned>(count);
            } else if (errno != EINTR) {
                ++sent;  // this one cannot be sent (unreachable, too large): the client asks again
            }
        }
    }
};

UdpServer::UdpServer(Log& log) : log_(log) {}
UdpServer::~UdpServer() {
    stop();
}

Result<void> UdpServer::open(const std::vector<Endpoint>& addresses, unsigned workers) {
    std::string problems;
    for (const auto& address : addresses) {
        for (unsigned i = 0; i < workers; ++i) {
            auto opened = open_socket(address);
            if (!opened) {
                problems += (problems.empty() ? "" : "\n") + opened.error().text;
                break;
            }
            workers_.push_back(std::make_unique<Worker>(
                *opened, address.address.is_unspecified(),
                fmt::format("UDP worker {} of {}", i + 1, address.to_string()), log_));
        }
    }
    if (problems.empty()) return {};
    workers_.clear();  // nothing listens for a server that does not start
    return fail(ErrorCode::Io, std::move(problems));
}

void UdpServer::start(HandlerFactory& handlers) {
    for (auto& worker : workers_) {
        worker->handler = handlers.make_handler();
        worker->thread = std::thread(&Worker::run, worker.get());
    }
}

std::vector<WatchedThread> UdpServer::threads() const {
    std::vector<WatchedThread> threads;
    for (const auto& worker : workers_)
        threads.push_back({worker->name, &worker->beat});
    return threads;
}

void UdpServer::stop() {
    for (auto& worker : workers_) {
        worker->stopping.store(true, std::memory_order_relaxed);
        // On an unconnected socket this reports ENOTCONN, and wakes the receiver all the same.
        (void)shutdown(worker->fd, SHUT_RDWR);
    }
    for (auto& worker : workers_) {
        if (worker->thread.joinable()) worker->thread.join();
    }
    workers_.clear();
}

std::string describe_bind_failure(const Endpoint& address, std::string_view transport, int error_number) {
    std::string text = fmt::format("cannot listen on {} over {}: {}", address.to_string(), transport,
                                   std::strerror(error_number));
    if (error_number == EADDRINUSE) {
        text += fmt::format(" (another program holds it: 'ss -lnp sport = :{}' names it)", address.port);
    } else if (error_number == EACCES) {
        text += " (ports below 1024 need CAP_NET_BIND_SERVICE or root)";
    } else if (error_number == EADDRNOTAVAIL) {
        text += " (this machine has no such address)";
    }
    return text;
}

}  // namespace lockstep
