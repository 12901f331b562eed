#include "store/zone_table.hpp"

#include "base/random.hpp"
#include "wire/name_hash.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

/// From the hash of the last `labels` - 1 labels of `name` to that of the last `labels`.
std::uint64_t extend(std::uint64_t hash, const LabelledName& name, std::size_t labels) {
    const std::size_t label = name.label_count() - labels;
    return hash_folded(
        hash, {name.name().octets().data() + name.start(label), name.start(label + 1) - name.start(label)});
}

std::size_t shard_of(std::uint64_t hash) {
    return hash >> 56;
}

}  // namespace

ZoneTable::ZoneTable() : seed_(SystemRandom().next()) {}

const ServedZone* ZoneTable::find(const LabelledName& name) const {
    const std::size_t most = std::min(name.label_count(), most_labels_);
    std::array<std::uint64_t, 129> hashes;
    hashes[0] = seed_;
    for (std::size_t n = 1; n <= most; ++n)
        hashes[n] = extend(hashes[n - 1], name, n);
    for (std::size_t n = most + 1; n-- > 0;) {
        if (by_labels_[n] == 0) continue;
        if (const Slot* found = slot(hashes[n], name.suffix(n))) return found->zone.get();
    }
    return nullptr;
}

ServedZonePtr ZoneTable::exact(NameView apex) const {
    const Slot* found = slot(hash(apex), apex);
    return found != nullptr ? found->zone : nullptr;
}

ZoneTable ZoneTable::with(std::span<const ServedZonePtr> zones) const {
    ZoneTable table(*this);
    std::vector<Slot> added;
    added.reserve(zones.size());
    for (const ServedZonePtr& zone : zones) {
        added.push_back({hash(zone->apex), zone});
        if (slot(added.back().hash, zone->apex) == nullptr) table.count(zone->apex, 1);
    }
    std::sort(added.begin(), added.end(), [](const Slot& a, const Slot& b) { return a.hash < b.hash; });
    for (auto begin = added.begin(); begin != added.end();) {
        const std::size_t number = shard_of(begin->hash);
        const auto end =
            std::find_if(begin, added.end(), [&](const Slot& one) { return shard_of(one.hash) != number; });
        table.shards_[number] = rebuilt(shards_[number], nullptr, {begin, end});
        begin = end;
    }
    return table;
}

ZoneTable ZoneTable::without(NameView apex) const {
    ZoneTable table(*this);
    const std::uint64_t hashed = hash(apex);
    if (slot(hashed, apex) == nullptr) return table;
    table.count(apex, -1);
    Shard& shard = table.shards_[shard_of(hashed)];
    shard = rebuilt(shard, slot(hashed, apex), {});
    return table;
}

std::uint64_t ZoneTable::hash(NameView apex) const {
    const LabelledName labels(apex);
    std::uint64_t hash = seed_;
    for (std::size_t n = 1; n <= labels.label_count(); ++n)
        hash = extend(hash, labels, n);
    return hash;
}

const ZoneTable::Slot* ZoneTable::slot(std::uint64_t hash, NameView apex) const {
    const Shard& shard = shards_[shard_of(hash)];
    if (!shard.slots) return nullptr;
    for (std::size_t i = hash & shard.mask; shard.slots.get()[i].zone; i = (i + 1) & shard.mask) {
        if (shard.slots.get()[i].hash == hash && shard.slots.get()[i].zone->apex == apex)
            return &shard.slots.get()[i];
    }
    return nullptr;
}

ZoneTable::Shard ZoneTable::rebuilt(const Shard& shard, const Slot* removed, std::span<const Slot> added) {
    Shard next;
    std::uint32_t size = 2;
    while (size < 2 * (shard.used + added.size()))
        size *= 2;
    next.mask = size - 1;
    const std::shared_ptr<Slot[]> slots(new Slot[size]);
    const auto place = [&](const Slot& slot) {
        std::size_t i = slot.hash & next.mask;
        while (slots.get()[i].zone &&
               (slots.get()[i].hash != slot.hash || !(slots.get()[i].zone->apex == slot.zone->apex)))
            i = (i + 1) & next.mask;
        if (!slots.get()[i].zone) ++next.used;
        slots.get()[i] = slot;
    };
    for (std::size_t i = 0; shard.slots && i <= shard.mask; ++i) {
        const Slot& slot = shard.slots.get()[i];
        if (slot.zone && &slot != removed) place(slot);
    }
    std::for_each(added.begin(), added.end(), place);
    if (next.used == 0) return {};
    next.slots = slots;
    return next;
}

void ZoneTable::count(NameView apex, int by) {
    auto& apexes = by_labels_[apex.label_count()];
    apexes = static_cast<std::uint32_t>(static_cast<int>(apexes) + by);
    size_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(size_) + by);
    most_labels_ = by_labels_.size() - 1;
    while (most_labels_ > 0 && by_labels_[most_labels_] == 0)
        --most_labels_;
}

}  // namespace lockstep
