#pragma once
// A handler that holds the replies to some questions, for a test to send them.

#include "loopback.hpp"

#include <map>
#include <mutex>

namespace lockstep::test {

/// Holds the reply to what begins with "hold" and echoes the rest. Threads: any.
class Holding {
public:
    [[nodiscard]] ScriptedHandlers::Answer answer() {
        return [this](std::string_view query, const Client& client, std::span<std::byte> out) {
            if (!query.starts_with("hold")) return ScriptedHandlers::echo(query, client, out);
            auto late = client.holder->hold();
            const std::lock_guard lock(mutex_);
            late_[std::string(query)] = std::move(late);
            return Reply{0, nullptr, true};
        };
    }
    [[nodiscard]] std::size_t held() {
        const std::lock_guard lock(mutex_);
        return late_.size();
    }
    /// The reply to `query`, once the server has got that.
    [[nodiscard]] std::unique_ptr<LateReply> take(const std::string& query) {
        std::unique_ptr<LateReply> late;
        REQUIRE(eventually([&] {
            const std::lock_guard lock(mutex_);
            const auto at = late_.find(query);
            if (at == late_.end()) return false;
            late = std::move(at->second);
            late_.erase(at);
            return true;
        }));
        return late;
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<LateReply>> late_;
};

/// As those do who hold replies: from a thread of their own.
inline void send_from_another_thread(std::unique_ptr<LateReply> late, std::string_view message) {
    std::thread([late = std::move(late), message] { late->send(as_octets(message)); }).join();
}

}  // namespace lockstep::test
