#include "programs/command_line.hpp"

#include <algorithm>
#include <optional>

#include <CLI/CLI.hpp>

#include "orchestrator/config/names.hpp"
#include "orchestrator/config/units.hpp"
#include "orchestrator/fields.hpp"

namespace orchestrator {

namespace {

constexpr unsigned kLargestConcurrency = 1000;

const char* const kFooter =
    "Exit codes: 0 succeeded, 1 failed, 2 usage or configuration, 3 validation found problems and nothing was\n"
    "changed, 4 busy, 5 timed out, 6 stopped by a monitor, 7 something could not be confirmed gone, 8 cancelled by\n"
    "somebody else, 129, 130 and 143 cancelled by SIGHUP, SIGINT and SIGTERM. A second signal kills without grace.\n"
    "Progress goes to stderr, results to stdout.";

// What was written, before it is looked at as a whole.
struct RawOptions {
  std::string config;
  std::string concurrency;
  std::string timeout;
  std::string fingerprint;
  std::string log;
};

// The options that belong to one action alone.
struct Dependent {
  const CLI::Option* option;
  const CLI::Option* action;
  const CLI::Option* other_action = nullptr;
};

class Parser {
 public:
  Parser() {
    app_.set_help_flag();
    app_.allow_extras();
    app_.get_formatter()->column_width(30);
    app_.footer(kFooter);
    add_actions();
    add_settings();
  }

  CommandLine parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants it
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      throw UsageError(message_of(error));
    }
    refuse_unknown();
    choose_action();
    refuse_conflicts();
    read_values();
    return result_;
  }

  std::string help() { return app_.help(); }

 private:
  void add_actions() {
    const std::string group = "What to do (one of them; none: serve on the bus)";
    add_action(Action::Once, app_.add_option("--once", result_.job, "run a job once, here and now")->type_name("JOB"));
    add_action(Action::Check, add_flag("--check", "check the configuration and show all that is wrong"));
    add_action(Action::List, add_flag("--list", "show the jobs"));
    add_action(Action::PrintConfig, add_flag("--print-config", "show the configuration with all defaults"));
    add_action(Action::Init, add_flag("--init", "write a commented first configuration file"));
    add_action(Action::Trust, app_.add_option("--trust", result_.host, "show a host's key; with --fingerprint, trust it")
                                  ->type_name("HOST"));
    reconcile_ = app_.add_option("--reconcile", result_.host, "end what dead runs left, on one or all hosts")
                     ->expected(0, 1)
                     ->type_name("[HOST]");
    add_action(Action::Reconcile, reconcile_);
    add_action(Action::Version, add_flag("--version", "show the version"));
    add_action(Action::Help, add_flag("--help,-h", "show this"));
    for (const auto& [action, option] : actions_) option->group(group);
  }

  void add_settings() {
    CLI::Option* once = actions_.front().second;
    const auto of_once = [&](CLI::Option* option) {
      option->group("With --once");
      dependents_.push_back({option, once});
      return option;
    };
    config_ = app_.add_option("--config", raw_.config, "read this file, and conf.d/*.toml beside it")
                  ->type_name("FILE")
                  ->group("Where");
    user_ = app_.add_flag("--user", result_.user_bus, "serve on the bus of your session")->group("Where");
    log_ = app_.add_option("--log", raw_.log, "of the daemon: its log as JSON lines, to this file too")
               ->type_name("FILE")
               ->group("Where");
    concurrency_ = of_once(app_.add_option("--concurrency", raw_.concurrency, "items at once, 1 to 1000")->type_name("N"));
    timeout_ = of_once(app_.add_option("--timeout", raw_.timeout, "cancel after this time: 30s, 2h, 1h30m")
                           ->type_name("DURATION"));
    of_once(app_.add_flag("--dry-run", result_.dry_run, "validate, show commands, hosts and paths, change nothing"));
    of_once(app_.add_flag("--json", result_.json, "JSON lines on stdout; the last one is the result"));
    dependents_.back().other_action = reconcile_;
    of_once(app_.add_flag("--verbose,-v", result_.verbose, "show the run's log too"));
    of_once(app_.add_flag("--quiet,-q", result_.quiet, "no progress; silent on success, failures on stderr"));
    of_once(app_.add_flag("--strict", result_.strict, "warnings make the exit code 1"));
    CLI::Option* connect = app_.add_flag("--connect", result_.connect, "log in on every host, show what holds there")
                               ->group("With --check");
    dependents_.push_back({connect, actions_.at(1).second});
    fingerprint_ = app_.add_option("--fingerprint", raw_.fingerprint, "the fingerprint that was compared on the host")
                       ->type_name("SHA256:...")
                       ->group("With --trust");
    dependents_.push_back({fingerprint_, actions_.at(5).second});
  }

  // CLI11 2.1 takes a literal for a default value.
  CLI::Option* add_flag(const std::string& name, const std::string& help) { return app_.add_flag(name, help); }

  void add_action(Action action, CLI::Option* option) { actions_.emplace_back(action, option); }

  // Every name that could have been meant.
  std::vector<std::string> option_names() const {
    std::vector<std::string> names;
    for (const CLI::Option* option : app_.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back(name);
    }
    return names;
  }

  // CLI11's messages begin with "--name: " or end with "--name = value".
  static std::string message_of(const CLI::ParseError& error) {
    const std::string text = error.what();
    const std::size_t begin = std::min(text.find("--"), text.size());
    const std::string name = "'" + text.substr(begin, text.find_first_of(": =", begin) - begin) + "'";
    if (error.get_name() == "ArgumentMismatch") {
      return text.find("missing") != std::string::npos ? name + " needs a value" : name + " is given more than once";
    }
    if (error.get_name() == "ConversionError") return name + " takes no value";
    return text;
  }

  void refuse_unknown() const {
    const std::vector<std::string> extras = app_.remaining();
    if (extras.empty()) return;
    const std::string& word = extras.front();
    if (word.empty() || word.front() != '-') throw UsageError("unexpected argument '" + word + "'");
    const std::string name = word.substr(0, word.find('='));
    std::string message = "unknown option '" + name + "'";
    const std::size_t dashes = std::min(name.find_first_not_of('-'), name.size());
    if (const auto nearest = nearest_name(name.substr(dashes), option_names())) {
      message += ", did you mean '--" + *nearest + "'?";
    }
    throw UsageError(message);
  }

  void choose_action() {
    const CLI::Option* chosen = nullptr;
    for (const auto& [action, option] : actions_) {
      if (option->count() == 0) continue;
      // `--help` beside anything else is a question, not a contradiction.
      if (action == Action::Help) chosen = nullptr;
      if (chosen != nullptr) {
        throw UsageError("'" + chosen->get_name() + "' and '" + option->get_name() + "' exclude each other");
      }
      chosen = option;
      result_.action = action;
    }
    if (chosen == nullptr) result_.action = Action::Daemon;
  }

  void refuse_conflicts() const {
    if (result_.action == Action::Help) return;
    for (const Dependent& dependent : dependents_) {
      const bool fits = dependent.action->count() > 0 || (dependent.other_action && dependent.other_action->count() > 0);
      if (dependent.option->count() > 0 && !fits) {
        const std::string value = dependent.action->get_items_expected() == 0 ? "" : " " + dependent.action->get_type_name();
        throw UsageError("'" + dependent.option->get_name() + "' needs '" + dependent.action->get_name() + value + "'");
      }
    }
    if (user_->count() > 0 && result_.action != Action::Daemon) throw UsageError("'--user' is for the daemon alone");
    if (log_->count() > 0 && result_.action != Action::Daemon) throw UsageError("'--log' is for the daemon alone");
    if (result_.verbose && result_.quiet) throw UsageError("'--verbose' and '--quiet' exclude each other");
  }

  void read_values() {
    if (result_.action == Action::Once && result_.job.empty()) throw UsageError("'--once' needs a job's name");
    if (result_.action == Action::Trust && result_.host.empty()) throw UsageError("'--trust' needs a host's name");
    if (config_->count() > 0) {
      if (raw_.config.empty()) throw UsageError("'--config' needs a file");
      result_.config = raw_.config;
    }
    if (log_->count() > 0) {
      if (raw_.log.empty()) throw UsageError("'--log' needs a file");
      result_.log = raw_.log;
    }
    if (concurrency_->count() > 0) result_.concurrency = read_concurrency(raw_.concurrency);
    if (timeout_->count() > 0) result_.timeout = read_timeout(raw_.timeout);
    if (fingerprint_->count() > 0) result_.fingerprint = raw_.fingerprint;
  }

  static unsigned read_concurrency(const std::string& text) {
    const std::optional<std::uint64_t> value = number_in(text);
    if (!value || *value < 1 || *value > kLargestConcurrency) {
      throw UsageError("'--concurrency' expects a number from 1 to 1000, not '" + text + "'");
    }
    return static_cast<unsigned>(*value);
  }

  static std::chrono::milliseconds read_timeout(const std::string& text) {
    std::chrono::milliseconds value{};
    try {
      value = parse_duration(text);
    } catch (const Error& error) {
      throw UsageError("'--timeout': " + std::string(error.what()));
    }
    if (value <= std::chrono::milliseconds::zero()) throw UsageError("'--timeout' expects more than nothing, like '30s'");
    return value;
  }

  CLI::App app_{"Runs sync jobs between machines over SSH, and leaves nothing behind when it ends.", "orchestratord"};
  CommandLine result_;
  RawOptions raw_;
  std::vector<std::pair<Action, CLI::Option*>> actions_;
  std::vector<Dependent> dependents_;
  CLI::Option* config_ = nullptr;
  CLI::Option* user_ = nullptr;
  CLI::Option* log_ = nullptr;
  CLI::Option* concurrency_ = nullptr;
  CLI::Option* timeout_ = nullptr;
  CLI::Option* reconcile_ = nullptr;
  CLI::Option* fingerprint_ = nullptr;
};

}  // namespace

CommandLine parse_command_line(std::vector<std::string> arguments) { return Parser().parse(std::move(arguments)); }

std::string help_text() { return Parser().help(); }

}  // namespace orchestrator
