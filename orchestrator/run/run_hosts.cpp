#include "orchestrator/run/run_hosts.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace orchestrator {

namespace {

constexpr auto kRunCookie = "ORCHESTRATOR_RUN";

std::string runs_around(const std::map<std::string, std::string>& environment) {
  const auto given = environment.find(kRunCookie);
  if (given != environment.end()) return given->second;
  const char* ours = std::getenv(kRunCookie);
  return ours ? ours : "";
}

bool is_same(const Leftover& a, const Leftover& b) {
  return a.host == b.host && a.group == b.group && a.command == b.command;
}

}  // namespace

RunHosts::RunHosts(std::string run_id, std::string run_as) : run_id_(std::move(run_id)), run_as_(std::move(run_as)) {}

std::vector<std::pair<std::string, std::size_t>> RunHosts::running() const {
  std::vector<std::pair<std::string, std::size_t>> some;
  for (const auto& [host, count] : running_) {
    if (count > 0) some.emplace_back(host, count);
  }
  return some;
}

std::vector<std::string> RunHosts::used_hosts() const {
  return {started_.begin(), started_.end()};
}

void RunHosts::add_cookie(unsigned number, std::map<std::string, std::string>& environment) const {
  const std::string outer = runs_around(environment);
  environment[kRunCookie] = outer.empty() ? run_id_ : outer + ":" + run_id_;
  environment[std::string(kCommandCookie)] = fmt::format("{}.{:08x}", run_id_, number);
}

void RunHosts::left(const std::vector<Leftover>& leftovers) {
  for (const Leftover& one : leftovers) {
    const auto known = [&one](const Leftover& other) { return is_same(one, other); };
    if (std::none_of(leftovers_.begin(), leftovers_.end(), known)) leftovers_.push_back(one);
  }
}

}  // namespace orchestrator
