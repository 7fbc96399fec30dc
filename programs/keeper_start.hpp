#pragma once
#include <cerrno>
#include <cstdint>
#include <sys/types.h>
#include <vector>

#include "orchestrator/process/keeper_protocol.hpp"
#include "orchestrator/process/launch.hpp"

namespace orchestrator {

/// The order that the keeper was given, as execve(2) wants it.
class StartOrder {
 public:
  /// One that makes no sense is refused by `become_command`.
  explicit StartOrder(int file);
  ~StartOrder();
  StartOrder(const StartOrder&) = delete;
  StartOrder& operator=(const StartOrder&) = delete;

  /// Becomes the command, in a session of its own. \return only when that failed: NotStarted.
  [[nodiscard]] KeeperReport become_command() const;

 private:
  [[nodiscard]] KeeperReport execute() const;
  [[nodiscard]] bool become_user() const;

  void* memory_;
  std::size_t size_ = 0;
  int error_ = EPROTO;  ///< why it makes none
  const char* directory_ = "";
  bool has_umask_ = false;
  mode_t umask_ = 0;
  bool has_user_ = false;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  std::vector<gid_t> groups_;
  std::vector<char*> candidates_;
  std::vector<char*> words_;
  std::vector<char*> environment_;
};

[[nodiscard]] KeeperReport not_started(LaunchStage stage, int error, std::size_t candidate = 0);

/// fork(2), into a cgroup where there is one (-1: none).
[[nodiscard]] pid_t fork_into(int cgroup);

/// The child becomes what the order says, which is open as `order`, or tells `failure` why not.
[[noreturn]] void become_command(int order, int failure);

/// The child tells `failure` why it does not become a command.
[[noreturn]] void refuse_command(const KeeperReport& report, int failure);

/// Starts the command in a process of its own; in the cgroup, where there is one.
/// \param failure where NotStarted can be read, or the end when the command is executed.
/// \return its pid, or -1 with errno.
[[nodiscard]] pid_t start_command(int order, int cgroup, int& failure);

}  // namespace orchestrator
