#pragma once
// The replies that one connection waits for: held when their questions came, sent later by any thread.
//
//     hold() ──> awaited ──send()──> come ──take()──> the connection's
//                   └─ destroyed, nothing sent ──> lost: the connection ends
//
// Threads: its context's only; what hold() gives is any thread's, and gets here by the Inbox. Limits: whoever
// is full() is asked nothing more; 64 replies of at most 65,535 octets. Standards: RFC 7766 §6.2.1.1 (in the
// order in which they come).

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "net/asio.hpp"
#include "net/inbox.hpp"
#include "wire/handler.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace lockstep {

/// Resource type. Late replies know it weakly: where the connection is gone they do nothing, and it is only
/// ever destroyed by the thread that has the connection.
class HeldReplies final : public ReplyHolder, public std::enable_shared_from_this<HeldReplies> {
public:
    static constexpr std::size_t max_held = 64;

    /// `inbox` is `context`'s; the context is there as long as this is.
    HeldReplies(asio::io_context& context, std::shared_ptr<Inbox> inbox)
        : inbox_(std::move(inbox)), bell_(context, SteadyTime::max()) {}

    [[nodiscard]] std::unique_ptr<LateReply> hold() override;

    /// Whether there is nothing to wait for, nor to do.
    [[nodiscard]] bool none() const { return awaited_ == 0 && come_.empty() && !lost_; }
    [[nodiscard]] bool full() const { return awaited_ + come_.size() >= max_held; }
    /// Whether one was destroyed with nothing sent.
    [[nodiscard]] bool lost() const { return lost_; }

    /// What has come, the first first.
    [[nodiscard]] std::optional<OctetString> take();
    /// The octets of all that have come and were not taken.
    [[nodiscard]] std::size_t octets() const { return octets_; }

    /// One has come or is lost: an empty message is one that is lost.
    void settle(OctetString message);

    /// Ends, cancelled, with the next reply that comes or is lost, or when the session is closed; for who has
    /// looked that there is none.
    [[nodiscard]] asio::steady_timer& bell() { return bell_; }

private:
    const std::shared_ptr<Inbox> inbox_;
    asio::steady_timer bell_;
    std::size_t awaited_ = 0;
    std::deque<OctetString> come_;
    std::size_t octets_ = 0;
    bool lost_ = false;
};

}  // namespace lockstep
