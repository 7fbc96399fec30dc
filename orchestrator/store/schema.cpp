#include "orchestrator/store/schema.hpp"

#include "orchestrator/store/run_store.hpp"

namespace orchestrator {

namespace {

constexpr std::int64_t kSchemaVersion = 1;

// Times are microseconds since the epoch.
constexpr auto kTables = R"sql(
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  job TEXT NOT NULL,
  instance TEXT NOT NULL,
  state TEXT NOT NULL,
  began INTEGER NOT NULL,
  ended INTEGER,
  summary TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX runs_by_beginning ON runs (began);
CREATE INDEX open_runs ON runs (instance) WHERE ended IS NULL;
CREATE TABLE commands (
  run TEXT NOT NULL,
  number INTEGER NOT NULL,
  host TEXT NOT NULL,
  cookie TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  process_group TEXT NOT NULL DEFAULT '',
  start_time TEXT NOT NULL DEFAULT '',
  command TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE INDEX open_commands ON commands (run, number) WHERE state <> 'gone';
PRAGMA user_version = 1;
)sql";

void refuse_newer(const Database& database, std::int64_t version) {
  if (version <= kSchemaVersion) return;
  throw StoreError("the run store '" + database.file().string() + "' has format " + std::to_string(version) +
                       ", this version knows formats up to " + std::to_string(kSchemaVersion),
                   "a newer orchestratord has used it: go on with that one, or name another directory in "
                   "$ORCHESTRATOR_STATE");
}

}  // namespace

void prepare_schema(Database& database) {
  std::int64_t version = database.number("PRAGMA user_version");
  refuse_newer(database, version);
  if (version == kSchemaVersion) return;
  Transaction transaction(database);
  version = database.number("PRAGMA user_version");  // somebody else may have been faster
  refuse_newer(database, version);
  if (version == 0) database.execute(kTables);
  transaction.commit();
}

}  // namespace orchestrator
