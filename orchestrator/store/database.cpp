// The only file that includes SQLite.
#include "orchestrator/store/database.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/state_directory.hpp"
#include "orchestrator/store/run_store.hpp"

namespace orchestrator {

namespace {

/// Another orchestrator writes for a few milliseconds at most.
constexpr int kBusyLimitMs = 5000;

std::string remedy_for(int code, const std::filesystem::path& file) {
  switch (code) {
    case SQLITE_FULL: return "free space on the file system of '" + file.string() + "'";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return "move '" + file.string() + "' away; what it knows of earlier runs is lost with it, so look for what they left";
    case SQLITE_BUSY: return "another orchestrator holds it: try again when that one is done";
    default: return "make '" + file.string() + "' and its directory readable and writable for this user, with space left";
  }
}

/// Made by us, so that it is for its user alone from the beginning and belongs to the owner of its directory.
void make_file(const std::filesystem::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) == 0) return;
  try {
    ::close(make_state_file(file));
  } catch (const Error&) {
    if (::lstat(file.c_str(), &status) != 0) throw;  // unless somebody else has just made it
  }
}

/// SQLite does not wait for another program that switches the same new file to its write-ahead log. The lock is on the
/// directory, because closing any descriptor of the file would free the locks that SQLite has on it.
Descriptor lock_directory(const std::filesystem::path& directory) {
  Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  while (opened && ::flock(opened.get(), LOCK_EX) < 0 && errno == EINTR) {
  }
  return opened;
}

}  // namespace

Database::Database(const std::filesystem::path& file) {
  try {
    make_state_directory(file.parent_path());
    // No link is followed below the directory; those above it are in order.
    file_ = std::filesystem::canonical(file.parent_path()) / file.filename();
    make_file(file_);
  } catch (const std::filesystem::filesystem_error& error) {
    throw StoreError("cannot open the run store '" + file.string() + "': " + error.code().message());
  } catch (const Error& error) {
    throw StoreError("cannot open the run store '" + file.string() + "': " + error.what(), error.remedy());
  }
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
  const Descriptor alone = lock_directory(file_.parent_path());
  try {
    if (sqlite3_open_v2(file_.c_str(), &handle_, kFlags, nullptr) != SQLITE_OK) fail("open");
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, kBusyLimitMs);
    execute("PRAGMA journal_mode = WAL");
    // What was committed survives the death of every program. After a power cut the last few rows may be missing,
    // but then no process of this machine is left either.
    execute("PRAGMA synchronous = NORMAL");
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() {
  for (const auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

void Database::fail(const std::string& doing) const {
  const int code = handle_ ? sqlite3_errcode(handle_) : SQLITE_NOMEM;
  const char* message = handle_ ? sqlite3_errmsg(handle_) : "out of memory";
  throw StoreError("cannot " + doing + " the run store '" + file_.string() + "': " + message,
                   remedy_for(code & 0xff, file_));
}

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail("use");
}

sqlite3_stmt* Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int length = static_cast<int>(sql.size());
  if (sqlite3_prepare_v3(handle_, sql.data(), length, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) fail("use");
  return statement;
}

std::int64_t Database::number(std::string_view sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.number(0) : 0;
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  PreparedStatements& idle = database_.idle_;
  auto found = idle.find(sql);
  if (found == idle.end()) found = idle.emplace(sql, nullptr).first;
  prepared_ = idle.extract(found);
  if (!prepared_.mapped()) prepared_.mapped() = database_.prepare(sql);
  statement_ = prepared_.mapped();
}

Statement::~Statement() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  const auto kept = database_.idle_.insert(std::move(prepared_));
  if (!kept.inserted) sqlite3_finalize(statement_);
}

Statement& Statement::bind(std::string_view text) {
  // SQLITE_TRANSIENT is an old-style cast of -1.
  const auto copy = reinterpret_cast<sqlite3_destructor_type>(-1);
  if (sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), copy) != SQLITE_OK) {
    database_.fail("use");
  }
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  if (sqlite3_bind_int64(statement_, ++bound_, number) != SQLITE_OK) database_.fail("use");
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) database_.fail("use");
  return code == SQLITE_ROW;
}

std::string Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_, column);
  if (!bytes) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_, column); }

Transaction::~Transaction() {
  if (open_) sqlite3_exec(database_.handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace orchestrator
