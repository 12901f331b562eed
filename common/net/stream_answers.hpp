#pragma once
// What one connection is yet to be sent: answers to single questions, at once or late, and zone transfers
// between which they go.
//
// Threads: one; no I/O. Limits: 128 KiB of answers that are not sent, four transfers, 64 replies that are
// held (of those, what has come counts against the 128 KiB); who has so much under way asks for no more.
// Standards: RFC 7766 §6.2.1.1 and §7 (answers need not come in the order of the questions), RFC 9103 §6.

#include "base/bytes.hpp"
#include "net/held_replies.hpp"
#include "wire/handler.hpp"

#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace lockstep {

/// Resource type; its handler, `held` and `scratch`, room for the largest message, outlive it.
class StreamAnswers {
public:
    static constexpr std::size_t max_transfers = 4;

    /// `client.holder` will be `held`.
    StreamAnswers(Handler& handler, Client client, std::span<std::byte> scratch, HeldReplies& held)
        : handler_(handler), client_{client.peer, client.transport, &held}, scratch_(scratch), held_(held) {}

    /// Whether there is room for the answer to one more question.
    [[nodiscard]] bool takes_questions() const;
    void answer(Octets question);
    /// The late replies that have come, as many as there is room for; to be called before more questions are
    /// answered, so that these do not go before them for ever.
    void add_late();
    /// The next messages of each transfer in turn, as many as there is room for.
    void go_on();

    /// What is to be sent now, each message with its length in front.
    [[nodiscard]] Octets framed() const { return framed_; }
    void sent();
    /// Whether there is nothing to send before the next question.
    [[nodiscard]] bool idle() const { return framed_.empty() && transfers_.empty() && held_.none(); }
    /// Whether there will be something to send, but not before a late reply comes or is lost.
    [[nodiscard]] bool waits_for_late() const {
        return !broken_ && framed_.empty() && transfers_.empty() && !held_.none();
    }
    /// Whether the connection is to end once framed() is sent: a message was not worth an answer, a
    /// transfer cannot be finished, or a reply that was held is lost.
    [[nodiscard]] bool broken() const { return broken_; }

private:
    /// Nothing is added to so many octets that are to be sent.
    [[nodiscard]] std::size_t room() const;
    void append(Octets message);
    void tell_written();

    Handler& handler_;
    const Client client_;
    const std::span<std::byte> scratch_;
    HeldReplies& held_;
    OctetString framed_;
    std::deque<std::unique_ptr<MessageStream>> transfers_;  // whose turn it is first
    std::vector<std::unique_ptr<MessageStream>> written_;   // their last messages are in `framed_`
    bool broken_ = false;
};

}  // namespace lockstep
