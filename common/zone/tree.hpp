#pragma once
// The ordered map beneath a zone: octet keys to node octets, persistent, a B+tree of packed pages.
//
// Threads: a tree is a value, pages are immutable once shared; reading takes no lock and no reference within
// the tree, and copies may be dropped on any thread. Limits: keys of 512 octets, 16 levels. Why this and not
// a trie: common/README.md.

#include "base/bytes.hpp"
#include "zone/key.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace lockstep {

class TreePage;

/// A place in a tree: the path from its root to one entry, or past the end. A view of its tree; until moved
/// it may be copied.
class TreeCursor {
public:
    static constexpr std::size_t max_height = 16;

    TreeCursor() = default;
    [[nodiscard]] explicit operator bool() const { return height_ != 0; }
    /// Of the entry here; the cursor must not be past the end.
    void read_key(NameKey& out) const;
    [[nodiscard]] Octets value() const;
    /// What the tree's find() would yield; the nearer `key` stands, the less it takes. The cursor must not be
    /// past the end.
    [[nodiscard]] std::optional<Octets> find(Octets key) const;
    void next();
    /// Past the end where this was the first.
    void previous();
    /// Both stand at one entry of one shared page: that entry, and what follows in the page, is the same in
    /// both trees.
    [[nodiscard]] bool shares_entry(const TreeCursor& other) const;
    /// Moves both past the largest page that they share here; needs shares_entry().
    static void skip_shared(TreeCursor& a, TreeCursor& b);

private:
    friend class ZoneTree;
    void next_above(std::size_t level);
    void descend_first(std::size_t level);
    void descend_last(std::size_t level);

    std::array<const TreePage*, max_height> pages_;  // [0] is the leaf, [height_ - 1] the root
    std::array<std::uint16_t, max_height> slots_;
    std::uint8_t height_ = 0;
};

/// Value type; copying shares everything and costs one reference count.
class ZoneTree {
public:
    ZoneTree() = default;
    ZoneTree(const ZoneTree& other);
    ZoneTree(ZoneTree&& other) noexcept : root_(std::exchange(other.root_, nullptr)) {}
    ZoneTree& operator=(ZoneTree other) noexcept {
        std::swap(root_, other.root_);
        return *this;
    }
    ~ZoneTree();

    [[nodiscard]] bool empty() const { return root_ == nullptr; }
    /// The value at `key`. One descent.
    [[nodiscard]] std::optional<Octets> find(Octets key) const;
    /// The last entry not after `key`, past the end if there is none; `exact` says whether it is at `key`.
    [[nodiscard]] TreeCursor at_or_before(Octets key, bool& exact) const;
    [[nodiscard]] TreeCursor at_or_after(Octets key) const;
    [[nodiscard]] TreeCursor begin() const;
    /// Past the end where the tree is empty.
    [[nodiscard]] TreeCursor last() const;

    /// Sets the value at `key`. Copies only what other trees share.
    void put(Octets key, Octets value);
    /// Whether there was one.
    bool erase(Octets key);

    /// Octets that the tree's pages take, shared ones in full. Walks the whole tree: for tests and figures.
    [[nodiscard]] std::size_t memory_octets() const;

private:
    friend class TreeWriter;
    explicit ZoneTree(TreePage* root) : root_(root) {}
    /// To descend from; past the end where the tree is empty.
    [[nodiscard]] TreeCursor at_root() const;

    TreePage* root_ = nullptr;
};

}  // namespace lockstep
