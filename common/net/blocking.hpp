#pragma once
// Work that takes long or touches the disk, done on a pool's thread while the coroutine waits on its own.
//
// Threads: `work` runs on the pool; the coroutine goes on where it was. Errors: `work` returns its own; it
// must not throw.

#include "net/asio.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <utility>

namespace lockstep {

/// `auto r = co_await run_blocking(&pool, std::move(work));` The result travels in a shared_ptr, so it need
/// be neither copyable nor default-constructible.
template <class Work>
[[nodiscard]] awaitable<decltype(std::declval<Work&>()())> run_blocking(asio::thread_pool* pool, Work work) {
    using Value = decltype(work());
    auto value = std::make_shared<std::unique_ptr<Value>>();
    auto task = std::make_shared<Work>(std::move(work));
    auto start = [pool, value, task](auto handler) {
        auto executor = asio::get_associated_executor(handler);
        asio::post(*pool, [value, task, guard = asio::make_work_guard(executor), executor,
                           waiting = std::move(handler)]() mutable {
            *value = std::make_unique<Value>((*task)());
            asio::post(executor, std::move(waiting));
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(start),
                                                                         asio::use_awaitable);
    co_return std::move(**value);
}

}  // namespace lockstep
