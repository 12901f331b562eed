#include "store/sqlite.hpp"

#include <sqlite3.h>

#include <unistd.h>
#include <utility>

namespace lockstep {
namespace {

constexpr int busy_milliseconds = 5000;
constexpr int checkpoint_frames = 1000;  // of 4 KiB

// Exclusive locking keeps the log's index in our own memory: no file mapped, no third process to wait for.
constexpr const char* settings =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA journal_size_limit = 16777216;"
    "PRAGMA cache_size = -4096;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA wal_autocheckpoint = 0;";

/// Told by SQLite after each commit how long the log is now.
int note_log_frames(void* frames, sqlite3*, const char*, int now) {
    *static_cast<int*>(frames) = now;
    return SQLITE_OK;
}

}  // namespace

Query::~Query() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::uint64_t value) {
    const int status = sqlite3_bind_int64(statement_, ++bound_, static_cast<sqlite3_int64>(value));
    if (status != SQLITE_OK) failure_ = status;
    return *this;
}

Query& Query::bind(Octets value) {
    const int status = sqlite3_bind_blob64(statement_, ++bound_, value.data(), value.size(), SQLITE_STATIC);
    if (status != SQLITE_OK) failure_ = status;
    return *this;
}

Result<bool> Query::step() {
    if (failure_ != SQLITE_OK) return unexpected(database_.error(failure_));
    const int status = sqlite3_step(statement_);
    if (status == SQLITE_ROW) return true;
    if (status == SQLITE_DONE) return false;
    return unexpected(database_.error(status));
}

Result<void> Query::run() {
    DNS_TRY(step());
    return {};
}

std::uint64_t Query::integer(int column) const {
    return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
}

std::string Query::text(int column) const {
    const unsigned char* text = sqlite3_column_text(statement_, column);
    return text != nullptr ? reinterpret_cast<const char*>(text) : "";
}

Octets Query::blob(int column) const {
    if (sqlite3_column_type(statement_, column) != SQLITE_BLOB) return {};
    const void* octets = sqlite3_column_blob(statement_, column);
    if (octets == nullptr) return {};
    return {static_cast<const std::byte*>(octets),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      file_(std::move(other.file_)),
      prepared_(std::exchange(other.prepared_, {})),
      log_frames_(std::move(other.log_frames_)) {}

Database& Database::operator=(Database&& other) noexcept {
    if (this != &other) {
        close();
        handle_ = std::exchange(other.handle_, nullptr);
        file_ = std::move(other.file_);
        prepared_ = std::exchange(other.prepared_, {});
        log_frames_ = std::move(other.log_frames_);
    }
    return *this;
}

Database::~Database() {
    close();
}

Result<Database> Database::open(const std::filesystem::path& file) {
    Database database;
    database.file_ = file;
    const int status =
        sqlite3_open_v2(file.c_str(), &database.handle_,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    if (status != SQLITE_OK) return unexpected(database.error(status));
    sqlite3_extended_result_codes(database.handle_, 1);
    database.checkpoint_on_close(false);
    sqlite3_busy_timeout(database.handle_, busy_milliseconds);
    sqlite3_db_config(database.handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    DNS_TRY(database.run(settings));
    DNS_TRY(database.run("PRAGMA journal_mode = WAL"));
    sqlite3_wal_hook(database.handle_, note_log_frames, database.log_frames_.get());
    return database;
}

void Database::checkpoint_on_close(bool wanted) {
    if (handle_ != nullptr)
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr);
}

int Database::changed_rows() const {
    return sqlite3_changes(handle_);
}

bool Database::disk_is_full() const {
    return handle_ != nullptr && (sqlite3_errcode(handle_) & 0xff) == SQLITE_FULL;
}

void Database::close() {
    for (const Prepared& each : prepared_)
        sqlite3_finalize(each.statement);
    prepared_.clear();
    sqlite3_close_v2(std::exchange(handle_, nullptr));
}

Result<void> Database::run(const char* sql) {
    const int status = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (status != SQLITE_OK) return unexpected(error(status));
    return {};
}

Result<std::int64_t> Database::integer(const char* sql) {
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, prepared(sql));
    Query query(*this, statement);
    DNS_TRY_ASSIGN(const bool row, query.step());
    return row ? static_cast<std::int64_t>(query.integer(0)) : 0;
}

Result<void> Database::check_structure() {
    DNS_TRY_ASSIGN(sqlite3_stmt * statement, prepared("PRAGMA quick_check(1)"));
    Query query(*this, statement);
    DNS_TRY_ASSIGN(const bool row, query.step());
    const std::string found = row ? query.text(0) : "nothing";
    if (found != "ok") return fail(ErrorCode::Corrupt, file_.filename().string() + ": " + found);
    return {};
}

Result<sqlite3_stmt*> Database::prepared(const char* sql) {
    for (const Prepared& each : prepared_) {
        if (each.sql == sql) return each.statement;
    }
    sqlite3_stmt* statement = nullptr;
    const int status = sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (status != SQLITE_OK) return unexpected(error(status));
    prepared_.push_back({sql, statement});
    return statement;
}

Result<void> Database::checkpoint_if_due() {
    if (*log_frames_ < checkpoint_frames) return {};
    const int status =
        sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (status != SQLITE_OK) return unexpected(error(status));
    *log_frames_ = 0;
    // Up to 4 MiB of what was just written, most of which nobody reads; it cannot fail.
    (void)sqlite3_db_release_memory(handle_);
    return {};
}

Result<void> Database::checkpoint() {
    const int status =
        sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (status != SQLITE_OK) return unexpected(error(status));
    *log_frames_ = 0;
    return {};
}

Error Database::error(int status) const {
    const std::string what = file_.filename().string() + ": " +
                             (handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(status));
    const std::string directory = file_.parent_path().string();
    switch (status) {
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_CORRUPTFS: return {ErrorCode::Corrupt, what};
    case SQLITE_READONLY:
        // The system would let us: then it is the file's header that says otherwise.
        if (::access(file_.c_str(), W_OK) == 0) return {ErrorCode::Corrupt, what};
        break;
    default: break;
    }
    switch (status & 0xff) {
    case SQLITE_FULL:
        return {ErrorCode::Io, what + "; free space under " + directory + ", nothing else is needed"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {ErrorCode::Exists, what + "; another program has it open"};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return {ErrorCode::Io, what + "; " + directory + " must be writable for the user that we run as"};
    case SQLITE_IOERR:
        return {ErrorCode::Io, what + "; the disk under " + directory + " does not work as it should (" +
                                   sqlite3_errstr(status) + ")"};
    case SQLITE_NOMEM: return {ErrorCode::Limit, what};
    case SQLITE_TOOBIG: return {ErrorCode::Limit, what};
    default: return {ErrorCode::Corrupt, what};
    }
}

Result<Transaction> Transaction::begin(Database& database) {
    DNS_TRY(database.run("BEGIN IMMEDIATE"));
    return Transaction(database);
}

Transaction::~Transaction() {
    // After some failures SQLite has rolled back already.
    if (database_ != nullptr && sqlite3_get_autocommit(database_->handle_) == 0)
        (void)database_->run("ROLLBACK");
}

Result<void> Transaction::commit() {
    DNS_TRY(database_->run("COMMIT"));
    database_ = nullptr;
    return {};
}

}  // namespace lockstep
