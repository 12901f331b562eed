#pragma once
// Memory for what is large and soon gone, in the largest pages that the kernel gives: each page costs an
// exception when it is first touched, which takes longer than to fill it.
//
// Threads: any. Errors: std::bad_alloc.

#include <cstddef>
#include <memory>

namespace lockstep {

constexpr std::size_t large_page_octets = std::size_t{2} << 20;

/// Whole large pages where it is one at least, else from the heap. Not initialised. Aligned for anything.
[[nodiscard]] void* allocate_large(std::size_t octets);
/// What allocate_large(octets) gave.
void release_large(void* at, std::size_t octets) noexcept;

/// While one lives, what any thread releases is kept for who asks next: the kernel clears each page that it
/// gives, at 1 GB/s on small machines. With the last one all of it goes back to the kernel. Resource type; it
/// counts for the whole process, as the kernel's own memory does.
class LargePageReuse {
public:
    LargePageReuse();
    LargePageReuse(const LargePageReuse&) = delete;
    LargePageReuse& operator=(const LargePageReuse&) = delete;
    ~LargePageReuse();
};

/// Octets from allocate_large().
struct ReleaseLarge {
    std::size_t octets = 0;
    void operator()(void* at) const noexcept { release_large(at, octets); }
};
template <class Octet>
using LargeBuffer = std::unique_ptr<Octet[], ReleaseLarge>;
template <class Octet>
[[nodiscard]] LargeBuffer<Octet> make_large_buffer(std::size_t octets) {
    static_assert(sizeof(Octet) == 1);
    return {static_cast<Octet*>(allocate_large(octets)), ReleaseLarge{octets}};
}

/// For arrays that grow large. Value type.
template <class T>
struct LargeAllocator {
    using value_type = T;
    LargeAllocator() = default;
    template <class U>
    explicit LargeAllocator(const LargeAllocator<U>& /*of another type*/) {}
    [[nodiscard]] T* allocate(std::size_t count) {
        return static_cast<T*>(allocate_large(count * sizeof(T)));
    }
    void deallocate(T* at, std::size_t count) noexcept { release_large(at, count * sizeof(T)); }
    bool operator==(const LargeAllocator& /*other*/) const = default;
};

}  // namespace lockstep
