#pragma once
// The changes that led to a version of a zone, in blocks that its histories before and after share.

#include "base/clock.hpp"
#include "zone/changeset.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace lockstep {

/// A change, and when it was committed. Value type.
struct KeptChange {
    std::shared_ptr<const ChangeSet> changes;
    WallTime at;
};

/// Oldest first, each starting where the one before ended. Value type, cheap to copy; 24 octets while empty.
class ChangeHistory {
public:
    ChangeHistory() = default;
    /// In O(size).
    explicit ChangeHistory(std::vector<KeptChange> changes);
    ChangeHistory(const ChangeHistory&) = default;
    ChangeHistory(ChangeHistory&& other) noexcept
        : blocks_(std::move(other.blocks_)),
          gone_(std::exchange(other.gone_, 0)),
          size_(std::exchange(other.size_, 0)) {}
    ChangeHistory& operator=(ChangeHistory other) noexcept {
        std::swap(blocks_, other.blocks_);
        std::swap(gone_, other.gone_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~ChangeHistory() = default;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] const KeptChange& operator[](std::size_t index) const { return element(index).change; }
    /// Of the changes from the one at `index` on: the sum of ChangeSet::wire_octets().
    [[nodiscard]] std::uint64_t octets_from(std::size_t index) const;

    /// This one and a change more. O(size / 64).
    [[nodiscard]] ChangeHistory followed_by(KeptChange change) const;
    /// Its `count` newest ones, or all where there are fewer; refers to no other. O(size / 64).
    [[nodiscard]] ChangeHistory newest(std::size_t count) const;

private:
    struct Element {
        KeptChange change;
        std::uint64_t octets;  // of it and all that ever came before
    };
    using Block = std::vector<Element>;
    using Blocks = std::vector<std::shared_ptr<const Block>>;
    [[nodiscard]] const Element& element(std::size_t index) const;

    std::shared_ptr<const Blocks> blocks_;  // null while empty; full, but for the first and the last
    std::uint32_t gone_ = 0;                // from the front of the first
    std::uint32_t size_ = 0;
};

}  // namespace lockstep
