#pragma once
// One writer swaps an immutable T; every reader keeps its own cached copy and looks at one counter per use.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace lockstep {

/// The current version of an immutable T. Resource type.
/// Threads: publish() from one thread at a time; current() and readers from any. A reader locks only in the
/// instant after a publication; between publications it reads one atomic that nobody writes.
template <class T>
class Published {
public:
    explicit Published(std::shared_ptr<const T> first) : value_(std::move(first)) {}
    Published(const Published&) = delete;
    Published& operator=(const Published&) = delete;

    void publish(std::shared_ptr<const T> next) {
        const std::lock_guard lock(mutex_);
        value_.swap(next);
        generation_.fetch_add(1, std::memory_order_release);
    }
    [[nodiscard]] std::shared_ptr<const T> current() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }
    [[nodiscard]] std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const T> value_;
    std::atomic<std::uint64_t> generation_{1};
};

/// One thread's cached view of a Published. Threads: its owner only.
template <class T>
class PublishedReader {
public:
    /// `source` must outlive the reader.
    explicit PublishedReader(const Published<T>& source) : source_(source) {}

    /// The current version; the reference is good until the next call on this reader.
    [[nodiscard]] const std::shared_ptr<const T>& get() {
        const auto generation = source_.generation();
        if (generation != seen_) {
            cached_ = source_.current();
            seen_ = generation;
        }
        return cached_;
    }

private:
    const Published<T>& source_;
    std::shared_ptr<const T> cached_;
    std::uint64_t seen_ = 0;
};

}  // namespace lockstep
