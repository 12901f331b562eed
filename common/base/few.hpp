#pragma once
// A handful of small values in place, none of which is touched before it is put there: an array of views
// would be written all over for each query, to hold one or none.
//
// Threads: a value. Limits: `most` values; whoever adds asks full() first where that can happen.

#include <array>
#include <cassert>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace lockstep {

/// Up to `most` values in the order in which they came. Value type; never allocates.
template <class T, std::size_t most>
class Few {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] bool full() const { return size_ == most; }
    void push_back(const T& value) {
        assert(!full());
        std::construct_at(&slots_[size_++].value, value);
    }
    void clear() { size_ = 0; }
    [[nodiscard]] const T& operator[](std::size_t at) const {
        assert(at < size_);
        return slots_[at].value;
    }
    [[nodiscard]] bool contains(const T& value) const {
        for (std::size_t at = 0; at < size_; ++at) {
            if (slots_[at].value == value) return true;
        }
        return false;
    }

private:
    union Slot {
        Slot() {}  // NOLINT: nothing is there yet
        T value;
    };
    std::size_t size_ = 0;
    std::array<Slot, most> slots_;
};

}  // namespace lockstep
