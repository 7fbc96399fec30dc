#include <fstream>

#include "tests/support/run_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

Command command_of(std::vector<std::string> words) {
  Command command;
  command.program = ArgumentVector{std::move(words)};
  return command;
}

class JobContextOfARun : public RunTest {
 protected:
  JobContextOfARun() {
    user.environment = [this](const std::string& name) -> std::optional<std::string> {
      ++lookups[name];
      if (name == "TOKEN") return "s3cret-token";
      if (name == "HOME") return "/home/me";
      return std::nullopt;
    };
  }
  void in_sync(FakeJob::Step what) { add_item("a").on_sync = std::move(what); }
  [[nodiscard]] bool logged(const std::string& line) const {
    return std::find(sink.log.begin(), sink.log.end(), line) != sink.log.end();
  }

  std::map<std::string, int> lookups;
};

TEST_F(JobContextOfARun, ResolvesEachReferenceOnce) {
  for (const char* name : {"a", "b"}) {
    add_item(name).on_sync = [this](JobContext& context) -> awaitable<void> {
      const std::string value = co_await context.resolve("token=${env:TOKEN}");
      note(value);
    };
  }
  run();
  EXPECT_EQ(notes, (Strings{"token=s3cret-token", "token=s3cret-token"}));
  EXPECT_EQ(lookups["TOKEN"], 1);
}

TEST_F(JobContextOfARun, GivesTextWithoutReferencesAsItIs) {
  in_sync([this](JobContext& context) -> awaitable<void> {
    const std::string value = co_await context.resolve("100 $ in {braces}");
    note(value);
  });
  run();
  EXPECT_EQ(notes, (Strings{"100 $ in {braces}"}));
}

TEST_F(JobContextOfARun, MasksSecretsEverywhereOnceTheyAreKnown) {
  FakeCommand talks;
  talks.status = Exited{3};
  talks.errors = "login with s3cret-token refused\n";
  hosts.get("nas").on_start = [talks](const Command&) { return talks; };
  in_sync([](JobContext& context) -> awaitable<void> {
    const std::string token = co_await context.resolve("${env:TOKEN}");
    context.log(LogLevel::Info, "token is " + token);
    context.warn("weak token " + token);
    Progress progress;
    progress.current = token;
    context.progress(progress);
    Command command = command_of({"login", token});
    ProcessResult ended = co_await context.run(context.host("nas"), std::move(command));
    CommandFailed::Details details;
    details.command = "login " + token;
    details.status = ended.status;
    details.errors = "said " + token;
    throw CommandFailed(details, "change " + token);
  });
  run();
  EXPECT_TRUE(logged("info a: token is ***"));
  EXPECT_TRUE(logged("info a@nas: login with *** refused"));
  EXPECT_TRUE(logged("debug a@nas: command 1: login ***"));
  EXPECT_TRUE(logged("debug a@nas: command 1: exit code 3"));
  EXPECT_EQ(result.warnings, (Strings{"weak token ***"}));
  ASSERT_EQ(sink.progress.size(), 1U);
  EXPECT_EQ(sink.progress[0].current, "***");
  ASSERT_EQ(result.errors.size(), 1U);
  const RunError& error = result.errors[0];
  EXPECT_EQ(error.message, "'login' failed: exit code 3");
  EXPECT_EQ(error.command, "login ***");
  EXPECT_EQ(error.remedy, "change ***");
  EXPECT_EQ(error.error_lines, (Strings{"said ***"}));
}

TEST_F(JobContextOfARun, MasksWhatComesFromFilesToo) {
  const std::string file = testing::TempDir() + "secret_of_item_context_test";
  std::ofstream(file) << "from-a-file\n";
  in_sync([file](JobContext& context) -> awaitable<void> {
    const std::string value = co_await context.resolve("${file:" + file + "}");
    context.log(LogLevel::Info, "it is '" + value + "'");
  });
  run();
  std::filesystem::remove(file);
  EXPECT_TRUE(logged("info a: it is '***'"));
}

TEST_F(JobContextOfARun, NamesEveryReferenceThatCannotBeResolved) {
  in_sync([](JobContext& context) -> awaitable<void> {
    const std::string value = co_await context.resolve("${env:NO_SUCH} ${env:NOR_THIS}");
  });
  run();
  ASSERT_EQ(result.errors.size(), 2U);
  EXPECT_EQ(result.errors[0].message, "cannot resolve '${env:NO_SUCH}': environment variable 'NO_SUCH' is not set");
}

TEST_F(JobContextOfARun, PassesProgressOnTenTimesASecondAndTheLastAlways) {
  in_sync([](JobContext& context) -> awaitable<void> {
    for (int i = 1; i <= 100; ++i) {
      Progress progress;
      progress.bytes = static_cast<std::uint64_t>(i);
      context.progress(progress);
      co_await sleep_for(3ms);
    }
  });
  run();
  std::vector<std::uint64_t> seen;
  for (const Progress& progress : sink.progress) seen.push_back(progress.bytes.value_or(0));
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 34, 67, 100}));
}

TEST_F(JobContextOfARun, PassesTheLastProgressOnBeforeThePhaseEnds) {
  in_sync([](JobContext& context) -> awaitable<void> {
    for (const double fraction : {0.5, 0.9}) {
      Progress progress;
      progress.fraction = fraction;
      context.progress(progress);
    }
    co_return;
  });
  run();
  ASSERT_EQ(sink.progress.size(), 2U);
  EXPECT_EQ(sink.progress[1].fraction, 0.9);
}

TEST_F(JobContextOfARun, AddsUpWhatWasMoved) {
  in_sync([](JobContext& context) -> awaitable<void> {
    context.moved(40);
    context.moved(2);
    co_return;
  });
  add_item("b");
  run();
  EXPECT_EQ(item("a").bytes, 42U);
  EXPECT_FALSE(item("b").bytes);
}

TEST_F(JobContextOfARun, AnItemThatIsCancelledHasMovedWhatItsLastProgressKnew) {
  in_sync([](JobContext& context) -> awaitable<void> {
    Progress progress;
    progress.bytes = 500;
    context.progress(progress);
    context.moved(0);
    co_await sleep_for(1h);
  });
  cancel_at(1s);
  run();
  EXPECT_EQ(item("a").end, ItemEnd::Cancelled);
  EXPECT_EQ(item("a").bytes, 500U);
}

TEST_F(JobContextOfARun, ItIsNotKnownWhatAnItemHasMovedThatWasCancelledBeforeItSaid) {
  in_sync([](JobContext& context) -> awaitable<void> {
    Progress progress;
    progress.bytes = 0;
    context.progress(progress);
    co_await sleep_for(1h);
  });
  cancel_at(1s);
  run();
  EXPECT_EQ(item("a").end, ItemEnd::Cancelled);
  EXPECT_FALSE(item("a").bytes);
}

TEST_F(JobContextOfARun, GivesCommandsTheCookieOfTheRun) {
  in_sync([](JobContext& context) -> awaitable<void> {
    for (int i = 0; i < 2; ++i) {
      Command command = command_of({"true"});
      co_await context.run(context.host(""), std::move(command));
    }
    Command raw;
    raw.program = RawShellString{"rsync --server"};
    co_await context.run(context.host("nas"), std::move(raw));
  });
  run();
  const std::vector<Command>& here = hosts.get("").started;
  ASSERT_EQ(here.size(), 2U);
  EXPECT_EQ(here[0].environment.at("ORCHESTRATOR_RUN"), result.id);
  EXPECT_NE(here[0].environment.at("ORCHESTRATOR_COMMAND"), here[1].environment.at("ORCHESTRATOR_COMMAND"));
  EXPECT_EQ(here[0].environment.at("ORCHESTRATOR_COMMAND"), result.id + ".00000001");
  EXPECT_EQ(hosts.get("nas").started[0].environment.at("ORCHESTRATOR_COMMAND"), result.id + ".00000003")
      << "the host decides whether a raw string can carry it";
}

TEST_F(JobContextOfARun, GivesItsLocksToLocalCommandsWhileItHoldsThem) {
  hosts.get("").lock_descriptor = 815;
  in_sync([](JobContext& context) -> awaitable<void> {
    Command here = command_of({"true"});
    co_await context.run(context.host(""), std::move(here));
    Command there = command_of({"true"});
    co_await context.run(context.host("nas"), std::move(there));
  });
  run();
  EXPECT_EQ(hosts.get("").started.at(0).locks, std::vector<int>{815});
  EXPECT_TRUE(hosts.get("nas").started.at(0).locks.empty());
}

TEST_F(JobContextOfARun, KeepsTheCookieOfARunAroundThisOne) {
  in_sync([](JobContext& context) -> awaitable<void> {
    Command command = command_of({"true"});
    command.environment["ORCHESTRATOR_RUN"] = "outer";
    co_await context.run(context.host(""), std::move(command));
  });
  run();
  EXPECT_EQ(hosts.get("").started[0].environment.at("ORCHESTRATOR_RUN"), "outer:" + result.id);
}

TEST_F(JobContextOfARun, CollectsWhatAStopCouldNotConfirm) {
  const Leftover left{"nas", "815", "rsync", "connection lost"};
  FakeCommand escapes;
  escapes.leaves = {left};
  hosts.get("nas").on_start = [escapes](const Command&) { return escapes; };
  in_sync([left](JobContext& context) -> awaitable<void> {
    Command command = command_of({"rsync"});
    co_await context.run(context.host("nas"), std::move(command));
    context.leftovers({left});
  });
  run();
  ASSERT_EQ(result.leftovers.size(), 1U) << "told twice is left once";
  EXPECT_EQ(result.leftovers[0].group, "815");
}

TEST_F(JobContextOfARun, NamesTheGuaranteeOfEveryHostThatWasUsed) {
  hosts.get("nas").has_facts.guarantee = Guarantee::EndOfInput;
  FakeJob& a = add_item("a");
  a.has_plan.hosts = {"", "nas", "unused"};
  a.on_sync = [](JobContext& context) -> awaitable<void> {
    for (const char* host : {"", "nas"}) {
      Command command = command_of({"true"});
      co_await context.run(context.host(host), std::move(command));
    }
  };
  run();
  const std::map<std::string, Guarantee> expected{{"", Guarantee::Group}, {"nas", Guarantee::EndOfInput}};
  EXPECT_EQ(result.guarantees, expected);
}

TEST_F(JobContextOfARun, ShowsTheLastLinesOfAFailedCommand) {
  in_sync([](JobContext& context) -> awaitable<void> {
    co_await throw_if_cancelled();
    CommandFailed::Details details;
    details.host = "nas";
    details.command = "rsync --server .";
    details.status = Exited{12};
    details.meaning = "error in rsync protocol data stream";
    for (int i = 1; i <= 30; ++i) details.errors += "line " + std::to_string(i) + "\n";
    context.log(LogLevel::Debug, "fails now");
    throw CommandFailed(details, "install rsync on 'nas'");
  });
  run();
  ASSERT_EQ(result.errors.size(), 1U);
  const RunError& error = result.errors[0];
  EXPECT_EQ(error.item, "a");
  EXPECT_EQ(error.phase, Phase::Sync);
  EXPECT_EQ(error.message, "'rsync' on 'nas' failed: exit code 12 (error in rsync protocol data stream)");
  EXPECT_EQ(error.status, "exit code 12 (error in rsync protocol data stream)");
  EXPECT_EQ(error.remedy, "install rsync on 'nas'");
  ASSERT_EQ(error.error_lines.size(), kErrorLines);
  EXPECT_EQ(error.error_lines.front(), "line 11");
  EXPECT_EQ(error.error_lines.back(), "line 30");
}

}  // namespace
}  // namespace orchestrator::test
