#include "orchestrator/run/run_errors.hpp"

#include <algorithm>
#include <tuple>

#include "orchestrator/config/error.hpp"
#include "orchestrator/run/job_context.hpp"
#include "orchestrator/tasks/group_error.hpp"

namespace orchestrator {

namespace {

std::vector<std::string> last_lines(std::string_view text, std::size_t most) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most));
  return lines;
}

void add_details(RunError& error, const CommandFailed::Details& details) {
  error.host = details.host;
  error.command = details.command;
  error.status = to_string(details.status);
  if (!details.meaning.empty()) error.status += " (" + details.meaning + ")";
  error.error_lines = last_lines(details.errors, kErrorLines);
}

/// One that is no group.
std::vector<RunError> single_errors(const std::exception_ptr& thrown, RunError error) {
  std::vector<RunError> all;
  try {
    std::rethrow_exception(thrown);
  } catch (const ConfigErrors& errors) {
    for (const ConfigError& one : errors.errors()) {
      error.message = to_string(one);
      all.push_back(error);
    }
    return all;
  } catch (const CommandFailed& failed) {
    error.message = failed.what();
    error.remedy = failed.remedy();
    add_details(error, failed.details());
  } catch (const Error& failed) {
    error.message = failed.what();
    error.remedy = failed.remedy();
  } catch (...) {
    error.message = describe(thrown);
  }
  all.push_back(std::move(error));
  return all;
}

}  // namespace

std::vector<RunError> run_errors(const std::exception_ptr& thrown, Phase phase, const std::string& item) {
  RunError base;
  base.item = item;
  base.phase = phase;
  std::vector<RunError> all;
  try {
    std::rethrow_exception(thrown);
  } catch (const TaskGroupError& group) {
    for (const TaskError& entry : group.flatten()) {
      for (RunError& error : single_errors(entry.error, base)) all.push_back(std::move(error));
    }
  } catch (...) {
    all = single_errors(thrown, base);
  }
  return all;
}

bool is_same_failure(const RunError& a, const RunError& b) {
  const auto key = [](const RunError& error) {
    return std::tie(error.phase, error.message, error.remedy, error.host, error.command, error.status);
  };
  return key(a) == key(b);
}

void mask_error(RunError& error, const std::function<std::string(std::string_view)>& mask) {
  for (std::string* text : {&error.message, &error.remedy, &error.command, &error.status}) *text = mask(*text);
  for (std::string& line : error.error_lines) line = mask(line);
}

}  // namespace orchestrator
