#include "tests/support/fake_run_store.hpp"

#include <algorithm>
#include <stdexcept>

namespace orchestrator::test {

void FakeRunStore::note(const std::string& call, const std::string& what) {
  if (on_call) on_call(call);
  calls.push_back(what.empty() ? call : call + " " + what);
}

awaitable<void> FakeRunStore::begin_run(StoredRun run) {
  note("begin_run", "");
  runs.push_back(std::move(run));
  co_return;
}

awaitable<void> FakeRunStore::end_run(std::string id, std::string state, StoredTime ended, std::string summary) {
  note("end_run", state);
  StoredRun& stored = run(id);
  stored.state = std::move(state);
  stored.ended = ended;
  stored.summary = std::move(summary);
  co_return;
}

awaitable<void> FakeRunStore::intend(StoredCommand command) {
  note("intend", std::to_string(command.number));
  commands.push_back(std::move(command));
  co_return;
}

awaitable<void> FakeRunStore::started(std::string run_id, unsigned number, ProcessTrace trace) {
  note("started", std::to_string(number));
  StoredCommand& stored = command(run_id, number);
  stored.trace = std::move(trace);
  stored.state = CommandState::Started;
  co_return;
}

awaitable<void> FakeRunStore::set_state(std::string run_id, unsigned number, CommandState state) {
  note(std::string(to_string(state)), std::to_string(number));
  command(run_id, number).state = state;
  co_return;
}

awaitable<std::vector<StoredRun>> FakeRunStore::open_runs(std::string living) {
  if (on_call) on_call("open_runs");
  std::vector<StoredRun> open;
  for (const StoredRun& run : runs) {
    if (!run.has_ended() && run.instance == living) continue;
    const auto of_it = [&run](const StoredCommand& one) { return one.run == run.id && one.state != CommandState::Gone; };
    if (!run.has_ended() || std::any_of(commands.begin(), commands.end(), of_it)) open.push_back(run);
  }
  co_return open;
}

awaitable<std::vector<StoredRun>> FakeRunStore::newest_runs(RunQuery query) {
  if (on_call) on_call("newest_runs");
  std::vector<StoredRun> found;
  for (auto run = runs.rbegin(); run != runs.rend() && found.size() < query.limit; ++run) {
    const bool matches = (query.job.empty() || run->job == query.job) &&
                         (query.state.empty() || run->state == query.state) && run->id.starts_with(query.id_prefix);
    if (matches) found.push_back(*run);
  }
  co_return found;
}

awaitable<std::vector<StoredCommand>> FakeRunStore::open_commands() {
  if (on_call) on_call("open_commands");
  std::vector<StoredCommand> open;
  for (const StoredCommand& one : commands) {
    if (one.state != CommandState::Gone) open.push_back(one);
  }
  co_return open;
}

StoredRun& FakeRunStore::run(const std::string& id) {
  const auto found = std::find_if(runs.begin(), runs.end(), [&id](const StoredRun& one) { return one.id == id; });
  if (found == runs.end()) throw std::out_of_range("no run '" + id + "'");
  return *found;
}

StoredCommand& FakeRunStore::command(const std::string& run_id, unsigned number) {
  for (StoredCommand& one : commands) {
    if (one.run == run_id && one.number == number) return one;
  }
  throw std::out_of_range("no such command");
}

}  // namespace orchestrator::test
