#include "programs/control/control_line.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "orchestrator/config/names.hpp"
#include "orchestrator/config/units.hpp"

namespace orchestrator {

namespace {

const char* const kControlFooter =
    "RUN is an id, four or more of its first digits, 'latest', or the name of a job for its newest run.\n"
    "Exit codes are those of 'orchestratord --once'; 8 cancelled by somebody else, 9 the daemon died, 10 the run was\n"
    "left to the daemon, 69 no daemon.";

class ControlParser {
 public:
  ControlParser() {
    app_.set_help_flag();
    app_.footer(kControlFooter);
    app_.get_formatter()->column_width(30);
    app_.fallthrough();
    flag(app_, "--user", user_, "the daemon of your session");
    flag(app_, "--system", system_, "the daemon of the machine, which is the default");
    flag(app_, "--json", line_.json, "JSON on stdout");
    flag(app_, "--no-pager", no_pager_, "accepted; there is no pager");
    flag(app_, "--help,-h", help_, "show this");
    add_runs();
    add_views();
    add_rest();
  }

  ControlLine parse(std::vector<std::string> arguments) {
    for (const std::string& word : arguments) help_ = help_ || word == "--help" || word == "-h";
    const bool wants_help = help_;
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants it
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      if (!wants_help) throw UsageError(error.what());
    }
    help_ = wants_help;
    const auto chosen = app_.get_subcommands();
    if (help_ || chosen.empty()) {
      if (!help_) throw UsageError("nothing to do; try 'orchestratorctl list' or 'orchestratorctl run JOB'");
      line_.help = chosen.empty() ? app_.help() : chosen.front()->help();
      return line_;
    }
    for (const auto& [command, action] : actions_) {
      if (command == chosen.front()) line_.action = action;
    }
    if (line_.action == ControlAction::Timers && !line_.cron && !file_.empty())
      throw UsageError("'timers FILE' needs '--cron': systemd knows only the schedules of the configuration in force");
    if (user_ && system_) throw UsageError("'--user' and '--system' exclude each other");
    line_.user_bus = user_;
    if (no_wait_ && wait_) throw UsageError("'--wait' and '--no-wait' exclude each other");
    line_.waits = !no_wait_;
    read_values();
    return line_;
  }

 private:
  // CLI11 2.1 takes a literal for a default value.
  static void flag(CLI::App& app, const std::string& name, bool& value, const std::string& help) {
    app.add_flag(name, value, help);
  }

  CLI::App& command(ControlAction action, const std::string& name, const std::string& help) {
    CLI::App* added = app_.add_subcommand(name, help);
    added->set_help_flag();
    actions_.emplace_back(added, action);
    return *added;
  }
  CLI::Option* name_of(CLI::App& app, const std::string& what, const std::string& help) {
    return app.add_option(what, line_.name, help);
  }

  void add_runs() {
    CLI::App& run = command(ControlAction::Run, "run", "run a job, show how it goes, wait for its end");
    name_of(run, "JOB", "")->required();
    flag(run, "--wait", wait_, "until it has ended, which is the default");
    flag(run, "--no-wait", no_wait_, "print the run's id alone, and return");
    flag(run, "--follow,-f", line_.follow, "show the run's log too");
    flag(run, "--dry-run", line_.dry_run, "validate, show commands, hosts and paths, change nothing");
    flag(run, "--strict", line_.strict, "warnings make the exit code 1");
    flag(run, "--quiet,-q", line_.quiet, "no progress; silent on success, failures on stderr");
    run.add_option("--timeout", timeout_, "cancel after this time: 30s, 2h")->type_name("DURATION");
    run.add_option("--concurrency", concurrency_, "items at once, 1 to 1000")->type_name("N");
    CLI::App& cancel = command(ControlAction::Cancel, "cancel", "end a run, and wait until nothing of it is left");
    name_of(cancel, "RUN", "")->required();
    flag(cancel, "--kill", line_.kill, "without grace");
    flag(cancel, "--no-wait", no_wait_, "do not wait for its end");
    CLI::App& wait = command(ControlAction::Wait, "wait", "wait for the end of a run; its exit code");
    name_of(wait, "RUN", "")->required();
  }

  void add_views() {
    name_of(command(ControlAction::Status, "status", "what is going on, or how a run stands"), "RUN", "");
    command(ControlAction::List, "list", "the jobs");
    CLI::App& runs = command(ControlAction::Runs, "runs", "the newest runs, of one job or of all");
    name_of(runs, "JOB", "");
    runs.add_option("--limit,-n", limit_, "how many, 1 to 1000")->type_name("N");
    name_of(command(ControlAction::Show, "show", "what a run did, and why it failed"), "RUN", "")->required();
    CLI::App& logs = command(ControlAction::Logs, "logs", "the log of a run");
    name_of(logs, "RUN", "")->required();
    flag(logs, "--follow,-f", line_.follow, "until the run has ended");
    CLI::App& last = command(ControlAction::Last, "last", "is the last run of a job good and recent: 0, 1, 2 or 3, for monitoring");
    name_of(last, "JOB", "")->required();
    last.add_option("--max-age", max_age_, "the last success may be this old")->type_name("DURATION");
    command(ControlAction::Tasks, "tasks", "every task of the daemon");
  }

  void add_rest() {
    CLI::App& timers = command(ControlAction::Timers, "timers", "when jobs start by themselves");
    flag(timers, "--cron", line_.cron, "as lines of a crontab, for machines without systemd");
    timers.add_option("FILE", file_, "with --cron: of this configuration");
    name_of(command(ControlAction::Reconcile, "reconcile", "end what dead runs left, on one or all hosts"), "HOST", "");
    command(ControlAction::Check, "check", "check the configuration, or a file").add_option("FILE", file_, "");
    command(ControlAction::Reload, "reload", "make the daemon read its configuration again");
    command(ControlAction::Version, "version", "of this program and of the daemon");
  }

  static unsigned number_in(const std::string& option, const std::string& text) {
    const bool digits = !text.empty() && text.size() <= 4 && text.find_first_not_of("0123456789") == std::string::npos;
    const unsigned value = digits ? static_cast<unsigned>(std::stoul(text)) : 0;
    if (value < 1 || value > 1000) throw UsageError("'" + option + "' expects a number from 1 to 1000, not '" + text + "'");
    return value;
  }
  static std::chrono::milliseconds time_in(const std::string& option, const std::string& text) {
    std::chrono::milliseconds value{};
    try {
      value = parse_duration(text);
    } catch (const Error& error) {
      throw UsageError("'" + option + "': " + error.what());
    }
    if (value <= std::chrono::milliseconds::zero()) throw UsageError("'" + option + "' expects more than nothing");
    return value;
  }

  void read_values() {
    if (!timeout_.empty()) line_.timeout = time_in("--timeout", timeout_);
    if (!max_age_.empty()) line_.max_age = time_in("--max-age", max_age_);
    if (!concurrency_.empty()) line_.concurrency = number_in("--concurrency", concurrency_);
    if (!limit_.empty()) line_.limit = number_in("--limit", limit_);
    if (!file_.empty()) line_.file = file_;
  }

  CLI::App app_{"Talks to the daemon 'orchestratord': runs sync jobs, shows them, ends them.", "orchestratorctl"};
  ControlLine line_;
  std::vector<std::pair<const CLI::App*, ControlAction>> actions_;
  bool user_ = false;
  bool system_ = false;
  bool no_pager_ = false;
  bool help_ = false;
  bool wait_ = false;
  bool no_wait_ = false;
  std::string timeout_;
  std::string max_age_;
  std::string concurrency_;
  std::string limit_;
  std::string file_;
};

}  // namespace

ControlLine parse_control_line(std::vector<std::string> arguments) { return ControlParser().parse(std::move(arguments)); }

}  // namespace orchestrator
