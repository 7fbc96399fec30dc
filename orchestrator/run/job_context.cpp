#include "orchestrator/run/job_context.hpp"

namespace orchestrator {

namespace {

std::string first_word(const std::string& command) { return command.substr(0, command.find(' ')); }

std::string command_failed_message(const CommandFailed::Details& details) {
  std::string text = "'" + (details.program.empty() ? first_word(details.command) : details.program) + "'";
  if (!details.host.empty()) text += " on '" + details.host + "'";
  text += " failed: " + to_string(details.status);
  if (!details.meaning.empty()) text += " (" + details.meaning + ")";
  return text;
}

}  // namespace

CommandFailed::CommandFailed(Details details, std::string remedy)
    : Error(command_failed_message(details), std::move(remedy)), details_(std::move(details)) {}

std::string_view to_string(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::Debug: return "debug";
    case LogLevel::Info: return "info";
    case LogLevel::Warning: return "warning";
    case LogLevel::Error: return "error";
  }
  return "unknown";
}

}  // namespace orchestrator
