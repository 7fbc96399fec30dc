#include "orchestrator/run/run_log.hpp"

#include <fstream>
#include <regex>

#include <nlohmann/json.hpp>

#include "tests/support/run_test.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class LogOfARun : public RunTest {
 protected:
  LogOfARun() {
    output = &queue;
    state_directory = directory.path() / "state";
  }
  std::vector<json> lines() {
    EXPECT_TRUE(queue.flush(20s));
    std::vector<json> all;
    std::ifstream in(result.log_file);
    for (std::string line; std::getline(in, line);) all.push_back(json::parse(line));
    return all;
  }
  /// The lines of one event.
  std::vector<json> lines_of(const std::string& event) {
    std::vector<json> some;
    for (json& line : lines()) {
      if (line["event"] == event) some.push_back(std::move(line));
    }
    return some;
  }

  TemporaryDirectory directory;
  OutputQueue queue;
};

TEST_F(LogOfARun, IsOneFileForItsUserAlone) {
  add_item("a");
  run();
  const std::filesystem::path file = result.log_file;
  EXPECT_EQ(file.parent_path(), state_directory / "runs");
  const std::regex name(R"(\d{4}-\d\d-\d\dT\d{6}Z-demo-[0-9a-f]{32}\.jsonl)");
  EXPECT_TRUE(std::regex_match(file.filename().string(), name)) << file;
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(mode_of(file.parent_path()), 0700U);
  EXPECT_EQ(mode_of(state_directory), 0700U);
}

TEST_F(LogOfARun, HasTheExitCodeOfAStrictRun) {
  options.strict = true;
  add_item("a").on_sync = [](JobContext& context) -> awaitable<void> {
    context.warn("worth a look");
    co_return;
  };
  run();
  EXPECT_EQ(lines().back()["exit_code"], 1);
}

TEST_F(LogOfARun, HasWhatHappenedAsJsonLines) {
  add_item("a").on_sync = [](JobContext& context) -> awaitable<void> {
    context.log(LogLevel::Info, "hello");
    co_return;
  };
  run();
  const std::vector<json> all = lines();
  ASSERT_GT(all.size(), 4U);
  EXPECT_EQ(all.front()["event"], "run_began");
  EXPECT_EQ(all.front()["schema"], 1);
  EXPECT_EQ(all.back()["event"], "run_ended");
  EXPECT_EQ(all.back()["state"], "succeeded");
  EXPECT_EQ(all.back()["exit_code"], 0);
  const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)");
  for (const json& line : all) {
    EXPECT_TRUE(std::regex_match(line["time"].get<std::string>(), time)) << line;
    EXPECT_EQ(line["job"], "demo");
    EXPECT_EQ(line["run"], result.id);
  }
  const std::vector<json> logged = lines_of("log");
  ASSERT_EQ(logged.size(), 1U);
  EXPECT_EQ(logged[0]["level"], "info");
  EXPECT_EQ(logged[0]["item"], "a");
  EXPECT_EQ(logged[0]["phase"], "sync");
  EXPECT_EQ(logged[0]["text"], "hello");
}

TEST_F(LogOfARun, HasFailuresWithTheirCommand) {
  add_item("a").on_sync = [](JobContext&) -> awaitable<void> {
    co_await throw_if_cancelled();
    CommandFailed::Details details;
    details.host = "nas";
    details.command = "rsync";
    details.status = Exited{12};
    details.errors = "oops\n";
    throw CommandFailed(details);
  };
  run();
  const std::vector<json> failed = lines_of("failed");
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0]["level"], "error");
  EXPECT_EQ(failed[0]["host"], "nas");
  EXPECT_EQ(failed[0]["status"], "exit code 12");
  EXPECT_EQ(failed[0]["error_lines"], json({"oops"}));
}

TEST_F(LogOfARun, HasTheCancellation) {
  add_item("a").on_sync = step("sync", 10s);
  cancel_at(1s);
  run();
  const std::vector<json> stopping = lines_of("stopping");
  ASSERT_EQ(stopping.size(), 1U);
  EXPECT_EQ(stopping[0]["reason"], "operator: test");
  EXPECT_EQ(stopping[0]["level"], "warning") << "of the line";
  EXPECT_EQ(stopping[0]["cancel_level"], "stop");
}

TEST_F(LogOfARun, HasProgressNowAndThen) {
  add_item("a").on_sync = [](JobContext& context) -> awaitable<void> {
    for (int i = 0; i < 25; ++i) {
      Progress progress;
      progress.bytes = 1U;
      context.progress(progress);
      co_await sleep_for(1s);
    }
  };
  run();
  EXPECT_EQ(lines_of("progress").size(), 3U);
}

TEST_F(LogOfARun, TakesBytesThatAreNoText) {
  add_item("a").on_sync = [](JobContext& context) -> awaitable<void> {
    context.log(LogLevel::Info, "latin-1: \xe9");
    co_return;
  };
  run();
  EXPECT_EQ(lines_of("log")[0]["text"], "latin-1: \xef\xbf\xbd");
}

TEST_F(LogOfARun, LeavesOutWhatIsTooMuchAndSaysSo) {
  const std::filesystem::path file = directory.path() / "log";
  {
    FakeClock clock;
    RunLog log(open_run_log(file, queue), clock, false, 2000);
    log.run_began("0123", "srv", {"a"});
    const std::string text(100, 'x');
    for (int i = 0; i < 100; ++i) log.log_line({LogLevel::Info, "a", "", text});
    log.log_line({LogLevel::Error, "a", "", "an error is told all the same"});
    for (int i = 0; i < 100; ++i) log.log_line({LogLevel::Error, "a", "", text});
    log.run_ended(RunResult());
  }
  ASSERT_TRUE(queue.flush(20s));
  EXPECT_LT(std::filesystem::file_size(file), 6000U);
  std::vector<json> all;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) all.push_back(json::parse(line));
  const auto is_full = [](const json& line) { return line["event"] == "log_full"; };
  EXPECT_EQ(std::count_if(all.begin(), all.end(), is_full), 1);
  const auto is_error = [](const json& line) { return line.value("text", "") == "an error is told all the same"; };
  EXPECT_EQ(std::count_if(all.begin(), all.end(), is_error), 1);
  EXPECT_EQ(all.back()["event"], "run_ended");
  EXPECT_EQ(all.back()["left_out"].get<std::size_t>() + all.size(), 1U + 100 + 1 + 100 + 1 + 1);
}

TEST_F(LogOfARun, IsLeftByARunThatWasBusyToo) {
  hosts.get("").held["job-demo"] = "somebody";
  add_item("a");
  run();
  EXPECT_EQ(lines().back()["exit_code"], 4);
}

TEST_F(LogOfARun, ThatCannotBeMadeFailsTheRunBeforeItBegins) {
  std::ofstream(state_directory) << "a file where the directory should be";
  add_item("a").on_validate = step("validate");
  run();
  EXPECT_EQ(result.state, RunState::Failed);
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_TRUE(result.errors[0].message.starts_with("cannot create '")) << result.errors[0].message;
  EXPECT_NE(result.errors[0].remedy, "");
  EXPECT_TRUE(notes.empty());
}

}  // namespace
}  // namespace orchestrator::test
