#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace orchestrator {

class Database;

/// Those that nobody uses at the moment, by their text.
using PreparedStatements = std::map<std::string, sqlite3_stmt*, std::less<>>;

/// A prepared statement. Parameters are bound from left to right, columns count from 0. Its database keeps it for the next
/// one with the same text.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t number);

  /// \return whether there is a row.
  bool step();
  /// To its end.
  void run() {
    while (step()) {
    }
  }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;

 private:
  Database& database_;
  PreparedStatements::node_type prepared_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

/// A connection to an SQLite file: write-ahead log, 0600, given to the owner of its directory. Everything blocks.
/// \throws StoreError from all of it. Threads: one at a time.
class Database {
 public:
  explicit Database(const std::filesystem::path& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const std::string& sql);
  [[nodiscard]] std::int64_t number(std::string_view sql);
  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

 private:
  friend class Statement;
  friend class Transaction;
  [[noreturn]] void fail(const std::string& doing) const;
  [[nodiscard]] sqlite3_stmt* prepare(std::string_view sql) const;

  std::filesystem::path file_;
  sqlite3* handle_ = nullptr;
  PreparedStatements idle_{};
};

/// All or nothing: rolled back unless `commit` was called. Has the right to write from its beginning.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace orchestrator
