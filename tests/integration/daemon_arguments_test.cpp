// What the daemon on a private bus makes of clients that send anything, and a lot of it.
#include <poll.h>

#include "systemd/sdbus.hpp"
#include "tests/integration/daemon_test.hpp"

namespace orchestrator::test {
namespace {

constexpr int kAnswerBoundMs = 60'000;

// The first one opens descriptors that sdbus-c++ keeps for good: before a fixture counts them.
const sdbus::Variant kFirstVariant{true};

class WhatClientsSend : public DaemonTest {
 protected:
  void SetUp() override { configure_jobs(); }
};

TEST_F(WhatClientsSend, SaysWhatIsWrongWithArguments) {
  start_daemon();
  BusClient client(BusKind::User);
  const std::string run = client.run_job("quick");
  EXPECT_EQ(refusal([&] { client.cancel(run, "please"); }), "InvalidArgument");
  EXPECT_EQ(refusal([&] { client.cancel("00000000", "stop"); }), "NoSuchRun");
  EXPECT_EQ(refusal([&] { (void)client.run("zz"); }), "NoSuchRun");
  EXPECT_EQ(refusal([&] { (void)client.run(std::string(100'000, 'a')); }), "InvalidArgument");
  EXPECT_EQ(refusal([&] { (void)client.run_job(std::string(100'000, 'x')); }), "InvalidArgument");
  EXPECT_EQ(refusal([&] { (void)client.open_log(run + "0"); }), "NoSuchRun");
  RunWish wish;
  wish.token = std::string(1000, 't');
  EXPECT_EQ(refusal([&] { (void)client.run_job("quick", wish); }), "InvalidArgument");
  RunWish none_at_once;
  none_at_once.concurrency = 0;
  EXPECT_EQ(refusal([&] { (void)client.run_job("quick", none_at_once); }), "InvalidArgument");
  EXPECT_EQ(client.runs({}, 0).size(), 1U) << "at least one";
}

/// A client of another make, which may call anything.
class RawClient {
 public:
  RawClient()
      : connection_(open_bus(BusKind::User)),
        proxy_(sdbus::createProxy(*connection_, bus::BusName("org.orchestratord.Orchestrator1"),
                                  sdbus::ObjectPath("/org/orchestratord/Orchestrator1"))) {}

  template <class... Arguments>
  std::string error_of(const char* method, const Arguments&... arguments) {
    try {
      proxy_->callMethod(method).onInterface(kInterface).withArguments(arguments...);
    } catch (const sdbus::Error& error) {
      return error.getName();
    }
    return "none";
  }

  void ask_to_run(const std::string& job, unsigned& refused) {
    const std::map<std::string, sdbus::Variant> options;
    proxy_->callMethodAsync("RunJob").onInterface(kInterface).withArguments(job, options).uponReplyInvoke(
        [this, &refused](bus::MaybeError error, const std::string&, const sdbus::ObjectPath&) {
          ++answers_;
          if (error) ++refused;
        });
  }
  void wait_for_answers(unsigned number) {
    while (answers_ < number) {
      while (bus::process_one(*connection_)) {
      }
      const auto data = connection_->getEventLoopPollData();
      pollfd ready{data.fd, data.events, 0};
      if (answers_ < number && ::poll(&ready, 1, kAnswerBoundMs) != 1) throw std::runtime_error("no answer came");
    }
  }

 private:
  static constexpr const char* kInterface = "org.orchestratord.Orchestrator1.Manager";
  std::unique_ptr<sdbus::IConnection> connection_;
  std::unique_ptr<sdbus::IProxy> proxy_;
  unsigned answers_ = 0;
};

TEST_F(WhatClientsSend, OutlivesArgumentsOfEveryWrongType) {
  start_daemon();
  RawClient client;
  using Options = std::map<std::string, sdbus::Variant>;
  const std::string refused = "org.orchestratord.Orchestrator1.Error.InvalidArgument";
  for (const char* name : {"token", "dry_run", "strict", "timeout", "concurrency", "trigger", "no such option"}) {
    const Options wrong{{name, sdbus::Variant(3.25)}};
    EXPECT_EQ(client.error_of("RunJob", std::string("quick"), wrong), refused) << name;
  }
  const Options endless{{"timeout", sdbus::Variant(UINT64_MAX)}};
  EXPECT_EQ(client.error_of("RunJob", std::string("quick"), endless), refused);
  for (const char* name : {"job", "state", "active", "nothing"}) {
    const Options wrong{{name, sdbus::Variant(3.25)}};
    EXPECT_EQ(client.error_of("ListRuns", wrong, 10U), refused) << name;
  }
  for (const char* method : {"RunJob", "CancelRun", "ListRuns", "GetRun", "GetDetails", "OpenLog", "Reconcile"}) {
    EXPECT_EQ(client.error_of(method, 3.25), "org.freedesktop.DBus.Error.InvalidArgs") << method;
  }
  EXPECT_EQ(client.error_of("NoSuchMethod", 1), "org.freedesktop.DBus.Error.UnknownMethod");
  BusClient other(BusKind::User);
  EXPECT_EQ(other.jobs().size(), 3U);
}

TEST_F(WhatClientsSend, AnswersAThousandRequestsAtOnce) {
  start_daemon();
  RawClient client;
  unsigned refused = 0;
  for (int i = 0; i < 1000; ++i) client.ask_to_run("slow", refused);
  BusClient other(BusKind::User);
  EXPECT_FALSE(other.version().empty()) << "others are answered too";
  client.wait_for_answers(1000);
  EXPECT_EQ(refused, 999U) << "the job is busy";
}

}  // namespace
}  // namespace orchestrator::test
