#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "orchestrator/config/config.hpp"
#include "orchestrator/process/local_host.hpp"
#include "orchestrator/run/run.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "ssh/ssh_host.hpp"

namespace orchestrator {

/// The hosts of a configuration: this machine, and those of [hosts], each made when it is first asked for.
class ConfiguredHosts final : public Hosts {
 public:
  /// \param config must outlive the hosts.
  /// \param connections the group in which connections live: outside of every scope that a signal or a limit cancels.
  ConfiguredHosts(Loop& loop, const Config& config, const LoadOptions& options, TaskGroup& connections);

  [[nodiscard]] Host& get(const std::string& name) override;
  /// One of [hosts].
  [[nodiscard]] SshHost& remote(const std::string& name);
  [[nodiscard]] bool skips_unreachable(const std::string& name) const override;

  /// Ends all connections; to be called before their group ends.
  void close();

 private:
  const Config& config_;
  UserContext user_;
  TaskGroup& connections_;
  LocalHost local_;
  std::map<std::string, std::unique_ptr<SshHost>> remote_;
};

}  // namespace orchestrator
