#include "zone/tree_writer.hpp"

#include <algorithm>

namespace lockstep {
namespace {

/// Makes the level above `below`, which this takes over.
std::vector<InnerEntry> write_level(std::span<const InnerEntry> below, std::uint8_t level,
                                    PageRegions& regions) {
    std::vector<InnerEntry> above;
    for (std::size_t first = 0; first < below.size();) {
        std::size_t end = first + 1;
        std::size_t octets = sizeof(TreePage) + sizeof(TreePage*) + 2;
        // An upper bound: prefix compression only makes it smaller.
        while (end < below.size()) {
            const std::size_t more = sizeof(TreePage*) + TreePage::octets_a_key + below[end].key.size();
            if (octets + more > inner_octets && end - first >= 2) break;
            octets += more;
            ++end;
        }
        while (end < below.size() &&
               TreePage::octets_for(below.subspan(first, end + 1 - first)) <= inner_octets)
            ++end;
        if (below.size() - end == 1 && end - first > 2) --end;  // no page of a single child
        TreePage* page = TreePage::make_inner(below.subspan(first, end - first), level, &regions);
        for (const InnerEntry& entry : below.subspan(first, end - first))
            entry.child->release();
        above.push_back({below[first].key, page});
        first = end;
    }
    return above;
}

}  // namespace

TreeWriter::TreeWriter(std::size_t on_heap) : regions_(on_heap) {
    // For the leaf of a small zone; more than 1,032 octets take malloc's slow way.
    pending_.reserve(16);
    keys_.reserve(256);
    values_.reserve(1000);
}

TreeWriter::~TreeWriter() {
    for (const Pending& pending : pending_) {
        if (pending.large != nullptr) pending.large->release();
    }
    for (const Built& built : leaves_)
        built.page->release();
}

Octets TreeWriter::pending_key(std::size_t at) const {
    const std::size_t from = at == 0 ? 0 : pending_[at - 1].key_end;
    return Octets(keys_).subspan(from, pending_[at].key_end - from);
}

std::size_t TreeWriter::pending_octets(Octets with_key, std::size_t prefix, std::size_t with_value) const {
    const std::size_t count = pending_.size() + 1;
    const auto tail = [prefix](std::size_t key) { return TreePage::tail_octets(key - prefix); };
    std::size_t octets = sizeof(TreePage) + count * TreePage::octets_a_key + 2 + prefix +
                         TreePage::head_octets - 1 + values_.size() + with_value;
    octets += tail(with_key.size());
    if (prefix == prefix_octets_) return octets + suffix_octets_;
    for (std::size_t at = 0; at < pending_.size(); ++at)
        octets += tail(pending_key(at).size());
    return octets;
}

void TreeWriter::append(Octets key, Octets value) {
    const bool is_large = value.size() > inline_value_octets;
    const std::size_t value_octets = is_large ? sizeof(LargeValue*) : value.size();
    std::size_t prefix = pending_.empty() ? key.size() : common_prefix(pending_key(0), key);
    if (!pending_.empty() && pending_octets(key, prefix, value_octets) > leaf_octets) {
        write_leaf();
        prefix = key.size();
    }

    append_octets(keys_, key);
    LargeValue* large = is_large ? LargeValue::make(value) : nullptr;
    // A large value still takes its pointer's room, so that values_ counts what the page will hold.
    if (is_large) {
        values_.resize(values_.size() + sizeof(LargeValue*));
    } else {
        append_octets(values_, value);
    }
    pending_.push_back({keys_.size(), values_.size(), large});
    if (prefix == prefix_octets_ && pending_.size() > 1) {
        suffix_octets_ += TreePage::tail_octets(key.size() - prefix);
    } else {
        prefix_octets_ = prefix;
        suffix_octets_ = 0;
        for (std::size_t at = 0; at < pending_.size(); ++at) {
            suffix_octets_ += TreePage::tail_octets(pending_key(at).size() - prefix);
        }
    }
}

void TreeWriter::write_leaf() {
    entries_.clear();
    entries_.reserve(pending_.size());
    std::size_t value_from = 0;
    for (std::size_t at = 0; at < pending_.size(); ++at) {
        entries_.push_back({pending_key(at),
                            Octets(values_).subspan(value_from, pending_[at].value_end - value_from),
                            pending_[at].large});
        value_from = pending_[at].value_end;
    }
    if (!leaves_.empty()) {
        const Octets first = entries_.front().key;
        append_octets(separators_, first.first(common_prefix(last_key_.octets(), first) + 1));
    }
    leaves_.push_back({separators_.size(), TreePage::make_leaf(entries_, &regions_)});
    last_key_.assign(entries_.back().key);
    for (const Pending& pending : pending_) {
        if (pending.large != nullptr) pending.large->release();
    }
    pending_.clear();
    keys_.clear();
    values_.clear();
}

ZoneTree TreeWriter::finish() && {
    if (!pending_.empty()) write_leaf();
    if (leaves_.empty()) return {};
    std::vector<InnerEntry> level;
    level.reserve(leaves_.size());
    std::size_t key_from = 0;
    for (const Built& built : leaves_) {
        level.push_back({Octets(separators_).subspan(key_from, built.key_end - key_from), built.page});
        key_from = built.key_end;
    }
    leaves_.clear();
    for (std::uint8_t height = 1; level.size() > 1; ++height)
        level = write_level(level, height, regions_);
    return ZoneTree(level.front().child);
}

}  // namespace lockstep
