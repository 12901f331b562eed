#pragma once
// What one connection is yet to be sent: answers to single questions, and zone transfers between which they
// go.
//
// Threads: one; no I/O. Limits: 128 KiB of answers that are not sent, four transfers; who has so much under
// way asks for no more. Standards: RFC 7766 §6.2.1.1 and §7 (answers need not come in the order of the
// questions), RFC 9103 §6.

#include "base/bytes.hpp"
#include "wire/handler.hpp"

#include <deque>
#include <memory>
#include <span>

namespace lockstep {

/// Resource type; its handler and `scratch`, room for the largest message, outlive it.
class StreamAnswers {
public:
    static constexpr std::size_t max_message_octets = 65535;
    static constexpr std::size_t max_transfers = 4;

    StreamAnswers(Handler& handler, Client client, std::span<std::byte> scratch)
        : handler_(handler), client_(client), scratch_(scratch) {}

    /// Whether there is room for the answer to one more question.
    [[nodiscard]] bool takes_questions() const;
    void answer(Octets question);
    /// The next messages of each transfer in turn, as many as there is room for.
    void go_on();

    /// What is to be sent now, each message with its length in front.
    [[nodiscard]] Octets framed() const { return framed_; }
    void sent();
    /// Whether there is nothing to send before the next question.
    [[nodiscard]] bool idle() const { return framed_.empty() && transfers_.empty(); }
    /// Whether the connection is to end once framed() is sent: a message was not worth an answer, or a
    /// transfer cannot be finished.
    [[nodiscard]] bool broken() const { return broken_; }

private:
    void append(std::size_t octets);

    Handler& handler_;
    const Client client_;
    const std::span<std::byte> scratch_;
    OctetString framed_;
    std::deque<std::unique_ptr<MessageStream>> transfers_;  // whose turn it is first
    bool broken_ = false;
};

}  // namespace lockstep
