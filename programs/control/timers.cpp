#include "programs/control/timers.hpp"

#include <algorithm>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "jobs/job_types.hpp"
#include "orchestrator/run/exit_code.hpp"
#include "programs/control/crontab.hpp"
#include "programs/control/table.hpp"
#include "programs/inspect.hpp"
#include "programs/standard_streams.hpp"
#include "programs/terminal/terminal_style.hpp"
#include "systemd/service_manager.hpp"
#include "systemd/timer_units.hpp"

namespace orchestrator {

namespace {

constexpr const char* kReloadCommand = "systemctl daemon-reload && systemctl start timers.target";
constexpr const char* kUserReloadCommand = "systemctl --user daemon-reload && systemctl --user start timers.target";

BusKind bus_of(const ControlLine& line) { return line.user_bus ? BusKind::User : BusKind::System; }

/// The schedules that the timers on that bus are made of; none where they cannot be read.
std::optional<std::vector<Schedule>> planned_schedules(const ControlLine& line) {
  LoadOptions options;
  options.user.system = !line.user_bus;
  try {
    return schedules_of(load_config(all_sections(job_types()), options));
  } catch (const ConfigErrors&) {
    return std::nullopt;
  }
}

/// What is planned, and what systemd has; a job may be in both.
std::vector<TimerRow> all_timers(const ControlLine& line) {
  std::vector<TimerRow> rows = ServiceManager(bus_of(line)).timers();
  // systemd may remember one for a while whose schedule is gone; it starts nothing any more.
  std::erase_if(rows, [](const TimerRow& row) { return !row.has_file; });
  for (const Schedule& schedule : planned_schedules(line).value_or(std::vector<Schedule>())) {
    if (std::ranges::find(rows, schedule.job, &TimerRow::job) != rows.end()) continue;
    TimerRow row;
    row.job = schedule.job;
    row.calendar = schedule.settings.calendar;
    rows.push_back(std::move(row));
  }
  std::ranges::sort(rows, {}, &TimerRow::job);
  return rows;
}

std::string state_of(const TimerRow& row) {
  if (row.unit.empty()) return "not known to systemd yet";
  return row.active ? "waiting" : "stopped";
}

std::string timers_json(const std::vector<TimerRow>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const TimerRow& row : rows) {
    nlohmann::ordered_json one;
    one["job"] = row.job;
    one["next"] = row.next ? nlohmann::ordered_json(utc_seconds(*row.next)) : nlohmann::ordered_json();
    one["calendar"] = row.calendar;
    one["state"] = state_of(row);
    one["unit"] = row.unit;
    list.push_back(std::move(one));
  }
  return list.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::filesystem::path program_beside_us(const std::string& name) {
  std::error_code ec;
  const std::filesystem::path found = std::filesystem::read_symlink("/proc/self/exe", ec).parent_path() / name;
  return ::access(found.c_str(), X_OK) == 0 ? found : std::filesystem::path(name);
}

/// Of timers that systemd has read: it starts none by itself, and goes on with those that are gone.
void follow_the_files(ServiceManager& manager) {
  for (const TimerRow& row : manager.timers()) {
    if (row.has_file && !row.active) manager.start(row.unit);
    if (!row.has_file && row.active) manager.stop(row.unit);
  }
  manager.forget_failure(kMistakesUnit);
}

}  // namespace

int show_timers(const ControlLine& line) {
  const std::vector<TimerRow> timers = all_timers(line);
  if (line.json) {
    write_all(STDOUT_FILENO, timers_json(timers));
    return kExitSucceeded;
  }
  std::vector<std::vector<std::string>> rows{{"JOB", "NEXT", "CALENDAR"}};
  for (const TimerRow& row : timers) {
    rows.push_back({row.job, row.next ? local_time(*row.next) : state_of(row), row.calendar});
  }
  write_all(STDOUT_FILENO, table_text(rows, terminal_style(STDOUT_FILENO)));
  const bool unknown = std::ranges::any_of(timers, [](const TimerRow& row) { return row.unit.empty(); });
  if (unknown) complain("systemd has not read all schedules: run 'orchestratorctl reload'", "orchestratorctl");
  return kExitSucceeded;
}

int print_crontab(const ControlLine& line) {
  LoadOptions options;
  options.config_file = line.file;
  std::vector<std::string> words{program_beside_us("orchestratord").string(), "--quiet"};
  if (line.file) words.insert(words.end(), {"--config", std::filesystem::absolute(*line.file).string()});
  words.emplace_back("--once");
  const std::string command = cron_command(words);
  if (command.find('\n') != std::string::npos) throw Error("a crontab cannot have a path with a line break in it");
  const Crontab crontab = crontab_of(schedules_of(load_checked(job_types(), options)), command);
  write_all(STDOUT_FILENO, crontab.text);
  for (const std::string& problem : crontab.problems) complain(problem, "orchestratorctl");
  return crontab.problems.empty() ? kExitSucceeded : kExitFailed;
}

int reload_schedules(const ControlLine& line) {
  try {
    ServiceManager manager(bus_of(line));
    const auto planned = planned_schedules(line);
    if (planned && planned->empty() && manager.timers().empty()) return kExitSucceeded;
    manager.reload();
    follow_the_files(manager);
  } catch (const ManagerRefusal& refusal) {
    if (refusal.kind() == ManagerRefusal::Kind::NotThere) return kExitSucceeded;
    const bool denied = refusal.kind() == ManagerRefusal::Kind::NotAllowed;
    if (!denied) complain(refusal.what(), "orchestratorctl");
    complain("the daemon has read its configuration; for changed schedules run: " +
                 std::string(line.user_bus ? kUserReloadCommand : kReloadCommand),
             "orchestratorctl");
    return denied ? kExitSucceeded : kExitFailed;
  }
  return kExitSucceeded;
}

}  // namespace orchestrator
