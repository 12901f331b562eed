#include "store/journal.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lockstep {
namespace {

constexpr std::int64_t application_id = 0x4c535450;  // "LSTP"
constexpr std::int64_t format_version = 1;

// State files that were made before 2026-11-29 have no such table. They get it with their first mark: when
// they are opened nothing has shown yet that the list of free pages, from which it would be taken, is right.
constexpr const char* make_marks =
    "CREATE TABLE IF NOT EXISTS marks (zone INTEGER NOT NULL, number INTEGER NOT NULL, mark BLOB NOT NULL,"
    " PRIMARY KEY (zone, number)) WITHOUT ROWID";
constexpr const char* make_schema =
    "CREATE TABLE zones (id INTEGER PRIMARY KEY, apex BLOB NOT NULL, state BLOB NOT NULL);"
    "CREATE TABLE bases (zone INTEGER NOT NULL, generation INTEGER NOT NULL, chunk INTEGER NOT NULL,"
    " records BLOB NOT NULL, PRIMARY KEY (zone, generation, chunk));"
    "CREATE TABLE deltas (zone INTEGER NOT NULL, number INTEGER NOT NULL, changes BLOB NOT NULL,"
    " PRIMARY KEY (zone, number)) WITHOUT ROWID;"
    "CREATE TABLE counts (id INTEGER PRIMARY KEY, zones INTEGER NOT NULL, openings INTEGER NOT NULL);"
    "INSERT INTO counts VALUES (1, 0, 0);"
    "PRAGMA application_id = 1280529488;"
    "PRAGMA user_version = 1;";

constexpr const char* select_application_id = "PRAGMA application_id";
constexpr const char* select_version = "PRAGMA user_version";
constexpr const char* select_tables = "SELECT count(*) FROM sqlite_schema";
constexpr const char* note_opening = "UPDATE counts SET openings = openings + 1";
constexpr const char* select_rows = "SELECT id, apex, state FROM zones";
constexpr const char* select_chunk =
    "SELECT records FROM bases WHERE zone = ?1 AND generation = ?2 AND chunk = ?3";
constexpr const char* select_delta = "SELECT changes FROM deltas WHERE zone = ?1 AND number = ?2";
constexpr const char* update_row = "UPDATE zones SET state = ?2 WHERE id = ?1";
constexpr const char* insert_row = "INSERT INTO zones (id, state, apex) VALUES (?1, ?2, ?3)";
constexpr const char* count_more = "UPDATE counts SET zones = zones + ?1";
constexpr const char* count_one_less = "UPDATE counts SET zones = zones - 1";
constexpr const char* select_count = "SELECT zones FROM counts";
constexpr const char* upsert_chunk =
    "INSERT OR REPLACE INTO bases (zone, generation, chunk, records) VALUES (?1, ?2, ?3, ?4)";
constexpr const char* upsert_delta =
    "INSERT OR REPLACE INTO deltas (zone, number, changes) VALUES (?1, ?2, ?3)";
constexpr const char* delete_deltas = "DELETE FROM deltas WHERE zone = ?1 AND number BETWEEN ?2 AND ?3";
constexpr const char* delete_all_bases = "DELETE FROM bases WHERE zone = ?1";
constexpr const char* delete_bases_from = "DELETE FROM bases WHERE zone >= ?1";
constexpr const char* delete_all_deltas = "DELETE FROM deltas WHERE zone = ?1";
constexpr const char* count_mark_tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'marks'";
constexpr const char* select_marks =
    "SELECT number, mark FROM marks WHERE zone = ?1 AND number > ?2 ORDER BY number LIMIT 1000";
constexpr const char* upsert_mark = "INSERT OR REPLACE INTO marks (zone, number, mark) VALUES (?1, ?2, ?3)";
constexpr const char* delete_mark = "DELETE FROM marks WHERE zone = ?1 AND number = ?2";
constexpr const char* delete_all_marks = "DELETE FROM marks WHERE zone = ?1";
constexpr const char* delete_row = "DELETE FROM zones WHERE id = ?1";

/// Readable by our group at most: SQLite gives its own files the same permissions.
Result<void> create_private(const std::filesystem::path& file) {
    const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (made < 0) {
        const std::error_code reason(errno, std::generic_category());
        return fail(ErrorCode::Io, file.string() + ": " + reason.message() + "; " +
                                       file.parent_path().string() +
                                       " must be writable for the user that we run as");
    }
    ::close(made);
    return {};
}

OctetString sealed(const JournalRow& row) {
    return seal({BlobKind::Zone, row.apex, 0, row.id}, encode(row.state));
}

std::string number_text(std::string_view what, std::uint64_t number) {
    return std::string(what) + " " + std::to_string(number);
}

}  // namespace

Result<Journal> Journal::open(const std::filesystem::path& file) {
    DNS_TRY(create_private(file));
    DNS_TRY_ASSIGN(Database database, Database::open(file));
    Journal journal(std::move(database));
    DNS_TRY(journal.check_format());
    journal.database_.checkpoint_on_close(true);
    return journal;
}

Result<void> Journal::check_format() {
    DNS_TRY_ASSIGN(const std::int64_t tables, database_.integer(select_tables));
    DNS_TRY_ASSIGN(const std::int64_t id, database_.integer(select_application_id));
    DNS_TRY_ASSIGN(const std::int64_t version, database_.integer(select_version));
    if (tables == 0 && id == 0 && version == 0) {
        DNS_TRY_ASSIGN(Transaction transaction, begin());
        DNS_TRY(database_.run(make_schema));
        DNS_TRY(make_marks_table());
        return transaction.commit();
    }
    if (id != application_id) return fail(ErrorCode::Corrupt, "a database, but not one of ours");
    if (version != format_version) {
        return fail(ErrorCode::Corrupt,
                    "format " + std::to_string(version) + ", we know " + std::to_string(format_version));
    }
    // A disk that is full, or fails just now, is no reason not to serve what is there.
    if (auto noted = database_.run(note_opening); !noted && noted.error().code != ErrorCode::Io) return noted;
    for (const char* sql : {select_rows, select_chunk, select_delta, insert_row, upsert_chunk, upsert_delta})
        DNS_TRY(database_.prepared(sql));
    return {};
}

Result<Journal::Rows> Journal::rows() {
    Rows rows;
    DNS_TRY_ASSIGN(const std::int64_t expected, database_.integer(select_count));
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(select_rows));
    Query query(database_, statement);
    for (;;) {
        DNS_TRY_ASSIGN(const bool more, query.step());
        if (!more) break;
        JournalRow row;
        row.id = query.integer(0);
        const Octets apex = query.blob(1);
        const auto name = Name::read_uncompressed(apex);
        if (!name || name->octets().size() != apex.size()) {
            rows.damaged.push_back(number_text("zone row", row.id) + ": no name");
            continue;
        }
        row.apex = *name;
        const auto damaged = [&](Error error) {
            rows.damaged.push_back("zone " + row.apex.to_string() + ": " + error.text);
        };
        auto content = unseal({BlobKind::Zone, row.apex, 0, row.id}, query.blob(2));
        if (!content) {
            damaged(std::move(content).error());
            continue;
        }
        auto state = decode_zone_state(*content);
        if (!state) {
            damaged(std::move(state).error());
            continue;
        }
        row.state = std::move(*state);
        rows.whole.push_back(std::move(row));
    }
    // A row may be gone without a trace where the tree above it is damaged.
    const std::size_t found = rows.whole.size() + rows.damaged.size();
    if (std::cmp_not_equal(found, expected))
        rows.damaged.push_back(fmt::format("{} zone rows where there should be {}", found, expected));
    return rows;
}

Result<void> Journal::add_chunk(const JournalRow& row, std::uint64_t number, ZoneBuilder& builder) {
    const std::uint64_t generation = row.state.generation;
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(select_chunk));
    Query query(database_, statement);
    DNS_TRY_ASSIGN(const bool found, query.bind(row.id).bind(generation).bind(number).step());
    const std::string where = number_text("chunk", number);
    if (!found) return fail(ErrorCode::Corrupt, where + " is missing");
    auto added = decode_chunk({BlobKind::NodeChunk, row.apex, generation, number}, query.blob(0), builder);
    if (!added) return unexpected(std::move(added).error().in(where));
    return {};
}

Result<Delta> Journal::delta(const JournalRow& row, std::uint64_t number) {
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(select_delta));
    Query query(database_, statement);
    DNS_TRY_ASSIGN(const bool found, query.bind(row.id).bind(number).step());
    const std::string where = number_text("delta", number);
    if (!found) return fail(ErrorCode::Corrupt, where + " is missing");
    auto content = unseal({BlobKind::Delta, row.apex, 0, number}, query.blob(0));
    if (!content) return unexpected(std::move(content).error().in(where));
    auto delta = decode_delta(row.apex, *content);
    if (!delta) return unexpected(std::move(delta).error().in(where));
    return delta;
}

Result<std::vector<StoredMark>> Journal::marks(const JournalRow& row, std::uint64_t after) {
    std::vector<StoredMark> marks;
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(select_marks));
    Query query(database_, statement);
    query.bind(row.id).bind(after);
    for (;;) {
        DNS_TRY_ASSIGN(const bool more, query.step());
        if (!more) return marks;
        const std::uint64_t number = query.integer(0);
        const std::string where = number_text("mark", number);
        auto content = unseal({BlobKind::Mark, row.apex, 0, number}, query.blob(1));
        if (!content) return unexpected(std::move(content).error().in(where));
        auto mark = decode_mark(*content);
        if (!mark) return unexpected(std::move(mark).error().in(where));
        marks.push_back({number, std::move(*mark)});
    }
}

Result<void> Journal::insert_row_uncounted(const JournalRow& row) {
    return insert(row, sealed(row));
}

Result<void> Journal::put_row(const JournalRow& row) {
    const OctetString blob = sealed(row);
    DNS_TRY_ASSIGN(sqlite3_stmt * update, database_.prepared(update_row));
    DNS_TRY(Query(database_, update).bind(row.id).bind(Octets(blob)).run());
    if (database_.changed_rows() > 0) return {};
    DNS_TRY(insert(row, blob));
    return note_inserted(1);
}

Result<void> Journal::insert(const JournalRow& row, Octets sealed) {
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(insert_row));
    return Query(database_, statement).bind(row.id).bind(sealed).bind(row.apex.octets()).run();
}

Result<void> Journal::note_inserted(std::uint64_t rows) {
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(count_more));
    return Query(database_, statement).bind(rows).run();
}

Result<void> Journal::put_chunk(std::uint64_t id, std::uint64_t generation, std::uint64_t number,
                                Octets chunk) {
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(upsert_chunk));
    return Query(database_, statement).bind(id).bind(generation).bind(number).bind(chunk).run();
}

Result<void> Journal::put_delta(std::uint64_t id, std::uint64_t number, Octets delta) {
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(upsert_delta));
    return Query(database_, statement).bind(id).bind(number).bind(delta).run();
}

Result<void> Journal::erase_deltas(std::uint64_t id, std::uint64_t first, std::uint64_t last) {
    if (first > last) return {};
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(delete_deltas));
    return Query(database_, statement).bind(id).bind(first).bind(last).run();
}

Result<void> Journal::erase_bases(std::uint64_t id) {
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(delete_all_bases));
    return Query(database_, statement).bind(id).run();
}

Result<void> Journal::erase_bases_from(std::uint64_t id) {
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(delete_bases_from));
    return Query(database_, statement).bind(id).run();
}

Result<void> Journal::settle() {
    DNS_TRY(database_.checkpoint());
    // The log's next beginning, synced: what stood in it before fits it no more.
    return database_.run(note_opening);
}

Result<void> Journal::make_marks_table() {
    return database_.run(make_marks);
}

Result<void> Journal::put_mark(const JournalRow& row, const StoredMark& mark) {
    const OctetString blob = seal({BlobKind::Mark, row.apex, 0, mark.number}, encode(mark.mark));
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(upsert_mark));
    return Query(database_, statement).bind(row.id).bind(mark.number).bind(Octets(blob)).run();
}

Result<void> Journal::erase_mark(std::uint64_t id, std::uint64_t number) {
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(delete_mark));
    return Query(database_, statement).bind(id).bind(number).run();
}

Result<void> Journal::erase_marks(std::uint64_t id) {
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(delete_all_marks));
    return Query(database_, statement).bind(id).run();
}

Result<void> Journal::erase_zone(std::uint64_t id) {
    DNS_TRY_ASSIGN(const std::int64_t tables, database_.integer(count_mark_tables));
    if (tables != 0) DNS_TRY(erase_marks(id));
    for (const char* sql : {delete_all_bases, delete_all_deltas, delete_row}) {
        DNS_TRY_ASSIGN(sqlite3_stmt * statement, database_.prepared(sql));
        DNS_TRY(Query(database_, statement).bind(id).run());
    }
    if (database_.changed_rows() == 0) return {};
    return database_.run(count_one_less);
}

}  // namespace lockstep
