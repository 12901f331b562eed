#include "zone/record_pile.hpp"

#include <boost/sort/pdqsort/pdqsort.hpp>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <numeric>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t first_chunk_octets = 1024;  // more than 1,032 take malloc's slow way
constexpr std::size_t first_entries = 16;
constexpr std::size_t largest_chunk_octets = large_page_octets;
constexpr std::size_t block_octets = 2 * large_page_octets;
constexpr std::size_t grown_as_a_whole = 65536;  // entries

// A run: count of its records, length of its key, the key; then each record's type, length of RDATA, TTL,
// RDATA.
constexpr std::size_t run_octets = 6;
constexpr std::size_t record_fixed_octets = 8;

constexpr std::size_t head_octets = 2 * sizeof(std::uint64_t);
/// Sorted entries lead all over memory, where each look waits for 100 ns and more: so many looks ahead are
/// asked for.
constexpr std::size_t looks_ahead = 12;

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

}  // namespace

struct RecordPile::Chunk {
    LargeBuffer<std::byte> octets;
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

/// Sixteen octets of `key` from `at` on as numbers that order like them. Keys that end within are filled up
/// with zeros, which keeps the order: no key has two of them in a row, so none is another with zeros behind.
RecordPile::Head RecordPile::head_of(Octets key, std::size_t at) {
    std::array<std::byte, head_octets> head{};
    if (key.size() > at) std::memcpy(head.data(), key.data() + at, std::min(head_octets, key.size() - at));
    return {load_big_endian<std::uint64_t>(head.data()), load_big_endian<std::uint64_t>(head.data() + 8)};
}

void RecordPile::look_ahead(std::span<const Entry> entries, std::size_t at) {
    if (at + looks_ahead >= entries.size()) return;
    const std::byte* run = entries[at + looks_ahead].run;
    __builtin_prefetch(run);
    __builtin_prefetch(run + 64);
}

/// Sorts entries whose keys are alike up to `at`: by sixteen octets, then those that are still alike by
/// the next sixteen. So the sorting itself compares numbers that stand side by side.
void RecordPile::sort_from(std::span<Entry> entries, std::size_t at) {
    boost::sort::pdqsort_branchless(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.head[0] != b.head[0] ? a.head[0] < b.head[0] : a.head[1] < b.head[1];
    });
    for (std::size_t first = 0; first < entries.size();) {
        std::size_t end = first + 1;
        while (end < entries.size() && entries[end].head == entries[first].head)
            ++end;
        const auto alike = entries.subspan(first, end - first);
        first = end;
        // Where two zeros end the head, keys have ended: they are equal.
        if (alike.size() < 2 || (alike.front().head[1] & 0xffff) == 0) continue;
        for (std::size_t i = 0; i < alike.size(); ++i) {
            look_ahead(alike, i);
            alike[i].head = head_of(alike[i].key(), at + head_octets);
        }
        sort_from(alike, at + head_octets);
    }
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
    const std::size_t needed = run_octets + key.size() + octets;
    std::byte* run = room(needed);
    if (run == nullptr) {
        const std::size_t size =
            chunks_.empty() ? first_chunk_octets : std::min(chunks_.back().size * 2, largest_chunk_octets);
        Chunk chunk;
        chunk.size = std::max(size, needed);
        chunk.octets = make_large_buffer<std::byte>(chunk.size);
        chunks_.push_back(std::move(chunk));
        run = room(needed);
    }
    store(run, std::uint32_t{0});
    store(run + 4, static_cast<std::uint16_t>(key.size()));
    if (!key.empty()) std::memcpy(run + run_octets, key.data(), key.size());
    const Entry entry{head_of(key, 0), run};
    if (!entries_.empty() && in_order_)
        in_order_ = entries_.back().head < entry.head || compare_keys(entries_.back().key(), key) <= 0;
    if (entries_.size() == entries_.capacity() && entries_.size() >= grown_as_a_whole) {
        full_.push_back(std::exchange(entries_, {}));
        entries_.reserve(block_octets / sizeof(Entry));
    }
    if (entries_.capacity() == 0) entries_.reserve(first_entries);
    entries_.push_back(entry);
    write(run + run_octets + key.size(), record);
}

void RecordPile::add_to_last(const NodeRecord& record) {
    std::byte* at = room(record_fixed_octets + record.rdata.size());
    if (at != nullptr) return write(at, record);
    NameKey key;
    key.assign(entries_.back().key());
    add(key.octets(), record);
}

void RecordPile::take_over(RecordPile& behind) {
    if (behind.empty()) return;
    const Entry& first = (behind.full_.empty() ? behind.entries_ : behind.full_.front()).front();
    in_order_ =
        in_order_ && behind.in_order_ && (empty() || compare_keys(entries_.back().key(), first.key()) <= 0);
    std::ranges::move(behind.chunks_, std::back_inserter(chunks_));
    if (!entries_.empty()) full_.push_back(std::exchange(entries_, {}));
    std::ranges::move(behind.full_, std::back_inserter(full_));
    entries_ = std::exchange(behind.entries_, {});
    behind.chunks_.clear();
    behind.full_.clear();
}

/// Writes a record of the run that is open.
void RecordPile::write(std::byte* at, const NodeRecord& record) {
    std::byte* run = entries_.back().run;
    store(run, load<std::uint32_t>(run) + 1);
    store(at, static_cast<std::uint16_t>(record.type));
    store(at + 2, static_cast<std::uint16_t>(record.rdata.size()));
    store(at + 4, record.ttl.value());
    if (!record.rdata.empty())
        std::memcpy(at + record_fixed_octets, record.rdata.data(), record.rdata.size());
}

void RecordPile::join() {
    std::size_t count = 0;
    for (const auto& block : full_)
        count += block.size();
    entries_.reserve(count);
    for (auto& block : full_) {
        entries_.insert(entries_.end(), block.begin(), block.end());
        block = Entries();
    }
}

/// The same, those of keys with the same first two octets side by side; where each such bucket ends.
std::vector<std::size_t> RecordPile::join_in_buckets() {
    const auto bucket_of = [](const Entry& entry) { return entry.head[0] >> 48; };
    std::vector<std::size_t> starts(std::size_t{1} << 16);
    std::size_t count = 0;
    for (const auto& block : full_) {
        count += block.size();
        for (const Entry& entry : block)
            ++starts[bucket_of(entry)];
    }
    std::exclusive_scan(starts.begin(), starts.end(), starts.begin(), std::size_t{0});
    entries_.resize(count);
    for (auto& block : full_) {
        for (const Entry& entry : block)
            entries_[starts[bucket_of(entry)]++] = entry;
        block = Entries();
    }
    return starts;
}

void RecordPile::sort() {
    if (full_.empty()) {
        if (!in_order_) sort_from(entries_, 0);
        return;
    }
    full_.push_back(std::exchange(entries_, {}));
    if (in_order_) {
        join();
    } else {
        std::size_t start = 0;
        for (const std::size_t end : join_in_buckets()) {
            sort_from(std::span(entries_).subspan(start, end - start), 0);
            start = end;
        }
    }
    full_.clear();
}

bool RecordPile::next(Octets& key, std::vector<NodeRecord>& records) {
    records.clear();
    if (next_entry_ == entries_.size()) return false;
    if (in_order_) {
        while (!chunks_[first_chunk_].holds(entries_[next_entry_].run))
            chunks_[first_chunk_++] = Chunk{};
    }
    key = entries_[next_entry_].key();
    for (; next_entry_ < entries_.size(); ++next_entry_) {
        const Entry& entry = entries_[next_entry_];
        if (!equal_octets(entry.key(), key)) break;
        look_ahead(entries_, next_entry_);
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
