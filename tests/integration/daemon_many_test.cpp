// Two hundred runs at once.
#include <atomic>
#include <mutex>
#include <thread>

#include "tests/integration/daemon_test.hpp"
#include "tests/support/service_manager.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr int kMany = 200;
constexpr auto kWatchdog = 10s;

/// Takes what is told to the service manager off the socket as it comes, as systemd does: who tells would have to wait else.
class Pings {
 public:
  Pings() : reader_([this] { read(); }) {}
  ~Pings() {
    over_ = true;
    reader_.join();
  }
  Pings(const Pings&) = delete;
  Pings& operator=(const Pings&) = delete;

  [[nodiscard]] std::string path() const { return manager_.path(); }

  /// Of all so far, from the first one to now.
  [[nodiscard]] std::chrono::steady_clock::duration longest_silence() {
    const std::lock_guard lock(mutex_);
    return last_ ? std::max(longest_, std::chrono::steady_clock::now() - *last_) : 1h;
  }

 private:
  void read() {
    while (!over_) {
      manager_.wait(100ms);
      for (const std::string& message : manager_.heard()) {
        if (message == "WATCHDOG=1") take();
      }
    }
  }
  void take() {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    if (last_) longest_ = std::max(longest_, now - *last_);
    last_ = now;
  }

  ServiceManager manager_;
  std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> last_;
  std::chrono::steady_clock::duration longest_{};
  std::atomic<bool> over_ = false;
  std::thread reader_;
};

class ManyRuns : public DaemonTest {
 protected:
  void SetUp() override {
    std::string text = "[orchestrator]\nruns_at_once = " + std::to_string(kMany) + "\n";
    for (int number = 0; number < kMany; ++number) {
      text += "[jobs.job" + std::to_string(number) + "]\ntype = \"command\"\nshell = \"echo begun; exec sleep 3600\"\n";
    }
    configure(text);
  }

  /// Starts them; each is followed, and has its command.
  static std::vector<Descriptor> start_all(BusClient& client, std::vector<std::string>& runs) {
    std::vector<Descriptor> followed;
    for (int number = 0; number < kMany; ++number) {
      runs.push_back(client.run_job("job" + std::to_string(number)));
      followed.push_back(client.follow(runs.back()));
    }
    for (const Descriptor& events : followed) wait_for_event(events, "begun");
    return followed;
  }
};

TEST_F(ManyRuns, KeepNoPingWaitingAndAreAllEndedWithNothingLeft) {
  Pings pings;
  environment_["NOTIFY_SOCKET"] = pings.path();
  environment_["WATCHDOG_USEC"] = std::to_string(std::chrono::microseconds(kWatchdog).count());
  start_daemon();
  BusClient client(BusKind::User);
  std::vector<std::string> runs;
  const std::vector<Descriptor> followed = start_all(client, runs);
  RunFilter active;
  active.active = true;
  EXPECT_EQ(client.runs(active, kMany).size(), static_cast<std::size_t>(kMany));
  const auto begun = std::chrono::steady_clock::now();
  for (const std::string& run : runs) client.ask_to_cancel(run, "stop");
  for (const Descriptor& events : followed) wait_for_event(events, "\"leftovers\":[]");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  RecordProperty("cancel_of_all_seconds", std::to_string(took.count()));
  std::printf("%d runs were cancelled and confirmed in %.3f s; the longest silence was %.3f s\n", kMany, took.count(),
              std::chrono::duration<double>(pings.longest_silence()).count());
  EXPECT_LT(pings.longest_silence(), kWatchdog);
  EXPECT_EQ(end_daemon().code, 0);
}

}  // namespace
}  // namespace orchestrator::test
