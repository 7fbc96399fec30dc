#include "jobs/command_job.hpp"

#include <algorithm>

#include "jobs/feed_file.hpp"
#include "jobs/local_environment.hpp"
#include "jobs/probe_paths.hpp"
#include "jobs/read_streams.hpp"
#include "orchestrator/process/tail.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kErrorTail = 64 * 1024;

std::string where_it_runs(const std::string& host) {
  return host.empty() ? "on this machine" : "on '" + host + "'";
}

/// Words for exit codes that shells give a meaning.
std::string meaning_of(const ExitStatus& status) {
  const auto* exited = std::get_if<Exited>(&status);
  if (exited == nullptr) return {};
  if (exited->code == 126) return "cannot be executed";
  if (exited->code == 127) return "command not found";
  if (exited->code > 128) {
    const std::string name = signal_name(exited->code - 128);
    if (!name.empty() && (name[0] < '0' || name[0] > '9')) return "as after SIG" + name;
  }
  return {};
}

std::string remedy_for(const ExitStatus& status) {
  const auto* exited = std::get_if<Exited>(&status);
  if (exited != nullptr && exited->code == 127) return "install it, or write its whole path: PATH may be shorter there";
  if (exited == nullptr) return "see what it wrote before its end, and in the log of its machine what ended it";
  return "see what it wrote; if this exit code is in order, add it to 'ok_exit_codes'";
}

bool is_ok(const ExitStatus& status, const std::vector<int>& codes) {
  const auto* exited = std::get_if<Exited>(&status);
  return exited != nullptr && std::find(codes.begin(), codes.end(), exited->code) != codes.end();
}

}  // namespace

JobPlan CommandJob::plan() const {
  JobPlan plan;
  plan.hosts.push_back(settings_.host);
  if (!settings_.stdin_file.empty()) {
    if (!settings_.host.empty()) plan.hosts.insert(plan.hosts.begin(), std::string());
    plan.paths.push_back({"", settings_.stdin_file, false});
  }
  // Values of the environment may be secret, names are not.
  std::string text;
  for (const auto& [name, value] : settings_.environment) text += name + "=*** ";
  text += describe(settings_.program);
  if (!settings_.stdin_file.empty()) text += " < " + quote_for_shell(settings_.stdin_file);
  if (!settings_.directory.empty()) {
    text = "cd " + quote_for_shell(settings_.directory) + " && " + text;
  }
  plan.commands.push_back(std::move(text));
  return plan;
}

awaitable<std::vector<Problem>> CommandJob::validate(JobContext& context) {
  std::vector<Problem> problems;
  co_await check_environment(context, problems);
  co_await check_place(context, problems);
  co_await check_input(context, problems);
  co_return problems;
}

awaitable<void> CommandJob::check_environment(JobContext& context, std::vector<Problem>& problems) {
  for (const auto& [name, text] : settings_.environment) {
    try {
      co_await context.resolve(text);
    } catch (const Error& error) {
      problems.push_back({"environment." + name + ": " + error.what(), error.remedy()});
    } catch (const std::exception& error) {
      problems.push_back({"environment." + name + ": " + error.what(), ""});
    }
  }
}

awaitable<void> CommandJob::check_place(JobContext& context, std::vector<Problem>& problems) {
  const auto* words = std::get_if<ArgumentVector>(&settings_.program);
  const std::string& directory = settings_.directory;
  Host& host = context.host(settings_.host);
  ProbeQuestions first;
  if (directory.empty() && words != nullptr) first.programs.push_back(words->words.front());
  if (!directory.empty()) first.paths.push_back(directory);
  // A shell without a directory needs nothing but the host itself.
  const ProbeAnswers answers = co_await probe_paths(context, host, std::move(first));
  bool found = directory.empty() && words != nullptr ? answers.programs.front() : true;

  if (!directory.empty()) {
    const PathFacts& facts = answers.paths.front();
    if (!facts.is_directory || !facts.may_enter) {
      problems.push_back({"the directory '" + directory + "' " + where_it_runs(settings_.host) +
                              (facts.is_directory ? " cannot be entered" : " does not exist"),
                          "create it, or correct 'directory' in the configuration"});
      co_return;
    }
    if (words != nullptr) {
      ProbeQuestions second;
      second.programs.push_back(words->words.front());
      second.directory = directory;
      const ProbeAnswers more = co_await probe_paths(context, host, std::move(second));
      found = more.programs.front();
    }
  }
  if (!found) {
    problems.push_back(
        {"there is no program '" + words->words.front() + "' " + where_it_runs(settings_.host),
         "install it, or write its whole path: the PATH of the orchestrator or of the login there "
         "may be shorter than that of your terminal"});
  }
}

awaitable<void> CommandJob::check_input(JobContext& context, std::vector<Problem>& problems) {
  if (settings_.stdin_file.empty()) co_return;
  ProbeQuestions questions;
  questions.paths.push_back(settings_.stdin_file);
  const ProbeAnswers answers =
      co_await probe_paths(context, context.host(""), std::move(questions));
  const PathFacts& facts = answers.paths.front();
  if (facts.exists && !facts.is_directory && facts.may_read) co_return;
  problems.push_back({"the stdin_file '" + settings_.stdin_file + "' " +
                          (!facts.exists        ? "does not exist"
                           : facts.is_directory ? "is a directory"
                                                : "cannot be read"),
                      "create it, or correct 'stdin_file' in the configuration"});
}

awaitable<Command> CommandJob::make_command(JobContext& context) {
  Command command;
  command.program = settings_.program;
  command.environment = base_environment(context.host(settings_.host));
  for (const auto& [name, text] : settings_.environment) {
    std::string value = co_await context.resolve(text);
    command.environment[name] = std::move(value);
  }
  command.directory = settings_.directory;
  command.umask = settings_.umask;
  command.stop = context.stop_ladder();
  co_return command;
}

awaitable<void> CommandJob::pre_sync(JobContext& /*context*/) { co_return; }

awaitable<void> CommandJob::sync(JobContext& context) {
  Host& host = context.host(settings_.host);
  Command command = co_await make_command(context);
  std::string errors;
  ExitStatus status = Unknown{};
  const auto log_output = [&context](std::string_view line) { context.log(LogLevel::Info, line); };
  if (settings_.stdin_file.empty()) {
    RunProcessOptions options;
    options.on_output_line = log_output;
    ProcessResult result = co_await context.run(host, std::move(command), std::move(options));
    status = result.status;
    errors = std::move(result.errors);
  } else {
    Tail tail(kErrorTail);
    LineSplitter lines(log_output);
    StreamHandlers handlers;
    handlers.on_output = [&lines](std::string_view bytes) { lines.append(bytes); };
    handlers.on_error_line = [&context, &tail](std::string_view line) {
      context.log(LogLevel::Info, line);
      tail.append(line);
      tail.append("\n");
    };
    status = co_await run_with_file(context, host, std::move(command), settings_.stdin_file,
                                    std::move(handlers));
    lines.finish();
    errors = tail.text();
  }
  if (is_ok(status, settings_.ok_exit_codes)) co_return;
  CommandFailed::Details details;
  details.host = settings_.host;
  details.command = describe(settings_.program);
  if (std::holds_alternative<ShellScript>(settings_.program)) details.program = "sh";
  details.status = status;
  details.meaning = meaning_of(status);
  details.errors = std::move(errors);
  throw CommandFailed(std::move(details), remedy_for(status));
}

awaitable<void> CommandJob::post_sync(JobContext& /*context*/) { co_return; }

JobType command_job_type() {
  JobType type;
  type.name = "command";
  type.section = command_section();
  type.make = [](const JobConfig& job, const Config& config) {
    std::vector<std::unique_ptr<Job>> items;
    items.push_back(std::make_unique<CommandJob>(job.name, command_settings(job, config)));
    return items;
  };
  return type;
}

}  // namespace orchestrator
