#include "base/large_pages.hpp"

#include <atomic>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <sys/mman.h>

namespace lockstep {
namespace {

std::size_t whole_pages(std::size_t octets) {
    return (octets + large_page_octets - 1) / large_page_octets * large_page_octets;
}

void* map(std::size_t octets) {
    return ::mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/// What was released while a LargePageReuse lives: ranges of whole pages, of which no two touch.
class Spare {
public:
    void enter() { users_.fetch_add(1, std::memory_order_relaxed); }
    void leave() noexcept {
        if (users_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
        drop([this] { return users_.load(std::memory_order_relaxed) == 0; });
    }
    /// Gives all of it back where `wanted()`, which is asked under the lock.
    template <class Wanted>
    void drop(Wanted wanted) noexcept {
        std::map<std::byte*, std::size_t> ranges;  // given back without the lock, as that takes long
        {
            const std::lock_guard lock(mutex_);
            if (wanted()) ranges.swap(ranges_);
        }
        for (const auto& [begin, size] : ranges)
            ::munmap(begin, size);
    }
    /// From the smallest range that has room; null where none has.
    void* take(std::size_t size) noexcept {
        if (users_.load(std::memory_order_relaxed) == 0) return nullptr;
        const std::lock_guard lock(mutex_);
        auto best = ranges_.end();
        for (auto at = ranges_.begin(); at != ranges_.end(); ++at) {
            if (at->second >= size && (best == ranges_.end() || at->second < best->second)) best = at;
        }
        if (best == ranges_.end()) return nullptr;
        // From its end, so that what stays needs no other place in the map.
        best->second -= size;
        std::byte* const taken = best->first + best->second;
        if (best->second == 0) ranges_.erase(best);
        return taken;
    }
    /// False where it is to go back to the kernel.
    bool keep(std::byte* begin, std::size_t size) noexcept {
        if (users_.load(std::memory_order_relaxed) == 0) return false;
        const std::lock_guard lock(mutex_);
        if (users_.load(std::memory_order_relaxed) == 0) return false;
        const auto behind = ranges_.lower_bound(begin);
        const bool touches_behind = behind != ranges_.end() && behind->first == begin + size;
        const auto before = behind == ranges_.begin() ? ranges_.end() : std::prev(behind);
        try {
            if (before != ranges_.end() && before->first + before->second == begin) {
                before->second += size + (touches_behind ? behind->second : 0);
            } else {
                ranges_.emplace_hint(behind, begin, size + (touches_behind ? behind->second : 0));
            }
        } catch (const std::bad_alloc&) {
            return false;
        }
        if (touches_behind) ranges_.erase(behind);
        return true;
    }

private:
    std::atomic<int> users_{0};
    std::mutex mutex_;
    std::map<std::byte*, std::size_t> ranges_;
};

Spare spare;

}  // namespace

LargePageReuse::LargePageReuse() {
    spare.enter();
}
LargePageReuse::~LargePageReuse() {
    spare.leave();
}

void* allocate_large(std::size_t octets) {
    if (octets < large_page_octets) return ::operator new(octets);
    const std::size_t size = whole_pages(octets);
    if (void* const again = spare.take(size)) return again;
    // One more, as a mapping may start amid a large page.
    void* mapped = map(size + large_page_octets);
    if (mapped == MAP_FAILED) {
        spare.drop([] { return true; });
        mapped = map(size + large_page_octets);
        if (mapped == MAP_FAILED) throw std::bad_alloc();
    }
    auto* begin = static_cast<std::byte*>(mapped);
    const std::size_t before = -reinterpret_cast<std::uintptr_t>(begin) % large_page_octets;
    if (before > 0) ::munmap(begin, before);
    begin += before;
    ::munmap(begin + size, large_page_octets - before);
    (void)::madvise(begin, size, MADV_HUGEPAGE);  // where the kernel has none, small ones do
    return begin;
}

void release_large(void* at, std::size_t octets) noexcept {
    if (octets < large_page_octets) {
        ::operator delete(at, octets);
    } else if (!spare.keep(static_cast<std::byte*>(at), whole_pages(octets))) {
        ::munmap(at, whole_pages(octets));
    }
}

}  // namespace lockstep
