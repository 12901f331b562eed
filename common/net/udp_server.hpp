#pragma once
// Answers datagrams: a thread a worker and address, each with a socket of its own.
//
// Threads: start and stop from one thread; each worker thread has its handler. Replies that are held are sent
// from any, also after stop(): then nowhere. Errors: Io at start (address, port: says which). Limits: batches
// of 64; 65,535 octets in and 4,096 out, a late reply as large as a datagram gets. Memory: pages of a
// worker's 4.3 MiB of buffers as datagrams come to need them, some 0.5 MiB where none is large. Security: a
// failing send is counted, never retried in a loop. Standards: RFC 1035 §4.2.1, RFC 2136 §2.

#include "base/beat.hpp"
#include "base/endpoint.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "wire/handler.hpp"

#include <memory>
#include <thread>
#include <vector>

namespace lockstep {

/// Resource type. The sockets are bound by open(), so that privileges can be dropped before start().
class UdpServer {
public:
    explicit UdpServer(Log& log);
    ~UdpServer();

    /// Binds `workers` sockets to each address.
    [[nodiscard]] Result<void> open(const std::vector<Endpoint>& addresses, unsigned workers);
    void start(HandlerFactory& handlers);
    void stop();
    /// The workers' beats, raised with every batch and every second; good until stop().
    [[nodiscard]] std::vector<WatchedThread> threads() const;

private:
    struct Worker;
    Log& log_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

/// The text of a failed bind, naming the address and, for EADDRINUSE and EACCES, what to do.
[[nodiscard]] std::string describe_bind_failure(const Endpoint& address, std::string_view transport,
                                                int error_number);

}  // namespace lockstep
