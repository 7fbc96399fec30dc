#include "tests/support/run_test.hpp"

#include <stdexcept>
#include <utility>

#include "orchestrator/tasks/sleep.hpp"

namespace orchestrator::test {

void RecordingSink::run_began(const std::string& /*id*/, const std::string& job,
                              const std::vector<std::string>& items) {
  events.push_back("run of " + job + " began with " + std::to_string(items.size()));
}

void RecordingSink::state_changed(RunState state) { events.push_back("state " + std::string(to_string(state))); }

void RecordingSink::item_began(const std::string& item, Phase phase) {
  events.push_back("began " + item + " " + std::string(to_string(phase)));
}

void RecordingSink::item_progress(const std::string& /*item*/, const Progress& now) { progress.push_back(now); }

void RecordingSink::item_ended(const std::string& item, Phase phase, ItemEnd end) {
  events.push_back("ended " + item + " " + std::string(to_string(phase)) + " " + std::string(to_string(end)));
}

void RecordingSink::failed(const RunError& error) { events.push_back("failed " + error.item + ": " + error.message); }

void RecordingSink::log_line(const LogLine& line) {
  std::string text(to_string(line.level));
  text.append(" ").append(line.item);
  if (!line.host.empty()) text.append("@").append(line.host);
  text.append(": ").append(line.text);
  log.push_back(std::move(text));
}

void RecordingSink::stopping(const Stopping& what) {
  events.push_back("stopping at level " + std::string(to_string(what.level)));
  stops.push_back(what);
}

void RecordingSink::run_ended(const RunResult& /*result*/) { events.emplace_back("run ended"); }

RunTest::RunTest() {
  job.name = "demo";
  job.common.timeout.reset();
}

FakeJob& RunTest::add_item(const std::string& name) {
  auto fake = std::make_unique<FakeJob>(name);
  FakeJob& kept = *fake;
  items.push_back(std::move(fake));
  return kept;
}

FakeJob::Step RunTest::step(std::string name, Duration takes) {
  return [this, name = std::move(name), takes](JobContext&) -> awaitable<void> {
    co_await sleep_for(takes);
    note(name);
  };
}

FakeJob::Step RunTest::failing(std::string message, Duration takes) {
  return [message = std::move(message), takes](JobContext&) -> awaitable<void> {
    co_await sleep_for(takes);
    throw Error(message, "try again");
  };
}

void RunTest::at(Duration when, std::function<void()> what) { timed_.emplace_back(when, std::move(what)); }

void RunTest::cancel_at(Duration when, CancelLevel level, CancelReason reason) {
  at(when, [this, level, reason] { scope.cancel(reason, level); });
}

RunResult RunTest::run() {
  RunSetup setup{random_id(), job, std::move(items), hosts, sink, state_directory, output, user};
  setup.monitors = monitors;
  if (keeps_records) setup.store = &store;
  std::vector<Alarm> alarms;
  for (auto& [when, what] : timed_) {
    alarms.push_back(loop.loop().clock().call_at(loop.loop().clock().now() + when, what));
  }
  auto body = [&]() -> awaitable<void> { result = co_await execute_run(std::move(setup), options, scope); };
  loop.run(std::move(body));
  return result;
}

const ItemResult& RunTest::item(const std::string& name) const {
  for (const ItemResult& one : result.items) {
    if (one.item == name) return one;
  }
  throw std::out_of_range("no item '" + name + "'");
}

}  // namespace orchestrator::test
