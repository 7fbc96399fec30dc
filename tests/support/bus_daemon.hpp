#pragma once
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/program_run.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {

/// A D-Bus daemon of the test's own, in a directory of its own; lets everybody of this user do everything.
class BusDaemon {
 public:
  BusDaemon();
  ~BusDaemon();
  BusDaemon(const BusDaemon&) = delete;
  BusDaemon& operator=(const BusDaemon&) = delete;

  /// For $DBUS_SESSION_BUS_ADDRESS; the same after `start`.
  [[nodiscard]] std::string address() const;

  /// Kills it, and returns at once.
  void crash() { daemon_->signal(SIGKILL); }
  /// Kills it, and waits until it is gone.
  void kill();
  /// After `kill`: again, at the same address; returns when it can be connected to.
  void start();

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<ProgramRun> daemon_;
};

}  // namespace orchestrator::test
