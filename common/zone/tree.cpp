#include "zone/tree.hpp"

#include "zone/page.hpp"

#include <algorithm>
#include <cassert>
#include <span>
#include <vector>

namespace lockstep {
namespace {

/// A page's entries taken apart for a change. Keys stand in one buffer that never grows beyond what it
/// reserved.
template <class Entry>
class Unpacked {
public:
    Unpacked(std::size_t keys, std::size_t octets) {
        entries.reserve(keys);
        keys_.reserve(octets);
    }
    Octets keep(Octets key) {
        assert(keys_.size() + key.size() <= keys_.capacity());
        const std::size_t from = keys_.size();
        append_octets(keys_, key);
        return Octets(keys_).subspan(from);
    }
    Octets keep_key(const TreePage& page, std::size_t slot) {
        assert(keys_.size() + page.key_octets(slot) <= keys_.capacity());
        const std::size_t from = keys_.size();
        keys_.resize(from + page.key_octets(slot));
        page.copy_key(slot, keys_.data() + from);
        return Octets(keys_).subspan(from);
    }
    std::vector<Entry> entries;

private:
    OctetString keys_;
};

std::size_t key_octets(const TreePage& page) {
    std::size_t octets = 0;
    for (std::size_t slot = 0; slot < page.key_count(); ++slot)
        octets += page.key_octets(slot);
    return octets;
}

void unpack(const TreePage& page, Unpacked<LeafEntry>& into) {
    for (std::size_t slot = 0; slot < page.key_count(); ++slot) {
        into.entries.push_back({into.keep_key(page, slot), page.value(slot), page.large(slot)});
    }
}

/// `separator` is the key before the page's first child, needed where another page comes before it.
void unpack(const TreePage& page, Octets separator, Unpacked<InnerEntry>& into) {
    into.entries.push_back({into.keep(separator), page.child(0)});
    for (std::size_t slot = 0; slot < page.key_count(); ++slot) {
        into.entries.push_back({into.keep_key(page, slot), page.child(slot + 1)});
    }
}

TreePage* make_page(std::span<const LeafEntry> entries, std::uint8_t) {
    return TreePage::make_leaf(entries);
}
TreePage* make_page(std::span<const InnerEntry> entries, std::uint8_t level) {
    return TreePage::make_inner(entries, level);
}

/// The shortest key that is above `below` and at most `above`.
Octets separate(const LeafEntry& below, const LeafEntry& above) {
    return above.key.first(common_prefix(below.key, above.key) + 1);
}
Octets separate(const InnerEntry&, const InnerEntry& above) {
    return above.key;
}

/// Where to cut entries that do not fit one page: in the middle by octets, or before the last where that has
/// just been added (keys that arrive in order then leave full pages behind).
template <class Entry>
constexpr std::size_t most_octets = std::is_same_v<Entry, InnerEntry> ? inner_octets : leaf_octets;

template <class Entry>
std::size_t split_at(std::span<const Entry> entries, bool added_last) {
    const std::size_t least = std::is_same_v<Entry, InnerEntry> ? 2 : 1;
    if (added_last && TreePage::octets_for(entries.first(entries.size() - least)) <= most_octets<Entry>) {
        return entries.size() - least;
    }
    std::size_t low = least;
    std::size_t high = entries.size() - least;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (TreePage::octets_for(entries.first(middle)) < TreePage::octets_for(entries.subspan(middle))) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/// At or below `page`.
std::optional<Octets> find_below(const TreePage* page, Octets key) {
    bool exact = false;
    while (!page->is_leaf())
        page = page->child(page->upper_bound(key, exact));
    const std::size_t slot = page->upper_bound(key, exact);
    if (!exact) return std::nullopt;
    return page->value(slot - 1);
}

}  // namespace

/// The path to a leaf that is about to change. All inner pages on it belong to this tree alone.
class TreeEdit {
public:
    TreeEdit(TreePage*& root, Octets key) : root_(root) {
        TreePage* page = root_;
        for (std::size_t level = root_->level();; --level) {
            if (level > 0 && !page->is_exclusive()) {
                TreePage* copy = page->clone();
                if (level == root_->level()) {
                    root_ = copy;
                } else {
                    pages_[level + 1]->replace_child(slots_[level + 1], copy);
                }
                page->release();
                page = copy;
            }
            pages_[level] = page;
            slots_[level] = page->upper_bound(key, exact_);
            if (level == 0) break;
            page = page->child(slots_[level]);
        }
    }

    void put(Octets key, Octets value) {
        const TreePage& leaf = *pages_[0];
        Unpacked<LeafEntry> unpacked(leaf.key_count() + 1, key_octets(leaf) + key.size());
        unpack(leaf, unpacked);
        LargeValue* large = value.size() > inline_value_octets ? LargeValue::make(value) : nullptr;
        const LeafEntry entry{key, value, large};
        const auto at = unpacked.entries.begin() + static_cast<std::ptrdiff_t>(slots_[0]);
        bool added_last = false;
        if (exact_) {
            *(at - 1) = entry;
        } else {
            added_last = at == unpacked.entries.end();
            unpacked.entries.insert(at, entry);
        }
        replace(0, std::span<const LeafEntry>(unpacked.entries), added_last);
        if (large != nullptr) large->release();
    }

    void erase() {
        const TreePage& leaf = *pages_[0];
        if (leaf.key_count() == 1) {
            remove_child(1);
            return;
        }
        Unpacked<LeafEntry> unpacked(leaf.key_count(), key_octets(leaf));
        unpack(leaf, unpacked);
        unpacked.entries.erase(unpacked.entries.begin() + static_cast<std::ptrdiff_t>(slots_[0]) - 1);
        replace(0, std::span<const LeafEntry>(unpacked.entries), false);
        merge(0);
    }

private:
    /// Puts one page or two made of `entries` in the place of the path's page at `level`.
    template <class Entry>
    void replace(std::size_t level, std::span<const Entry> entries, bool added_last) {
        TreePage* old = pages_[level];
        const auto height = static_cast<std::uint8_t>(level);
        if (TreePage::octets_for(entries) <= most_octets<Entry> || entries.size() < 4) {
            set_page(level, make_page(entries, height));
        } else {
            const std::size_t cut = split_at(entries, added_last);
            TreePage* left = make_page(entries.first(cut), height);
            TreePage* right = make_page(entries.subspan(cut), height);
            set_page(level, left);
            insert_child(level + 1, separate(entries[cut - 1], entries[cut]), right, added_last);
        }
        old->release();
    }

    void set_page(std::size_t level, TreePage* page) {
        if (pages_[level] == root_) {
            root_ = page;
        } else {
            pages_[level + 1]->replace_child(slots_[level + 1], page);
        }
        pages_[level] = page;
    }

    /// Puts `right` behind the path's child of the page at `level`, and takes it over.
    void insert_child(std::size_t level, Octets separator, TreePage* right, bool added_last) {
        if (level > root_->level()) {
            assert(level < TreeCursor::max_height);
            TreePage* left = root_;
            const std::array<InnerEntry, 2> entries{InnerEntry{{}, left}, InnerEntry{separator, right}};
            root_ = TreePage::make_inner(entries, static_cast<std::uint8_t>(level));
            left->release();
            right->release();
            return;
        }
        const TreePage& page = *pages_[level];
        Unpacked<InnerEntry> unpacked(page.child_count() + 1, key_octets(page) + separator.size());
        unpack(page, {}, unpacked);
        const auto at = unpacked.entries.begin() + static_cast<std::ptrdiff_t>(slots_[level]) + 1;
        const bool last = at == unpacked.entries.end();
        unpacked.entries.insert(at, InnerEntry{unpacked.keep(separator), right});
        replace(level, std::span<const InnerEntry>(unpacked.entries), added_last && last);
        right->release();
    }

    /// Takes the path's child out of the page at `level`; that child is released.
    void remove_child(std::size_t level) {
        if (level > root_->level()) {
            root_->release();
            root_ = nullptr;
            return;
        }
        const TreePage& page = *pages_[level];
        if (page.child_count() == 1) {
            remove_child(level + 1);
            return;
        }
        Unpacked<InnerEntry> unpacked(page.child_count(), key_octets(page));
        unpack(page, {}, unpacked);
        unpacked.entries.erase(unpacked.entries.begin() + static_cast<std::ptrdiff_t>(slots_[level]));
        replace(level, std::span<const InnerEntry>(unpacked.entries), false);
        drop_thin_roots();
        if (root_->level() >= level) merge(level);
    }

    void drop_thin_roots() {
        while (!root_->is_leaf() && root_->child_count() == 1) {
            TreePage* child = root_->child(0);
            child->hold();
            root_->release();
            root_ = child;
        }
    }

    /// Joins the path's page at `level` with a neighbour where it has become small and the two fit one page.
    void merge(std::size_t level) {
        const std::size_t most = level == 0 ? leaf_octets : inner_octets;
        if (level >= root_->level() || pages_[level]->octets() > most / 4) return;
        const TreePage& parent = *pages_[level + 1];
        const std::size_t slot = slots_[level + 1];
        if (parent.child_count() < 2) return;
        const std::size_t left = slot == 0 ? 0 : slot - 1;
        const TreePage& a = *parent.child(left);
        const TreePage& b = *parent.child(left + 1);
        if (a.octets() + b.octets() > most / 4 * 3) return;
        const std::size_t octets = key_octets(a) + key_octets(b) + parent.key_octets(left);
        TreePage* joined = nullptr;
        if (level == 0) {
            Unpacked<LeafEntry> unpacked(a.key_count() + b.key_count(), octets);
            unpack(a, unpacked);
            unpack(b, unpacked);
            if (TreePage::octets_for(std::span<const LeafEntry>(unpacked.entries)) > most) return;
            joined = TreePage::make_leaf(unpacked.entries);
        } else {
            Unpacked<InnerEntry> unpacked(a.child_count() + b.child_count(), octets);
            NameKey separator;
            read_key(parent, left, separator);
            unpack(a, {}, unpacked);
            unpack(b, separator.octets(), unpacked);
            if (TreePage::octets_for(std::span<const InnerEntry>(unpacked.entries)) > most) return;
            joined = TreePage::make_inner(unpacked.entries, static_cast<std::uint8_t>(level));
        }
        pages_[level + 1]->replace_child(left, joined)->release();
        slots_[level + 1] = left + 1;
        remove_child(level + 1);
    }

    static void read_key(const TreePage& page, std::size_t slot, NameKey& out) {
        page.copy_key(slot, out.extend(page.key_octets(slot)));
    }

    TreePage*& root_;
    std::array<TreePage*, TreeCursor::max_height> pages_{};
    std::array<std::size_t, TreeCursor::max_height> slots_{};
    bool exact_ = false;
};

ZoneTree::ZoneTree(const ZoneTree& other) : root_(other.root_) {
    if (root_ != nullptr) root_->hold();
}

ZoneTree::~ZoneTree() {
    if (root_ != nullptr) root_->release();
}

std::optional<Octets> ZoneTree::find(Octets key) const {
    if (root_ == nullptr) return std::nullopt;
    return find_below(root_, key);
}

TreeCursor ZoneTree::at_or_before(Octets key, bool& exact) const {
    TreeCursor cursor;
    exact = false;
    if (root_ == nullptr) return cursor;
    cursor.height_ = static_cast<std::uint8_t>(root_->level() + 1);
    const TreePage* page = root_;
    for (std::size_t level = root_->level();; --level) {
        const std::size_t slot = page->upper_bound(key, exact);
        cursor.pages_[level] = page;
        cursor.slots_[level] = static_cast<std::uint16_t>(slot);
        if (level == 0) break;
        page = page->child(slot);
        page->prefetch();
    }
    cursor.previous();  // from the first entry after `key`
    return cursor;
}

TreeCursor ZoneTree::at_or_after(Octets key) const {
    bool exact = false;
    TreeCursor cursor = at_or_before(key, exact);
    if (exact) return cursor;
    if (!cursor) return begin();
    cursor.next();
    return cursor;
}

TreeCursor ZoneTree::begin() const {
    TreeCursor cursor = at_root();
    if (cursor) cursor.descend_first(root_->level());
    return cursor;
}

TreeCursor ZoneTree::last() const {
    TreeCursor cursor = at_root();
    if (cursor) cursor.descend_last(root_->level());
    return cursor;
}

TreeCursor ZoneTree::at_root() const {
    TreeCursor cursor;
    if (root_ == nullptr) return cursor;
    cursor.height_ = static_cast<std::uint8_t>(root_->level() + 1);
    cursor.pages_[root_->level()] = root_;
    return cursor;
}

void ZoneTree::put(Octets key, Octets value) {
    if (root_ == nullptr) {
        LargeValue* large = value.size() > inline_value_octets ? LargeValue::make(value) : nullptr;
        const LeafEntry entry{key, value, large};
        root_ = TreePage::make_leaf({&entry, 1});
        if (large != nullptr) large->release();
        return;
    }
    TreeEdit(root_, key).put(key, value);
}

bool ZoneTree::erase(Octets key) {
    if (!find(key)) return false;
    TreeEdit(root_, key).erase();
    return true;
}

std::size_t ZoneTree::memory_octets() const {
    struct Walk {
        static std::size_t octets(const TreePage& page) {
            std::size_t sum = page.octets();
            if (page.is_leaf()) {
                for (std::size_t slot = 0; slot < page.key_count(); ++slot) {
                    if (page.large(slot) != nullptr) sum += sizeof(LargeValue) + page.value(slot).size();
                }
            } else {
                for (std::size_t slot = 0; slot < page.child_count(); ++slot)
                    sum += octets(*page.child(slot));
            }
            return sum;
        }
    };
    return root_ == nullptr ? 0 : Walk::octets(*root_);
}

void TreeCursor::read_key(NameKey& out) const {
    const TreePage& leaf = *pages_[0];
    out.assign({});
    leaf.copy_key(slots_[0], out.extend(leaf.key_octets(slots_[0])));
}

Octets TreeCursor::value() const {
    return pages_[0]->value(slots_[0]);
}

std::optional<Octets> TreeCursor::find(Octets key) const {
    // Up to the first page that has keys on both sides of it.
    for (std::size_t level = 0; level + 1 < height_; ++level) {
        bool exact = false;
        const std::size_t slot = pages_[level]->upper_bound(key, exact);
        if (exact || (slot > 0 && slot < pages_[level]->key_count())) return find_below(pages_[level], key);
    }
    return find_below(pages_[height_ - 1], key);
}

void TreeCursor::next() {
    if (slots_[0] + 1U < pages_[0]->key_count()) {
        ++slots_[0];
    } else {
        next_above(1);
    }
}

void TreeCursor::next_above(std::size_t level) {
    while (level < height_ && slots_[level] + 1U >= pages_[level]->child_count())
        ++level;
    if (level >= height_) {
        height_ = 0;
        return;
    }
    ++slots_[level];
    pages_[level - 1] = pages_[level]->child(slots_[level]);
    descend_first(level - 1);
}

void TreeCursor::previous() {
    if (slots_[0] > 0) {
        --slots_[0];
        return;
    }
    std::size_t level = 1;
    while (level < height_ && slots_[level] == 0)
        ++level;
    if (level >= height_) {
        height_ = 0;
        return;
    }
    --slots_[level];
    pages_[level - 1] = pages_[level]->child(slots_[level]);
    descend_last(level - 1);
}

void TreeCursor::descend_first(std::size_t level) {
    for (; level > 0; --level) {
        slots_[level] = 0;
        pages_[level - 1] = pages_[level]->child(0);
    }
    slots_[0] = 0;
}

void TreeCursor::descend_last(std::size_t level) {
    for (; level > 0; --level) {
        slots_[level] = static_cast<std::uint16_t>(pages_[level]->key_count());
        pages_[level - 1] = pages_[level]->child(slots_[level]);
    }
    slots_[0] = static_cast<std::uint16_t>(pages_[0]->key_count() - 1);
}

bool TreeCursor::shares_entry(const TreeCursor& other) const {
    return pages_[0] == other.pages_[0] && slots_[0] == other.slots_[0];
}

void TreeCursor::skip_shared(TreeCursor& a, TreeCursor& b) {
    std::size_t level = 0;
    while (level + 1 < a.height_ && level + 1 < b.height_ && a.pages_[level + 1] == b.pages_[level + 1] &&
           a.slots_[level + 1] == b.slots_[level + 1]) {
        ++level;
    }
    a.next_above(level + 1);
    b.next_above(level + 1);
}

}  // namespace lockstep
