#include "tests/support/bus_daemon.hpp"

#include <csignal>
#include <stdexcept>

namespace orchestrator::test {

namespace {

constexpr const char* kBusConfiguration = R"(<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <limit name="max_replies_per_connection">50000</limit>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
)";

}  // namespace

BusDaemon::BusDaemon() {
  std::string text = kBusConfiguration;
  text.replace(text.find("SOCKET"), 6, (directory_.path() / "bus").string());
  directory_.write("bus.conf", text);
  start();
}

BusDaemon::~BusDaemon() = default;

std::string BusDaemon::address() const { return "unix:path=" + (directory_.path() / "bus").string(); }

void BusDaemon::kill() {
  daemon_->signal(SIGKILL);
  [[maybe_unused]] const ProgramEnd end = daemon_->wait();
  daemon_.reset();
  std::filesystem::remove(directory_.path() / "bus");
}

void BusDaemon::start() {
  ProgramOptions options;
  options.words = {"/usr/bin/dbus-daemon", "--nofork", "--nopidfile", "--nosyslog", "--print-address=1",
                   "--config-file=" + (directory_.path() / "bus.conf").string()};
  daemon_ = std::make_unique<ProgramRun>(options);
  // It listens before it says so.
  if (!daemon_->wait_for("unix:path")) throw std::runtime_error("no dbus-daemon: " + daemon_->errors());
}

}  // namespace orchestrator::test
