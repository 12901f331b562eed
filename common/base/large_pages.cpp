#include "base/large_pages.hpp"

#include <cstdint>
#include <new>
#include <sys/mman.h>

namespace lockstep {
namespace {

std::size_t whole_pages(std::size_t octets) {
    return (octets + large_page_octets - 1) / large_page_octets * large_page_octets;
}

}  // namespace

void* allocate_large(std::size_t octets) {
    if (octets < large_page_octets) return ::operator new(octets);
    const std::size_t size = whole_pages(octets);
    // One more, as a mapping may start amid a large page.
    void* mapped =
        ::mmap(nullptr, size + large_page_octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
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
    } else {
        ::munmap(at, whole_pages(octets));
    }
}

}  // namespace lockstep
