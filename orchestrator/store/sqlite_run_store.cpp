#include "orchestrator/store/sqlite_run_store.hpp"

#include <mutex>

#include "orchestrator/store/database.hpp"
#include "orchestrator/store/schema.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

namespace {

std::int64_t as_number(StoredTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

StoredTime as_time(std::int64_t number) {
  return StoredTime(std::chrono::duration_cast<StoredTime::duration>(std::chrono::microseconds(number)));
}

CommandState as_command_state(const std::string& text) {
  for (const CommandState state : {CommandState::Intended, CommandState::Started, CommandState::Gone}) {
    if (text == to_string(state)) return state;
  }
  return CommandState::Left;
}

// Of the columns id, job, instance, state, began, ended, summary.
StoredRun run_in(const Statement& row) {
  StoredRun run;
  run.id = row.text(0);
  run.job = row.text(1);
  run.instance = row.text(2);
  run.state = row.text(3);
  run.began = as_time(row.number(4));
  run.ended = as_time(row.number(5));
  run.summary = row.text(6);
  return run;
}

/// Those that ended long ago, or that so many have followed: found by the index of their beginnings, because every run
/// begins with this.
std::vector<std::string> old_runs(Database& database, StoredTime now) {
  // A run that nobody has confirmed to be gone is not pushed out by its successors.
  Statement query(database,
                  "WITH kept AS (SELECT coalesce((SELECT began FROM runs ORDER BY began DESC LIMIT 1 OFFSET ?2), 0) AS first) "
                  "SELECT id FROM runs WHERE began < (SELECT max(?1, first) FROM kept) AND ended IS NOT NULL AND (ended < ?1 OR "
                  "(began < (SELECT first FROM kept) AND NOT EXISTS (SELECT 1 FROM commands WHERE run = id AND state <> 'gone')))");
  query.bind(as_number(now - kKeepRuns)).bind(std::int64_t{kMostKeptRuns} - 1);
  std::vector<std::string> ids;
  while (query.step()) ids.push_back(query.text(0));
  return ids;
}

void forget_old_runs(Database& database, StoredTime now) {
  for (const std::string& id : old_runs(database, now)) {
    Statement(database, "DELETE FROM commands WHERE run = ?").bind(id).run();
    Statement(database, "DELETE FROM runs WHERE id = ?").bind(id).run();
  }
}

}  // namespace

/// Outlives the store while a thread still works with it.
struct SqliteRunStore::Connection {
  Connection(std::filesystem::path path, bool may_make) : file(std::move(path)), make(may_make) {}

  /// \return null: there is none, and there shall be none.
  Database* open() {
    std::error_code ec;
    if (!database && !make && !std::filesystem::exists(file, ec) && !ec) return nullptr;
    if (!database) {
      auto opened = std::make_unique<Database>(file);
      prepare_schema(*opened);
      database = std::move(opened);
    }
    return database.get();
  }

  const std::filesystem::path file;
  const bool make;
  std::mutex mutex;  // for a call that follows one that was given up
  std::unique_ptr<Database> database;
};

SqliteRunStore::SqliteRunStore(std::filesystem::path file, bool make)
    : connection_(std::make_shared<Connection>(std::move(file), make)) {}

SqliteRunStore::~SqliteRunStore() = default;

awaitable<void> SqliteRunStore::call(Work work) {
  auto in_thread = [connection = connection_, work = std::move(work)] {
    const std::lock_guard lock(connection->mutex);
    if (Database* database = connection->open()) work(*database);
  };
  auto in_turn = [this, &in_thread]() -> awaitable<void> {
    const LimiterSlot slot = co_await turn_.acquire();
    co_await run_blocking(std::move(in_thread));
  };
  const ScopeEnd end = co_await with_shield(kStoreLimit, std::move(in_turn));
  if (end == ScopeEnd::Finished) co_return;
  throw StoreError("the run store '" + connection_->file.string() + "' does not answer",
                   "look whether its disk is well, and whether another program holds the file");
}

awaitable<void> SqliteRunStore::begin_run(StoredRun run) {
  Work work = [run = std::move(run)](Database& database) {
    Transaction transaction(database);
    forget_old_runs(database, run.began);
    Statement(database, "INSERT INTO runs (id, job, instance, state, began) VALUES (?, ?, ?, ?, ?)")
        .bind(run.id)
        .bind(run.job)
        .bind(run.instance)
        .bind(run.state)
        .bind(as_number(run.began))
        .run();
    transaction.commit();
  };
  return call(std::move(work));
}

awaitable<void> SqliteRunStore::end_run(std::string run, std::string state, StoredTime ended, std::string summary) {
  Work work = [run = std::move(run), state = std::move(state), ended,
               summary = std::move(summary)](Database& database) {
    Statement(database, "UPDATE runs SET state = ?, ended = ?, summary = ? WHERE id = ?")
        .bind(state)
        .bind(as_number(ended))
        .bind(summary)
        .bind(run)
        .run();
  };
  return call(std::move(work));
}

awaitable<void> SqliteRunStore::intend(StoredCommand command) {
  Work work = [command = std::move(command)](Database& database) {
    Statement(database,
              "INSERT INTO commands (run, number, host, cookie, boot_id, command, state) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(command.run)
        .bind(command.number)
        .bind(command.host)
        .bind(command.trace.cookie)
        .bind(command.trace.boot_id)
        .bind(command.text)
        .bind(to_string(command.state))
        .run();
  };
  return call(std::move(work));
}

awaitable<void> SqliteRunStore::started(std::string run, unsigned number, ProcessTrace trace) {
  Work work = [run = std::move(run), number, trace = std::move(trace)](Database& database) {
    Statement(database,
              "UPDATE commands SET cookie = ?, boot_id = ?, process_group = ?, start_time = ?, state = ? "
              "WHERE run = ? AND number = ?")
        .bind(trace.cookie)
        .bind(trace.boot_id)
        .bind(trace.group)
        .bind(trace.start_time)
        .bind(to_string(CommandState::Started))
        .bind(run)
        .bind(number)
        .run();
  };
  return call(std::move(work));
}

awaitable<void> SqliteRunStore::set_state(std::string run, unsigned number, CommandState state) {
  Work work = [run = std::move(run), number, state](Database& database) {
    Statement(database, "UPDATE commands SET state = ? WHERE run = ? AND number = ?")
        .bind(to_string(state))
        .bind(run)
        .bind(number)
        .run();
  };
  return call(std::move(work));
}

awaitable<std::vector<StoredRun>> SqliteRunStore::open_runs(std::string living) {
  // Shared with the thread, which may come back when nobody waits any more.
  auto runs = std::make_shared<std::vector<StoredRun>>();
  Work work = [runs, living = std::move(living)](Database& database) {
    // By the indexes of what is open alone: every run asks this once for each of its hosts.
    Statement rows(database,
                   "SELECT id, job, instance, state, began, ended, summary FROM runs WHERE id IN "
                   "(SELECT id FROM runs WHERE ended IS NULL AND instance <> ?1 UNION "
                   "SELECT run FROM commands JOIN runs ON id = run WHERE commands.state <> 'gone' AND "
                   "(ended IS NOT NULL OR instance <> ?1)) ORDER BY began, id");
    rows.bind(living);
    while (rows.step()) runs->push_back(run_in(rows));
  };
  co_await call(std::move(work));
  co_return std::move(*runs);
}

awaitable<std::vector<StoredRun>> SqliteRunStore::newest_runs(RunQuery query) {
  auto runs = std::make_shared<std::vector<StoredRun>>();
  Work work = [runs, query = std::move(query)](Database& database) {
    Statement rows(database,
                   "SELECT id, job, instance, state, began, ended, summary FROM runs WHERE (?1 = '' OR job = ?1) AND "
                   "(?2 = '' OR state = ?2) AND (?3 = '' OR substr(id, 1, length(?3)) = ?3) ORDER BY began DESC, id LIMIT ?4");
    rows.bind(query.job).bind(query.state).bind(query.id_prefix).bind(std::int64_t{query.limit});
    while (rows.step()) runs->push_back(run_in(rows));
  };
  co_await call(std::move(work));
  co_return std::move(*runs);
}

awaitable<std::vector<StoredCommand>> SqliteRunStore::open_commands() {
  auto commands = std::make_shared<std::vector<StoredCommand>>();
  Work work = [commands](Database& database) {
    Statement rows(database,
                   "SELECT run, number, host, cookie, boot_id, process_group, start_time, command, state FROM commands "
                   "WHERE state <> 'gone' ORDER BY run, number");
    while (rows.step()) {
      StoredCommand command;
      command.run = rows.text(0);
      command.number = static_cast<unsigned>(rows.number(1));
      command.host = rows.text(2);
      command.trace.cookie = rows.text(3);
      command.trace.boot_id = rows.text(4);
      command.trace.group = rows.text(5);
      command.trace.start_time = rows.text(6);
      command.text = rows.text(7);
      command.state = as_command_state(rows.text(8));
      commands->push_back(std::move(command));
    }
  };
  co_await call(std::move(work));
  co_return std::move(*commands);
}

}  // namespace orchestrator
