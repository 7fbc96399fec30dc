#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "orchestrator/host.hpp"
#include "orchestrator/process/orphan_reaper.hpp"
#include "orchestrator/process/start_keeper.hpp"

namespace orchestrator {

class Loop;

struct LocalHostOptions {
  bool cgroups = true;  ///< one for each command, where the system lets us; without them nothing is promised less
  std::optional<bool> keep_ready{};  ///< see ready_keeper.hpp; none: where entering a cgroup takes long
};

/// This machine.
///
/// Each command has a keeper, a small program of ours that starts it and sees that nothing is left of it, also when
/// this program is killed. Where its command waits for a file system that does not answer, the keeper waits, and
/// not the loop.
///
/// Makes the program a subreaper (see OrphanReaper) and ignores SIGPIPE in it: a command that reads no more is an
/// answer of `ByteSink::write`. One per program; it outlives its processes.
class LocalHost final : public Host {
 public:
  /// \param state_directory for `lock`; created when the first lock is taken.
  LocalHost(Loop& loop, std::filesystem::path state_directory, LocalHostOptions options = LocalHostOptions());
  ~LocalHost() override;

  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  [[nodiscard]] awaitable<std::unique_ptr<Process>> start(Command command) override;
  [[nodiscard]] awaitable<std::vector<Leftover>> reap(ProcessTrace trace, StopLadder ladder) override;
  [[nodiscard]] awaitable<DiskSpace> disk_space(std::string path) override;
  [[nodiscard]] awaitable<std::unique_ptr<HostLock>> lock(std::string name, std::string holder) override;
  [[nodiscard]] awaitable<std::unique_ptr<HostLock>> share_lock(std::string name, std::string holder) override;
  [[nodiscard]] awaitable<std::optional<bool>> finds(std::string program, std::string path) override;
  [[nodiscard]] awaitable<HostFacts> facts() override;

 private:
  [[nodiscard]] awaitable<void> find_containment();
  [[nodiscard]] awaitable<void> find_containment_for(const LaunchSpec& spec);
  [[nodiscard]] awaitable<void> find_account_for(LaunchSpec& spec, std::string name);

  Loop& loop_;
  std::filesystem::path state_directory_;
  LocalHostOptions options_;
  std::optional<Containment> containment_;
  std::string name_;
  OrphanReaper reaper_;
  std::optional<HostFacts> facts_;
};

}  // namespace orchestrator
