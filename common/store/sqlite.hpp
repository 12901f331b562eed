#pragma once
// SQLite as values and Results: one connection, its prepared statements, its errors in our words.
//
// Threads: one at a time. Errors: Corrupt (what the file says cannot be), Io (what the system says), Exists
// (another process holds it). Limits: three open files.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace lockstep {

class Database;

/// One use of a prepared statement: bind in order, step, read; given back when it goes. Views of the caller's
/// octets must live until then. A view of its Database.
class Query {
public:
    Query(Database& database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query();

    Query& bind(std::uint64_t value);
    Query& bind(Octets value);
    /// Whether there is a row.
    [[nodiscard]] Result<bool> step();
    /// Steps once, for statements that yield no rows.
    [[nodiscard]] Result<void> run();

    [[nodiscard]] std::uint64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    /// Empty where the column is no blob. Good until the next step.
    [[nodiscard]] Octets blob(int column) const;

private:
    Database& database_;
    sqlite3_stmt* statement_;
    int bound_ = 0;
    int failure_ = 0;
};

/// A connection to one database file, write-ahead logged, synced at each commit, never mapped into memory.
/// Resource type.
class Database {
public:
    Database() = default;
    Database(Database&& other) noexcept;
    Database& operator=(Database&& other) noexcept;
    ~Database();

    /// Opens `file`, created where there is none, for this process alone.
    [[nodiscard]] static Result<Database> open(const std::filesystem::path& file);
    /// Whether closing moves the write-ahead log into the file, which it does not for a file just opened: one
    /// that turns out to be damaged must stay as it is.
    void checkpoint_on_close(bool wanted);

    /// Runs statements without parameters.
    [[nodiscard]] Result<void> run(const char* sql);
    /// The first column of the first row as an integer; 0 where there is none.
    [[nodiscard]] Result<std::int64_t> integer(const char* sql);
    /// Whether the trees and the list of free pages fit together: a free page that is in use would be written
    /// over one day. Reads the file once. Errors: Corrupt.
    [[nodiscard]] Result<void> check_structure();
    /// `sql` must be a literal: prepared statements are found again by its address.
    [[nodiscard]] Result<sqlite3_stmt*> prepared(const char* sql);

    /// By the last statement that can change any.
    [[nodiscard]] int changed_rows() const;
    /// Whether the last failure was for want of space.
    [[nodiscard]] bool disk_is_full() const;

    /// Moves what is in the write-ahead log into the file where it has grown; an error loses nothing.
    [[nodiscard]] Result<void> checkpoint_if_due();
    /// Does so at once and cuts the log. An error loses nothing.
    [[nodiscard]] Result<void> checkpoint();

    /// What `status`, one of SQLite's, means to us.
    [[nodiscard]] Error error(int status) const;

private:
    friend class Transaction;
    void close();

    struct Prepared {
        const char* sql;
        sqlite3_stmt* statement;
    };
    sqlite3* handle_ = nullptr;
    std::filesystem::path file_;
    std::vector<Prepared> prepared_;
    std::unique_ptr<int> log_frames_ =
        std::make_unique<int>(0);  // of the write-ahead log, after the last commit
};

/// Writes between its beginning and commit(): all of them or none. Rolled back where commit() is not reached
/// or fails. A view of its Database.
class Transaction {
public:
    [[nodiscard]] static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    /// Returns once the disk has it.
    [[nodiscard]] Result<void> commit();

private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

}  // namespace lockstep
