#pragma once
#include <memory>
#include <string>

#include "systemd/bus_client.hpp"
#include "tests/integration/program_test.hpp"
#include "tests/support/bus_daemon.hpp"
#include "tests/support/environment_variable.hpp"

namespace orchestrator::test {

/// Tests of the daemon on a bus of the test's own.
class DaemonTest : public ProgramTest {
 protected:
  DaemonTest();
  ~DaemonTest() override;

  /// The jobs "quick" (ends at once), "slow" (says "begun" and takes an hour), "broken" (fails).
  void configure_jobs() const;
  /// Returns when it serves.
  void start_daemon(std::vector<std::string> arguments = {});
  [[nodiscard]] ProgramRun& daemon() { return *daemon_; }
  /// With SIGTERM.
  ProgramEnd end_daemon();

  /// Everything that is told of a run, from here to its end.
  [[nodiscard]] static std::string told_until_the_end(BusClient& client, const std::string& run);
  /// Reads what is told of a run until `text` has come.
  static void wait_for_event(const Descriptor& events, const std::string& text);
  /// The name of the error that `call` ends with.
  template <class Call>
  [[nodiscard]] static std::string refusal(Call call) {
    try {
      call();
    } catch (const ClientError& error) {
      return error.name();
    }
    return "none";
  }

  BusDaemon bus_;

 private:
  EnvironmentVariable address_{"DBUS_SESSION_BUS_ADDRESS", bus_.address()};
  std::unique_ptr<ProgramRun> daemon_;
};

}  // namespace orchestrator::test
