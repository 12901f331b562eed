#pragma once
// Where the pages of a large tree that is built whole stand side by side, in the kernel's large pages: far
// fewer first touches while it is built, far fewer misses of the address cache when it is searched.
//
// Threads: an object one; release() any. Errors: std::bad_alloc. Memory: a region goes with the last page in
// it. Pages that edits make stand on the heap, so holes stay: at most what the tree took when it was built.

#include "base/large_pages.hpp"

#include <cstddef>

namespace lockstep {

/// Resource type, for one tree.
class PageRegions {
public:
    /// The first `on_heap` octets get no place: a small tree would leave most of a region unused.
    explicit PageRegions(std::size_t on_heap) : on_heap_(on_heap) {}
    PageRegions(const PageRegions&) = delete;
    PageRegions& operator=(const PageRegions&) = delete;
    ~PageRegions() { close(); }

    /// A place for a page, aligned as the heap's, or null where it is to stand on the heap. At most 64 KiB.
    [[nodiscard]] void* allocate(std::size_t octets);
    /// Of what allocate() gave.
    static void release(void* page) noexcept;

private:
    struct Region;
    void close() noexcept;

    std::size_t on_heap_;
    Region* open_ = nullptr;
    std::size_t used_ = 0;  // of the open one
};

}  // namespace lockstep
