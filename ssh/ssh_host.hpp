#pragma once
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/config/settings.hpp"
#include "orchestrator/host.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "ssh/link.hpp"
#include "ssh/ssh_process.hpp"
#include "ssh/sudo_rules.hpp"

namespace orchestrator {

/// A host of [hosts], reached over SSH. Connects when it is first used; all its work shares one connection.
///
/// The connection is a task of `connections`: that group must be outside of whatever scope a signal or a timeout
/// cancels, because stopping commands over there needs the connection still. Before the group ends, `close` must be called.
class SshHost final : public Host {
 public:
  SshHost(HostSettings settings, TaskGroup& connections, SshLinkOptions options = SshLinkOptions());

  [[nodiscard]] const std::string& name() const noexcept override { return settings_.name; }
  [[nodiscard]] awaitable<std::unique_ptr<Process>> start(Command command) override;
  [[nodiscard]] awaitable<std::vector<Leftover>> reap(ProcessTrace trace, StopLadder ladder) override;
  [[nodiscard]] awaitable<DiskSpace> disk_space(std::string path) override;
  [[nodiscard]] awaitable<std::unique_ptr<HostLock>> lock(std::string name, std::string holder) override;
  [[nodiscard]] awaitable<HostFacts> facts() override;
  /// Known after `facts`, of a host with `sudo = true` whose login is not root.
  [[nodiscard]] const std::optional<SudoFacts>& sudo_facts() const noexcept { return sudo_facts_; }

  /// Ends the connection, used or not.
  void close() { link_.close(); }

 private:
  /// A loader that waits for its code.
  struct Meeting {
    std::string connection;  ///< id
    std::string nonce;
    std::unique_ptr<SshProcess> process;
  };

  [[nodiscard]] awaitable<std::unique_ptr<Process>> start_loaded(Command command);
  /// On a new connection if the one there was turns out to be dead.
  [[nodiscard]] awaitable<Meeting> meet_again(const Command& command);
  [[nodiscard]] awaitable<Meeting> meet(const Command& command);
  [[nodiscard]] awaitable<std::unique_ptr<Process>> start_raw(Command command);

  HostSettings settings_;
  SshLink link_;
  std::optional<HostFacts> facts_;
  std::optional<SudoFacts> sudo_facts_;
};

}  // namespace orchestrator
