#include "store/change_history.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t block_changes = 64;

}  // namespace

ChangeHistory::ChangeHistory(std::vector<KeptChange> changes)
    : size_(static_cast<std::uint32_t>(changes.size())) {
    if (changes.empty()) return;
    std::uint64_t octets = 0;
    Blocks blocks;
    Block block;
    for (KeptChange& change : changes) {
        octets += change.changes->wire_octets();
        block.push_back({std::move(change), octets});
        if (block.size() == block_changes)
            blocks.push_back(std::make_shared<const Block>(std::exchange(block, {})));
    }
    if (!block.empty()) blocks.push_back(std::make_shared<const Block>(std::move(block)));
    blocks_ = std::make_shared<const Blocks>(std::move(blocks));
}

const ChangeHistory::Element& ChangeHistory::element(std::size_t index) const {
    const std::size_t at = gone_ + index;
    const std::size_t block = at / block_changes;
    return (*(*blocks_)[block])[block == 0 ? index : at % block_changes];
}

std::uint64_t ChangeHistory::octets_from(std::size_t index) const {
    if (index >= size_) return 0;
    const Element& first = element(index);
    return element(size_ - 1).octets - first.octets + first.change.changes->wire_octets();
}

ChangeHistory ChangeHistory::followed_by(KeptChange change) const {
    const std::uint64_t octets = (empty() ? 0 : element(size_ - 1).octets) + change.changes->wire_octets();
    Blocks blocks;
    blocks.reserve(blocks_ ? blocks_->size() + 1 : 1);
    if (blocks_) blocks = *blocks_;
    Block last;
    if ((gone_ + size_) % block_changes != 0) {
        last.reserve(blocks.back()->size() + 1);
        last = *blocks.back();
        blocks.pop_back();
    }
    last.push_back({std::move(change), octets});
    blocks.push_back(std::make_shared<const Block>(std::move(last)));
    ChangeHistory next;
    next.blocks_ = std::make_shared<const Blocks>(std::move(blocks));
    next.gone_ = gone_;
    next.size_ = size_ + 1;
    return next;
}

ChangeHistory ChangeHistory::newest(std::size_t count) const {
    if (count >= size_) return *this;
    ChangeHistory rest;
    if (count == 0) return rest;
    const std::size_t first = gone_ + size_ - count;
    Blocks blocks(blocks_->begin() + static_cast<std::ptrdiff_t>(first / block_changes), blocks_->end());
    const Block& oldest = *blocks.front();
    const std::size_t stays = std::min(block_changes - first % block_changes, count);
    blocks.front() =
        std::make_shared<const Block>(oldest.end() - static_cast<std::ptrdiff_t>(stays), oldest.end());
    rest.blocks_ = std::make_shared<const Blocks>(std::move(blocks));
    rest.gone_ = static_cast<std::uint32_t>(first % block_changes);
    rest.size_ = static_cast<std::uint32_t>(count);
    return rest;
}

}  // namespace lockstep
