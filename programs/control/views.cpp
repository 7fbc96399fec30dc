#include "programs/control/views.hpp"

#include <algorithm>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/tasks/format_duration.hpp"
#include "programs/control/table.hpp"
#include "programs/standard_streams.hpp"
#include "programs/terminal/json_events.hpp"
#include "programs/terminal/numbers.hpp"
#include "programs/terminal/summary.hpp"

namespace orchestrator {

namespace {

using Json = nlohmann::ordered_json;
using SystemClock = std::chrono::system_clock;

constexpr std::size_t kShortId = 12;

std::string json_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json json_of(const RunRow& run) {
  Json json;
  json["run"] = run.id;
  json["job"] = run.job;
  json["state"] = run.state;
  json["began"] = utc_seconds(run.began);
  json["ended"] = run.ended == SystemClock::time_point() ? Json() : Json(utc_seconds(run.ended));
  json["exit_code"] = run.exit_code < 0 ? Json() : Json(run.exit_code);
  return json;
}

std::vector<std::string> cells_of(const RunRow& run) {
  const bool over = run.ended != SystemClock::time_point();
  const std::string took = over ? format_duration(run.ended - run.began) : "";
  const std::string code = run.exit_code < 0 ? "" : std::to_string(run.exit_code);
  return {run.id.substr(0, kShortId), run.job, run.state, local_time(run.began), took, code};
}

int show_rows(const std::vector<RunRow>& runs, const ControlLine& line) {
  if (line.json) {
    Json list = Json::array();
    for (const RunRow& run : runs) list.push_back(json_of(run));
    write_all(STDOUT_FILENO, json_text(list));
    return kExitSucceeded;
  }
  std::vector<std::vector<std::string>> rows{{"RUN", "JOB", "STATE", "BEGAN", "TOOK", "EXIT"}};
  for (const RunRow& run : runs) rows.push_back(cells_of(run));
  write_all(STDOUT_FILENO, table_text(rows, terminal_style(STDOUT_FILENO)));
  return kExitSucceeded;
}

std::string log_text_of(const std::string& json_line, Charset charset) {
  const auto json = nlohmann::json::parse(json_line, nullptr, false);
  if (!json.is_object()) return {};
  const auto word = [&json](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  std::string text = word("time").substr(0, 23) + "  ";
  for (const char* key : {"item", "host"}) {
    if (!word(key).empty()) text += word(key) + ": ";
  }
  if (word("level") == "warning" || word("level") == "error") text += word("level") + ": ";
  const std::string event = word("event");
  std::string what = word("text");
  if (what.empty()) what = word("message");
  if (what.empty()) what = event + (word("state").empty() ? "" : " " + word("state"));
  return printable(text + what, charset) + "\n";
}

/// The lines of a log as they come.
class LogShower {
 public:
  explicit LogShower(const ControlLine& line) : json_(line.json), charset_(terminal_style(STDOUT_FILENO).charset) {}

  /// Everything that is there by now.
  void show(const Descriptor& log) {
    char buffer[65536];
    for (ssize_t count = 0; (count = ::read(log.get(), buffer, sizeof buffer)) > 0;) {
      waiting_.append(buffer, static_cast<std::size_t>(count));
    }
    for (std::size_t end = 0; (end = waiting_.find('\n')) != std::string::npos; waiting_.erase(0, end + 1)) {
      const std::string entry = waiting_.substr(0, end);
      ended_ = ended_ || entry.find("\"event\":\"run_ended\"") != std::string::npos;
      if (!write_all(STDOUT_FILENO, json_ ? entry + "\n" : log_text_of(entry, charset_))) ended_ = true;
    }
  }
  /// The last line has been shown.
  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  bool json_;
  Charset charset_;
  std::string waiting_;
  bool ended_ = false;
};

}  // namespace

int show_jobs(BusClient& client, const ControlLine& line) {
  const std::vector<JobRow> jobs = client.jobs();
  if (line.json) {
    Json list = Json::array();
    for (const JobRow& job : jobs) {
      Json one;
      one["job"] = job.name;
      one["type"] = job.type;
      one["description"] = job.description;
      one["run"] = job.active_run.empty() ? Json() : Json(job.active_run);
      list.push_back(std::move(one));
    }
    write_all(STDOUT_FILENO, json_text(list));
    return kExitSucceeded;
  }
  std::vector<std::vector<std::string>> rows{{"JOB", "TYPE", "RUN", "DESCRIPTION"}};
  for (const JobRow& job : jobs) rows.push_back({job.name, job.type, job.active_run.substr(0, kShortId), job.description});
  write_all(STDOUT_FILENO, table_text(rows, terminal_style(STDOUT_FILENO)));
  return kExitSucceeded;
}

int show_runs(BusClient& client, const ControlLine& line) {
  RunFilter filter;
  filter.job = line.name;
  return show_rows(client.runs(filter, line.limit), line);
}

int show_status(BusClient& client, const ControlLine& line) {
  if (!line.name.empty()) return show_rows({client.run(line.name)}, line);
  RunFilter filter;
  filter.active = true;
  const std::vector<RunRow> runs = client.runs(filter, 1000);
  if (!line.json) {
    const std::string text = "orchestratord " + client.version() + ", " +
                             (runs.empty() ? "idle" : format_count(runs.size(), "run", "runs")) + "\n";
    write_all(STDOUT_FILENO, text);
    if (runs.empty()) return kExitSucceeded;
  }
  return show_rows(runs, line);
}

int show_run(BusClient& client, const ControlLine& line) {
  const RunRow row = client.run(line.name);
  // One that goes on, or whose orchestrator died, has no more to say than this.
  if (row.ended == SystemClock::time_point() || row.state == "interrupted") return show_rows({row}, line);
  const std::string details = client.details(row.id);
  if (line.json) {
    write_all(STDOUT_FILENO, details.ends_with('\n') ? details : details + "\n");
    return kExitSucceeded;
  }
  std::optional<ToldResult> told = result_of_json(details);
  if (!told) throw ClientError("Failed", "what the daemon tells of run " + row.id + " cannot be read");
  told->result.id = row.id;
  told->result.job = row.job;
  const TerminalStyle style = terminal_style(STDOUT_FILENO);
  std::string text = "run " + row.id + ", began " + local_time(row.began);
  if (!told->result.started_by.empty()) text += ", started by " + printable(told->result.started_by, style.charset);
  text += "\n";
  text += summary_text(told->result, style) + failure_text(told->result, style);
  text += "exit code " + std::to_string(told->exit_code) + "; the whole log: orchestratorctl logs " +
          row.id.substr(0, kShortId) + "\n";
  write_all(STDOUT_FILENO, text);
  return kExitSucceeded;
}

int show_log(BusClient& client, const ControlLine& line) {
  const RunRow row = client.run(line.name);
  const Descriptor log = client.open_log(row.id);
  LogShower shower(line);
  if (line.follow && row.ended == SystemClock::time_point() && row.has_object) {
    // What is told of the run says when there is more to read.
    const Descriptor events = client.follow(row.id);
    char ignored[65536];
    do {
      shower.show(log);
    } while (!shower.ended() && ::read(events.get(), ignored, sizeof ignored) > 0);
  }
  shower.show(log);
  return kExitSucceeded;
}

Verdict verdict_on(const std::string& job, const LastRuns& runs, std::optional<std::chrono::milliseconds> max_age,
                   SystemClock::time_point now) {
  if (!runs.ended) return {3, "UNKNOWN: " + job + " has never run"};
  const bool good = runs.succeeded && runs.succeeded->id == runs.ended->id;
  // None is in the future, whatever the clock said then.
  const auto since = [now](const RunRow& run) { return std::max(now - run.ended, SystemClock::duration::zero()); };
  const auto age = since(runs.succeeded ? *runs.succeeded : *runs.ended);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
  const bool too_old = max_age && age > *max_age;
  std::string text = job + ": ";
  if (!good) {
    text += runs.ended->state + " " + format_duration(since(*runs.ended)) + " ago, exit code " +
            std::to_string(runs.ended->exit_code) + "; ";
  }
  text += runs.succeeded ? "last success " + format_duration(age) + " ago, took " +
                               format_duration(runs.succeeded->ended - runs.succeeded->began)
                         : "it has never succeeded";
  if (too_old) text += ", more than " + format_duration(*max_age);
  const int code = !good || too_old ? 2 : runs.ended->exit_code != 0 ? 1 : 0;
  const std::string limit = max_age ? std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*max_age).count()) : "";
  constexpr const char* kWords[] = {"OK: ", "WARNING: ", "CRITICAL: "};
  return {code, kWords[code] + text + fmt::format(" | age={}s;;{};0 exit={}", seconds, limit, runs.ended->exit_code)};
}

int show_last(BusClient& client, const ControlLine& line) {
  RunFilter filter;
  filter.job = line.name;
  LastRuns last;
  for (const RunRow& run : client.runs(filter, 1000)) {
    if (run.ended == SystemClock::time_point()) continue;
    if (!last.ended) last.ended = run;
    const bool succeeded = run.state == "succeeded" || run.state == "skipped";
    if (succeeded && !last.succeeded) last.succeeded = run;
  }
  const Verdict verdict = verdict_on(line.name, last, line.max_age, SystemClock::now());
  if (line.json) {
    Json json;
    json["job"] = line.name;
    json["code"] = verdict.code;
    json["text"] = verdict.text;
    json["run"] = last.ended ? json_of(*last.ended) : Json();
    write_all(STDOUT_FILENO, json_text(json));
  } else {
    write_all(STDOUT_FILENO, printable(verdict.text, terminal_style(STDOUT_FILENO).charset) + "\n");
  }
  return verdict.code;
}

}  // namespace orchestrator
