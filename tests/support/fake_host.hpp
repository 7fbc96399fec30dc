#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/host.hpp"
#include "orchestrator/run/run.hpp"
#include "orchestrator/tasks/clock.hpp"

namespace orchestrator::test {

/// What a command does on a FakeHost.
struct FakeCommand {
  ExitStatus status = Exited{0};
  std::string output;
  std::string errors;
  Duration takes{};              ///< until it ends by itself
  Duration stop_takes{};         ///< when it is ended before that
  std::vector<Leftover> leaves;  ///< what its stop reports
};

/// A machine in memory, in the time of its loop.
class FakeHost final : public Host {
 public:
  explicit FakeHost(std::string name = {}) : name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  [[nodiscard]] awaitable<std::unique_ptr<Process>> start(Command command) override;
  [[nodiscard]] awaitable<std::vector<Leftover>> reap(ProcessTrace trace, StopLadder ladder) override;
  [[nodiscard]] awaitable<DiskSpace> disk_space(std::string path) override;
  [[nodiscard]] awaitable<std::unique_ptr<HostLock>> lock(std::string name, std::string holder) override;
  [[nodiscard]] awaitable<std::unique_ptr<HostLock>> share_lock(std::string name, std::string holder) override;
  [[nodiscard]] awaitable<std::optional<bool>> finds(std::string program, std::string path) override;
  [[nodiscard]] awaitable<HostFacts> facts() override;

  /// Says what a command does; may throw StartError. Without it, every command succeeds at once.
  std::function<FakeCommand(const Command&)> on_start;
  /// Asked before a lock is given; may throw.
  std::function<void(const std::string& name)> on_lock;
  /// What a reaping leaves; may throw.
  std::function<std::vector<Leftover>(const ProcessTrace&)> on_reap;
  HostFacts has_facts;
  std::optional<std::set<std::string>> programs;  ///< that it finds; none: only a command can tell
  int lock_descriptor = -1;  ///< of each lock

  std::vector<Command> started;
  std::vector<ProcessTrace> reaped;              ///< all that were asked for, in order
  std::size_t running = 0;                       ///< started and not stopped
  std::map<std::string, std::string> held;       ///< locks at the moment, with their holders
  std::map<std::string, std::size_t> shared;     ///< locks that are shared at the moment, by how many
  std::vector<std::string> locks;                ///< all that were taken, in order

 private:
  [[nodiscard]] ProcessTrace trace_of(const Command& command) const;

  std::string name_;
};

/// Hosts by name; those that are asked for and not there are made.
class FakeHosts final : public Hosts {
 public:
  [[nodiscard]] FakeHost& get(const std::string& name) override;
  [[nodiscard]] bool skips_unreachable(const std::string& name) const override { return skipped == name; }

  std::string skipped = "none";

 private:
  std::map<std::string, std::unique_ptr<FakeHost>> hosts_;
};

}  // namespace orchestrator::test
