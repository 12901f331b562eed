#include "net/held_replies.hpp"

#include "wire/header.hpp"

#include <cassert>
#include <utility>

namespace lockstep {
namespace {

/// Settles its reply once: by send(), or by going. Resource type.
class LateMessage final : public LateReply {
public:
    LateMessage(std::weak_ptr<HeldReplies> replies, std::shared_ptr<Inbox> inbox)
        : replies_(std::move(replies)), inbox_(std::move(inbox)) {}
    LateMessage(const LateMessage&) = delete;
    LateMessage& operator=(const LateMessage&) = delete;
    ~LateMessage() override {
        if (inbox_ != nullptr) settle({});
    }

    void send(Octets message) override {
        assert(inbox_ != nullptr);
        if (message.size() > max_message_octets) message = {};  // no length says so much
        settle({message.begin(), message.end()});
    }

private:
    void settle(OctetString message) {
        const auto inbox = std::exchange(inbox_, nullptr);
        inbox->post([replies = std::move(replies_), said = std::move(message)]() mutable {
            if (const auto there = replies.lock()) there->settle(std::move(said));
        });
    }

    std::weak_ptr<HeldReplies> replies_;
    std::shared_ptr<Inbox> inbox_;  // null: settled
};

}  // namespace

std::unique_ptr<LateReply> HeldReplies::hold() {
    auto late = std::make_unique<LateMessage>(weak_from_this(), inbox_);
    ++awaited_;
    return late;
}

std::optional<OctetString> HeldReplies::take() {
    if (come_.empty()) return std::nullopt;
    auto message = std::move(come_.front());
    come_.pop_front();
    octets_ -= message.size();
    return message;
}

void HeldReplies::settle(OctetString message) {
    --awaited_;
    if (message.empty()) {
        lost_ = true;
    } else {
        octets_ += message.size();
        come_.push_back(std::move(message));
    }
    bell_.cancel();
}

}  // namespace lockstep
