#pragma once
// Work that takes long or touches the disk, done on a pool's thread while the coroutine waits on its own.
//
// Threads: `work` runs on the pool; the coroutine goes on where it was. Errors: `work` returns its own; Limit
// where the memory is exhausted and it returns a Result. What it throws else is thrown where it is awaited.

#include "base/result.hpp"
#include "net/asio.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace lockstep {

/// `auto r = co_await run_blocking(&pool, std::move(work));` The result travels in a shared_ptr, so it need
/// be neither copyable nor default-constructible.
template <class Work>
[[nodiscard]] awaitable<decltype(std::declval<Work&>()())> run_blocking(asio::thread_pool* pool, Work work) {
    using Value = decltype(work());
    struct Outcome {
        std::unique_ptr<Value> value;
        std::exception_ptr thrown;
    };
    auto outcome = std::make_shared<Outcome>();
    auto task = std::make_shared<Work>(std::move(work));
    auto start = [pool, outcome, task](auto handler) {
        auto executor = asio::get_associated_executor(handler);
        asio::post(*pool, [outcome, task, guard = asio::make_work_guard(executor), executor,
                           waiting = std::move(handler)]() mutable {
            try {
                outcome->value = std::make_unique<Value>((*task)());
            } catch (const std::bad_alloc&) {
                if constexpr (std::is_constructible_v<Value, decltype(fail(ErrorCode::Limit, {}))>) {
                    outcome->value =
                        std::make_unique<Value>(fail(ErrorCode::Limit, "the memory is exhausted"));
                } else {
                    outcome->thrown = std::current_exception();
                }
            } catch (...) {
                outcome->thrown = std::current_exception();
            }
            asio::post(executor, std::move(waiting));
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(start),
                                                                         asio::use_awaitable);
    if (outcome->thrown) std::rethrow_exception(outcome->thrown);
    co_return std::move(*outcome->value);
}

}  // namespace lockstep
