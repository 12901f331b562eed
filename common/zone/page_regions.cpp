#include "zone/page_regions.hpp"

#include <atomic>
#include <cassert>
#include <cstdint>
#include <new>

namespace lockstep {
namespace {

constexpr std::size_t alignment = alignof(std::max_align_t);

}  // namespace

/// At the start of each large page; its pages find it by their address.
struct alignas(std::max_align_t) PageRegions::Region {
    std::atomic<std::uint32_t> holders{1};  // its pages, and who fills it
    void release() noexcept {
        if (holders.fetch_sub(1, std::memory_order_acq_rel) == 1) release_large(this, large_page_octets);
    }
};

void PageRegions::close() noexcept {
    if (open_ != nullptr) open_->release();
    open_ = nullptr;
}

void* PageRegions::allocate(std::size_t octets) {
    assert(octets <= 65536);
    if (on_heap_ >= octets) {
        on_heap_ -= octets;
        return nullptr;
    }
    on_heap_ = 0;
    if (open_ == nullptr || used_ + octets > large_page_octets) {
        close();
        open_ = new (allocate_large(large_page_octets)) Region;
        used_ = sizeof(Region);
    }
    auto* page = reinterpret_cast<std::byte*>(open_) + used_;
    used_ += (octets + alignment - 1) / alignment * alignment;
    open_->holders.fetch_add(1, std::memory_order_relaxed);
    return page;
}

void PageRegions::release(void* page) noexcept {
    const auto at = reinterpret_cast<std::uintptr_t>(page);
    reinterpret_cast<Region*>(at - at % large_page_octets)->release();
}

}  // namespace lockstep
