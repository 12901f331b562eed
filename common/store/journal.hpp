#pragma once
// The tables of a state file: zones, the chunks of their bases, the deltas since and before, marks.
//
// Threads: one at a time. Errors: Corrupt, Io, Exists, Limit. A zone's content is a base, which is one whole
// version in chunks, and the deltas that lead from it to the version served; older deltas are kept for IXFR.

#include "base/result.hpp"
#include "store/codec.hpp"
#include "store/sqlite.hpp"
#include "wire/stored_name.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

/// A zone as the file knows it. Value type.
struct JournalRow {
    std::uint64_t id = 0;
    StoredName apex;
    ZoneState state;
};

/// One state file. Resource type.
class Journal {
public:
    struct Rows {
        std::vector<JournalRow> whole;
        std::vector<std::string> damaged;  // what was wrong with each of the others
    };

    /// Opens `file`, made where it does not exist, and proves that it can be written. Errors: Corrupt (not a
    /// state file, of another format), Io, Exists.
    [[nodiscard]] static Result<Journal> open(const std::filesystem::path& file);
    /// When it goes, what is on disk stays as it is.
    void abandon() { database_.checkpoint_on_close(false); }

    [[nodiscard]] Result<Rows> rows();
    /// Whether the file is whole as a structure, whatever its blobs say. Reads it once. Errors: Corrupt.
    [[nodiscard]] Result<void> check_structure() { return database_.check_structure(); }
    /// Adds a chunk of the base to `builder`. Errors: Corrupt, also where the chunk is not there.
    [[nodiscard]] Result<void> add_chunk(const JournalRow& row, std::uint64_t number, ZoneBuilder& builder);
    /// Errors: Corrupt, also where the delta is not there.
    [[nodiscard]] Result<Delta> delta(const JournalRow& row, std::uint64_t number);
    /// Some marks of the zone in the order of their numbers, the first after `after`; none where there are no
    /// more. Errors: Corrupt, also where the file has no place for any.
    [[nodiscard]] Result<std::vector<StoredMark>> marks(const JournalRow& row, std::uint64_t after);

    [[nodiscard]] Result<Transaction> begin() { return Transaction::begin(database_); }
    /// Whether the last failure was for want of space.
    [[nodiscard]] bool disk_is_full() const { return database_.disk_is_full(); }

    [[nodiscard]] Result<void> put_row(const JournalRow& row);
    /// put_row() of a zone of which nothing is stored, in one statement; to be followed by note_inserted().
    [[nodiscard]] Result<void> insert_row_uncounted(const JournalRow& row);
    [[nodiscard]] Result<void> note_inserted(std::uint64_t rows);
    /// `chunk` is sealed.
    [[nodiscard]] Result<void> put_chunk(std::uint64_t id, std::uint64_t generation, std::uint64_t number,
                                         Octets chunk);
    /// `delta` is sealed.
    [[nodiscard]] Result<void> put_delta(std::uint64_t id, std::uint64_t number, Octets delta);
    [[nodiscard]] Result<void> erase_deltas(std::uint64_t id, std::uint64_t first, std::uint64_t last);
    [[nodiscard]] Result<void> erase_bases(std::uint64_t id);
    /// Those of all zones from this one on.
    [[nodiscard]] Result<void> erase_bases_from(std::uint64_t id);
    [[nodiscard]] Result<void> erase_zone(std::uint64_t id);
    /// Files that were made before there were marks have no place for them: to be called before the three
    /// that follow, in their transaction.
    [[nodiscard]] Result<void> make_marks_table();
    [[nodiscard]] Result<void> put_mark(const JournalRow& row, const StoredMark& mark);
    [[nodiscard]] Result<void> erase_mark(std::uint64_t id, std::uint64_t number);
    [[nodiscard]] Result<void> erase_marks(std::uint64_t id);

    /// To be called where nobody waits.
    [[nodiscard]] Result<void> tidy() { return database_.checkpoint_if_due(); }
    /// Gives space back as far as possible: for when the disk is full.
    void shrink() { (void)database_.checkpoint(); }
    /// Makes all that was committed the only thing that can be found after a power cut, a damaged log
    /// included, and what a commit that failed may have left there nothing. Errors: then it is as before.
    [[nodiscard]] Result<void> settle();

private:
    explicit Journal(Database database) : database_(std::move(database)) {}
    [[nodiscard]] Result<void> check_format();
    [[nodiscard]] Result<void> insert(const JournalRow& row, Octets sealed);

    Database database_;
};

}  // namespace lockstep
