#pragma once
// Records in the order of their arrival, until all are there and can be sorted once: the first half of a bulk
// build.

#include "base/bytes.hpp"
#include "base/large_pages.hpp"
#include "zone/key.hpp"
#include "zone/node.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace lockstep {

/// Resource type. Memory: the records' own octets, 8 a record and about 32 and the key for each run of one
/// owner.
class RecordPile {
public:
    RecordPile();
    RecordPile(const RecordPile&) = delete;
    RecordPile& operator=(const RecordPile&) = delete;
    ~RecordPile();

    void add(Octets key, const NodeRecord& record);
    /// The same for the key of the last add(), which there must have been.
    void add_to_last(const NodeRecord& record);

    [[nodiscard]] bool empty() const { return full_.empty() && entries_.empty(); }
    /// Puts all of `behind`, which is empty then, behind what is here. Copies no record.
    void take_over(RecordPile& behind);

    /// Sorts, unless they came in order. Call once, after the last add().
    void sort();
    /// After sort(): the records of the next key, in any order; false after the last. What
    /// `key` and `records` refer to lasts until the next call; memory is given back on the way where the
    /// records came in order.
    [[nodiscard]] bool next(Octets& key, std::vector<NodeRecord>& records);

private:
    struct Chunk;
    struct Run;  // records of one owner that came one after another
    /// Octets of a key, to sort by without leaving the array. Two words tell most names apart, so that few
    /// runs are looked up all over memory before they are read out.
    using Head = std::array<std::uint64_t, 2>;
    struct Entry {
        Head head;
        std::byte* run = nullptr;
        [[nodiscard]] Octets key() const;
    };
    using Entries = std::vector<Entry, LargeAllocator<Entry>>;
    static Head head_of(Octets key, std::size_t at);
    std::byte* room(std::size_t octets);
    void write(std::byte* at, const NodeRecord& record);
    /// Put the entries of all blocks into entries_.
    void join();
    std::vector<std::size_t> join_in_buckets();
    static void sort_from(std::span<Entry> entries, std::size_t at);
    static void look_ahead(std::span<const Entry> entries, std::size_t at);

    std::vector<Chunk> chunks_;
    // Until sort(), those before entries_: an array that grew as a whole would leave as much memory behind
    // as it takes.
    std::vector<Entries> full_;
    Entries entries_;
    std::size_t next_entry_ = 0;
    std::size_t first_chunk_ = 0;
    bool in_order_ = true;
};

}  // namespace lockstep
