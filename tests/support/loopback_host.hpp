#pragma once
#include <string>

#include "orchestrator/host.hpp"

namespace orchestrator::test {

/// This machine under another name: what jobs take for a remote host, without a connection.
/// Commands start in `login_directory`; raw shell strings run as a login's sshd would run them.
class LoopbackHost final : public Host {
 public:
  LoopbackHost(Host& here, std::string name, std::string login_directory)
      : here_(here), name_(std::move(name)), login_directory_(std::move(login_directory)) {}

  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  [[nodiscard]] awaitable<std::unique_ptr<Process>> start(Command command) override;
  [[nodiscard]] awaitable<std::vector<Leftover>> reap(ProcessTrace trace, StopLadder ladder) override;
  [[nodiscard]] awaitable<DiskSpace> disk_space(std::string path) override;
  [[nodiscard]] awaitable<std::unique_ptr<HostLock>> lock(std::string name,
                                                          std::string holder) override;
  [[nodiscard]] awaitable<HostFacts> facts() override;

  /// What every command runs as instead, with the original one in $SSH_ORIGINAL_COMMAND.
  std::string forced_command{};
  std::string path = "/usr/local/bin:/usr/bin:/bin";

 private:
  Host& here_;
  std::string name_;
  std::string login_directory_;
};

}  // namespace orchestrator::test
