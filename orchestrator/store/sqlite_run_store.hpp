#pragma once
#include <filesystem>
#include <functional>
#include <memory>

#include "orchestrator/store/run_store.hpp"
#include "orchestrator/tasks/limiter.hpp"

namespace orchestrator {

class Database;

/// Where the store of a state directory is.
[[nodiscard]] inline std::filesystem::path run_store_file(const std::filesystem::path& state_directory) {
  return state_directory / "runs.db";
}

/// The store in an SQLite file, which several orchestrators may use at once. Opened, and made where it is missing, by
/// the first call. Each call works in a thread, one at a time.
class SqliteRunStore final : public RunStore {
 public:
  /// \param make false: a file that is missing stays missing, and nothing is in it.
  explicit SqliteRunStore(std::filesystem::path file, bool make = true);
  ~SqliteRunStore() override;

  [[nodiscard]] awaitable<void> begin_run(StoredRun run) override;
  [[nodiscard]] awaitable<void> end_run(std::string run, std::string state, StoredTime ended,
                                        std::string summary) override;
  [[nodiscard]] awaitable<void> intend(StoredCommand command) override;
  [[nodiscard]] awaitable<void> started(std::string run, unsigned number, ProcessTrace trace) override;
  [[nodiscard]] awaitable<void> set_state(std::string run, unsigned number, CommandState state) override;
  [[nodiscard]] awaitable<std::vector<StoredRun>> open_runs(std::string living) override;
  [[nodiscard]] awaitable<std::vector<StoredRun>> newest_runs(RunQuery query) override;
  [[nodiscard]] awaitable<std::vector<StoredCommand>> open_commands() override;

 private:
  struct Connection;
  using Work = std::function<void(Database&)>;
  [[nodiscard]] awaitable<void> call(Work work);

  std::shared_ptr<Connection> connection_;
  Limiter turn_{"the run store", 1};
};

}  // namespace orchestrator
