#include "tests/support/fake_job_context.hpp"

namespace orchestrator::test {

FakeJobContext::FakeJobContext(std::vector<Host*> hosts) {
  for (Host* host : hosts) add_host(*host);
}

void FakeJobContext::add_host(Host& host) { hosts_[host.name()] = &host; }

Host& FakeJobContext::host(const std::string& name) {
  const auto found = hosts_.find(name);
  if (found == hosts_.end()) throw Error("the test has no host '" + name + "'");
  return *found->second;
}

awaitable<std::string> FakeJobContext::resolve(std::string text) {
  const auto found = references.find(text);
  if (found != references.end()) co_return found->second;
  if (text.find("${") != text.npos) throw Error("cannot resolve '" + text + "'");
  co_return text;
}

void FakeJobContext::progress(Progress progress) {
  if (on_progress) on_progress(progress);
  reports.push_back(std::move(progress));
}

void FakeJobContext::log(LogLevel level, std::string_view text) {
  lines.push_back(std::string(to_string(level)) + ": " + std::string(text));
  if (on_log) on_log(lines.back());
}

void FakeJobContext::on_exit(std::string name, ExitAction action) {
  exit_actions.emplace_back(std::move(name), std::move(action));
}

void FakeJobContext::on_failure(std::string name, ExitAction action) {
  exit_actions.emplace_back(std::move(name), std::move(action));
}

void FakeJobContext::leftovers(std::vector<Leftover> left) {
  left_over.insert(left_over.end(), left.begin(), left.end());
}

awaitable<ProcessResult> FakeJobContext::run(Host& host, Command command,
                                             RunProcessOptions options) {
  options.on_leftovers = [this](std::vector<Leftover> left) { leftovers(std::move(left)); };
  options.on_error_line = [this](std::string_view line) { log(LogLevel::Warning, line); };
  return run_process(host, std::move(command), std::move(options));
}

}  // namespace orchestrator::test
