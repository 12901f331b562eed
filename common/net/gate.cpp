#include "net/gate.hpp"

namespace lockstep {
namespace {

awaitable<void> counted(std::size_t* running, awaitable<void> task) {
    ++*running;
    co_await std::move(task);
    --*running;
}

}  // namespace

void Gate::spawn(awaitable<void> task) {
    asio::co_spawn(context_, counted(&running_, std::move(task)), [this](std::exception_ptr escaped) {
        if (!escaped) return;
        --running_;
        try {
            std::rethrow_exception(escaped);
        } catch (const std::exception& exception) {
            log_.error("a task ended by an exception, which is a bug: {}", exception.what());
        }
    });
}

}  // namespace lockstep
