#include "zone/record_pile.hpp"

#include <algorithm>
#include <cstring>

namespace lockstep {
namespace {

constexpr std::size_t first_chunk_octets = 2048;
constexpr std::size_t largest_chunk_octets = std::size_t{1} << 20;

// A run: count of its records, length of its key, the key; then each record's type, length of RDATA, TTL,
// RDATA.
constexpr std::size_t run_octets = 6;
constexpr std::size_t record_fixed_octets = 8;

template <class T>
T load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}
template <class T>
void store(std::byte* to, T value) {
    std::memcpy(to, &value, sizeof value);
}

std::uint64_t head_of(Octets key) {
    std::array<std::byte, 8> head{};
    std::copy_n(key.begin(), std::min(key.size(), head.size()), head.begin());
    return load_big_endian<std::uint64_t>(head.data());
}

}  // namespace

struct RecordPile::Chunk {
    std::unique_ptr<std::byte[]> octets;
    std::size_t size = 0;
    std::size_t used = 0;
    [[nodiscard]] bool holds(const std::byte* at) const {
        return at >= octets.get() && at < octets.get() + size;
    }
};

RecordPile::RecordPile() = default;
RecordPile::~RecordPile() = default;

Octets RecordPile::Entry::key() const {
    return {run + run_octets, load<std::uint16_t>(run + 4)};
}

bool RecordPile::less(const Entry& a, const Entry& b) {
    if (a.head != b.head) return a.head < b.head;
    const Octets x = a.key();
    const Octets y = b.key();
    const int order = std::memcmp(x.data(), y.data(), std::min(x.size(), y.size()));
    return order != 0 ? order < 0 : x.size() < y.size();
}

/// Room in the open chunk; nothing where it has not so much left.
std::byte* RecordPile::room(std::size_t octets) {
    if (chunks_.empty() || chunks_.back().size - chunks_.back().used < octets) return nullptr;
    std::byte* at = chunks_.back().octets.get() + chunks_.back().used;
    chunks_.back().used += octets;
    return at;
}

void RecordPile::add(Octets key, const NodeRecord& record) {
    const std::size_t octets = record_fixed_octets + record.rdata.size();
    std::byte* at = nullptr;
    if (open_run_ != nullptr && equal_octets(open_key_.octets(), key)) at = room(octets);
    if (at == nullptr) {
        const std::size_t needed = run_octets + key.size() + octets;
        std::byte* run = room(needed);
        if (run == nullptr) {
            const std::size_t size = chunks_.empty()
                                         ? first_chunk_octets
                                         : std::min(chunks_.back().size * 2, largest_chunk_octets);
            Chunk chunk;
            chunk.size = std::max(size, needed);
            chunk.octets = std::make_unique_for_overwrite<std::byte[]>(chunk.size);
            chunks_.push_back(std::move(chunk));
            run = room(needed);
        }
        store(run, std::uint32_t{0});
        store(run + 4, static_cast<std::uint16_t>(key.size()));
        if (!key.empty()) std::memcpy(run + run_octets, key.data(), key.size());
        const Entry entry{head_of(key), run};
        if (!entries_.empty() && in_order_ && less(entry, entries_.back())) in_order_ = false;
        entries_.push_back(entry);
        open_run_ = run;
        open_key_.assign(key);
        at = run + run_octets + key.size();
    }
    store(open_run_, load<std::uint32_t>(open_run_) + 1);
    store(at, static_cast<std::uint16_t>(record.type));
    store(at + 2, static_cast<std::uint16_t>(record.rdata.size()));
    store(at + 4, record.ttl.value());
    if (!record.rdata.empty())
        std::memcpy(at + record_fixed_octets, record.rdata.data(), record.rdata.size());
}

void RecordPile::sort() {
    if (!in_order_) std::sort(entries_.begin(), entries_.end(), less);
}

bool RecordPile::next(Octets& key, std::vector<NodeRecord>& records) {
    records.clear();
    if (next_entry_ == entries_.size()) return false;
    if (in_order_) {
        while (!chunks_[first_chunk_].holds(entries_[next_entry_].run))
            chunks_[first_chunk_++] = Chunk{};
    }
    key = entries_[next_entry_].key();
    const std::uint64_t head = entries_[next_entry_].head;
    for (; next_entry_ < entries_.size(); ++next_entry_) {
        const Entry& entry = entries_[next_entry_];
        if (entry.head != head || !equal_octets(entry.key(), key)) break;
        const std::byte* at = entry.run + run_octets + key.size();
        for (auto left = load<std::uint32_t>(entry.run); left > 0; --left) {
            const std::size_t octets = load<std::uint16_t>(at + 2);
            records.push_back({RrType{load<std::uint16_t>(at)}, Ttl{load<std::uint32_t>(at + 4)},
                               Octets{at + record_fixed_octets, octets}});
            at += record_fixed_octets + octets;
        }
    }
    return true;
}

}  // namespace lockstep
