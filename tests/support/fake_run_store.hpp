#pragma once
#include <functional>
#include <string>
#include <vector>

#include "orchestrator/store/run_store.hpp"

namespace orchestrator::test {

/// A store in memory.
class FakeRunStore final : public RunStore {
 public:
  [[nodiscard]] awaitable<void> begin_run(StoredRun run) override;
  [[nodiscard]] awaitable<void> end_run(std::string run, std::string state, StoredTime ended,
                                        std::string summary) override;
  [[nodiscard]] awaitable<void> intend(StoredCommand command) override;
  [[nodiscard]] awaitable<void> started(std::string run, unsigned number, ProcessTrace trace) override;
  [[nodiscard]] awaitable<void> set_state(std::string run, unsigned number, CommandState state) override;
  [[nodiscard]] awaitable<std::vector<StoredRun>> open_runs(std::string living) override;
  [[nodiscard]] awaitable<std::vector<StoredRun>> newest_runs(RunQuery query) override;
  [[nodiscard]] awaitable<std::vector<StoredCommand>> open_commands() override;

  [[nodiscard]] StoredRun& run(const std::string& id);
  [[nodiscard]] StoredCommand& command(const std::string& run, unsigned number);

  /// Asked before each call with its name; may throw.
  std::function<void(const std::string& call)> on_call;

  std::vector<StoredRun> runs;
  std::vector<StoredCommand> commands;
  std::vector<std::string> calls;  ///< "intend 1", "started 1", "gone 1": in order

 private:
  void note(const std::string& call, const std::string& what);
};

}  // namespace orchestrator::test
