#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "orchestrator/run/run.hpp"
#include "orchestrator/run/run_errors.hpp"
#include "orchestrator/random_id.hpp"
#include "orchestrator/tasks/cleanup.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "tests/support/fake_host.hpp"
#include "tests/support/fake_job.hpp"
#include "tests/support/fake_run_store.hpp"
#include "tests/support/virtual_loop.hpp"


namespace orchestrator::test {

/// Every event as a line of text, in order: "state syncing", "began a sync", "ended a sync failed".
class RecordingSink final : public EventSink {
 public:
  void run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) override;
  void state_changed(RunState state) override;
  void item_began(const std::string& item, Phase phase) override;
  void item_progress(const std::string& item, const Progress& progress) override;
  void item_ended(const std::string& item, Phase phase, ItemEnd end) override;
  void failed(const RunError& error) override;
  void disk_seen(const DiskSeen& disk) override { disks.push_back(disk); }
  void log_line(const LogLine& line) override;
  void stopping(const Stopping& what) override;
  void run_ended(const RunResult& result) override;

  std::vector<std::string> events;         ///< all but progress and log lines
  std::vector<std::string> log;            ///< "info a: text"
  std::vector<Progress> progress;
  std::vector<Stopping> stops;
  std::vector<DiskSeen> disks;
};

/// A run of fake jobs on fake hosts in virtual time. What jobs `note` and what the sink records can be
/// compared as one list each.
class RunTest : public testing::Test {
 protected:
  RunTest();

  FakeJob& add_item(const std::string& name);
  /// A step that takes time, then notes "NAME".
  [[nodiscard]] FakeJob::Step step(std::string name, Duration takes = Duration::zero());
  /// A step that takes time, then fails.
  [[nodiscard]] FakeJob::Step failing(std::string message, Duration takes = Duration::zero());
  void note(std::string what) { notes.push_back(std::move(what)); }

  /// Calls `what` when so much of the run has passed.
  void at(Duration when, std::function<void()> what);
  void cancel_at(Duration when, CancelLevel level = CancelLevel::Stop,
                 CancelReason reason = CancelReason{CancelCause::Operator, "test"});

  RunResult run();
  [[nodiscard]] const ItemResult& item(const std::string& name) const;

  VirtualLoop loop;
  JobConfig job;
  FakeHosts hosts;
  RecordingSink sink;
  RunOptions options;
  CancelScope scope;
  std::vector<std::unique_ptr<Job>> items;
  std::filesystem::path state_directory;
  OutputQueue* output = nullptr;
  UserContext user = current_user();
  FakeRunStore store;
  MakeMonitors monitors;
  bool keeps_records = false;  ///< in `store`
  std::vector<std::string> notes;
  RunResult result;

 private:
  std::vector<std::pair<Duration, std::function<void()>>> timed_;
};

}  // namespace orchestrator::test
