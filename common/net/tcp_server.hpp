#pragma once
// Answers over TCP: one thread, one coroutine a connection, which in turn takes what has come, makes what it
// can of the answers, and sends it. What waits behind a transfer is answered between its messages, and what
// has come behind a question whose reply is held, before that reply. Where nothing else is left to do, the
// next held reply is waited for, not the next question.
//
// Threads: start and stop from one thread; handlers and sessions run on the server's own. Replies that are
// held are sent from any, also after the server is gone: then nowhere. Errors: Io at open. Limits:
// connections in all and a peer; time for a whole message to come, where no reply is held, and for an answer
// to be taken; four transfers and 64 held replies a connection. Memory: 192 KiB a connection at most, 64 of a
// message that comes and 128 of answers that go (StreamAnswers), beside the version that a transfer holds,
// and the held replies that come while the peer takes no answer: 4 MiB if all 64 are of 65,535 octets. 6 KiB
// where it waits, for small questions or late replies. Security: nothing more is read from one who does not
// take what he is sent, and he is dropped; so is whoever drips a message. Where all places are taken, the
// connection that has waited for longest, to be asked, for an answer to be taken or for a held reply, makes
// room, a stranger before one who is favoured, and an eighth is for the favoured alone. Standards: RFC 7766
// §6 and §7.

#include "base/beat.hpp"
#include "base/clock.hpp"
#include "net/asio.hpp"
#include "net/gate.hpp"
#include "net/inbox.hpp"
#include "net/stream.hpp"
#include "wire/handler.hpp"

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <thread>
#include <vector>

namespace lockstep {

class HeldReplies;

struct TcpLimits {
    std::size_t connections = 1000;
    std::size_t connections_a_peer = 100;
    milliseconds idle{
        10'000};  // until the next message is whole, however it drips; not while a reply is held
    milliseconds write{30'000};  // for a peer to take all that was made for it, 128 KiB at most
    /// Whose connections (configured peers') are kept when there are too many; asked on the server's thread.
    std::function<bool(const IpAddress&)> favours = {};
};

/// Resource type.
class TcpServer {
public:
    explicit TcpServer(Log& log, TcpLimits limits = {});
    ~TcpServer();

    [[nodiscard]] Result<void> open(const std::vector<Endpoint>& addresses);
    void start(HandlerFactory& handlers);
    void stop();
    /// Other bounds from now on; those that wait longest beyond them are closed. Threads: any.
    void set_limits(TcpLimits limits);
    [[nodiscard]] std::size_t connections() const {
        return open_connections_.load(std::memory_order_relaxed);
    }
    /// The thread's beat, raised every second.
    [[nodiscard]] WatchedThread thread() const { return {"TCP thread", &beat_}; }

private:
    /// One connection, in the order in which they began to wait, for their peers or for a held reply.
    class Session;
    using Sessions = std::list<Session*>;

    awaitable<void> beat();
    awaitable<void> accept_from(tcp::acceptor* acceptor);
    awaitable<void> serve(tcp::socket socket, Endpoint peer, bool favoured);
    awaitable<void> answer_all(DnsStream* stream, Client client, Session* session, HeldReplies* held);
    /// Whether one more may come; closes a connection where that makes room.
    [[nodiscard]] bool make_room(const IpAddress& peer, bool favoured);
    [[nodiscard]] bool close_longest_waiting();

    Log& log_;
    TcpLimits limits_;
    std::unique_ptr<Handler> handler_;
    Beat beat_;
    std::atomic<std::size_t> open_connections_{0};
    std::map<IpAddress, std::size_t> by_peer_;
    std::size_t strangers_ = 0;  // of the open connections, those of nobody favoured
    Sessions sessions_;          // who waits for longest first
    OctetString scratch_;        // where the handler writes
    asio::io_context context_{1};
    const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>(context_);  // late replies have it too
    Gate gate_{context_, log_};
    std::vector<std::unique_ptr<tcp::acceptor>> acceptors_;
    std::thread thread_;
};

}  // namespace lockstep
