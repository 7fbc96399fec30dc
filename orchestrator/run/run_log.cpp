#include "orchestrator/run/run_log.hpp"

#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/state_directory.hpp"
#include "orchestrator/version.hpp"

namespace orchestrator {

namespace {

using nlohmann::ordered_json;

std::string timestamp(std::chrono::system_clock::time_point when) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count();
  const auto seconds = static_cast<std::time_t>(micros / 1'000'000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(seconds), micros % 1'000'000);
}

double as_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

ordered_json as_json(const RunError& error) {
  ordered_json json;
  json["phase"] = to_string(error.phase);
  json["message"] = error.message;
  if (!error.item.empty()) json["item"] = error.item;
  if (!error.remedy.empty()) json["remedy"] = error.remedy;
  if (!error.command.empty()) {
    json["host"] = error.host;
    json["command"] = error.command;
    json["status"] = error.status;
    json["error_lines"] = error.error_lines;
  }
  return json;
}

ordered_json as_json(const ItemResult& item) {
  ordered_json json;
  json["item"] = item.item;
  json["end"] = to_string(item.end);
  json["phase"] = to_string(item.phase);
  json["seconds"] = as_seconds(item.took);
  if (item.bytes) json["bytes"] = *item.bytes;
  if (!item.reason.empty()) json["reason"] = item.reason;
  return json;
}

ordered_json as_json(const Leftover& left) {
  return {{"host", left.host}, {"group", left.group}, {"command", left.command}, {"why", left.why}};
}

template <class Values>
ordered_json as_list(const Values& values) {
  ordered_json list = ordered_json::array();
  for (const auto& value : values) list.push_back(as_json(value));
  return list;
}

LogLevel level_of(RunState state) {
  switch (state) {
    case RunState::Succeeded:
    case RunState::Skipped: return LogLevel::Info;
    case RunState::Failed: return LogLevel::Error;
    default: return LogLevel::Warning;
  }
}

}  // namespace

std::filesystem::path run_log_file(const std::filesystem::path& state_directory,
                                   std::chrono::system_clock::time_point began, const std::string& job,
                                   const std::string& id) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(began);
  return state_directory / "runs" / fmt::format("{:%Y-%m-%dT%H%M%SZ}-{}-{}.jsonl", fmt::gmtime(seconds), job, id);
}

std::unique_ptr<OutputStream> open_run_log(const std::filesystem::path& file, OutputQueue& queue) {
  make_state_directory(file.parent_path());
  return queue.open(make_state_file(file), DescriptorOwner::Stream);
}

/// One line, written when it goes.
class RunLog::Entry {
 public:
  Entry(RunLog& log, LogLevel level, std::string_view event, OutputPriority priority = OutputPriority::Ordinary)
      : log_(log), priority_(priority) {
    json_["time"] = timestamp(std::chrono::system_clock::now());
    json_["level"] = to_string(level);
    json_["job"] = log.job_;
    json_["run"] = log.id_;
    json_["event"] = event;
  }
  ~Entry() {
    if (!is_last_ && !log_.has_room(priority_)) return;
    // What programs print may be no UTF-8.
    std::string line = json_.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
    log_.written_ += line.size();
    log_.stream_->write(std::move(line), priority_);
  }
  /// Written whatever there is already.
  Entry& last() {
    is_last_ = true;
    return *this;
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  template <class Value>
  Entry& set(const char* key, const Value& value) {
    json_[key] = value;
    return *this;
  }
  Entry& item(std::string_view name) {
    if (name.empty()) return *this;
    json_["item"] = name;
    const auto phase = log_.phases_.find(name);
    if (phase != log_.phases_.end()) json_["phase"] = to_string(phase->second);
    return *this;
  }

 private:
  RunLog& log_;
  OutputPriority priority_;
  bool is_last_ = false;
  ordered_json json_;
};

RunLog::RunLog(std::unique_ptr<OutputStream> stream, Clock& clock, bool strict, std::uint64_t limit)
    : stream_(std::move(stream)), clock_(clock), strict_(strict), limit_(limit) {}

RunLog::~RunLog() = default;

bool RunLog::has_room(OutputPriority priority) {
  if (written_ < (priority == OutputPriority::Essential ? 2 * limit_ : limit_)) return true;
  if (++left_out_ == 1) {
    Entry(*this, LogLevel::Warning, "log_full").set("text", "the log has " + std::to_string(written_) +
        " bytes: what follows is left out, except errors and the end, which says how many lines").last();
  }
  return false;
}

void RunLog::run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) {
  id_ = id;
  job_ = job;
  Entry(*this, LogLevel::Info, "run_began").set("schema", 1).set("version", version()).set("items", items);
}

void RunLog::state_changed(RunState state) {
  Entry(*this, LogLevel::Debug, "state").set("state", to_string(state));
}

void RunLog::item_began(const std::string& item, Phase phase) {
  phases_.insert_or_assign(item, phase);
  Entry(*this, LogLevel::Info, "item_began").item(item);
}

void RunLog::item_progress(const std::string& item, const Progress& progress) {
  const auto last = last_progress_.find(item);
  if (last != last_progress_.end() && clock_.now() - last->second < kProgressInterval) return;
  last_progress_.insert_or_assign(item, clock_.now());
  Entry entry(*this, LogLevel::Debug, "progress", OutputPriority::Progress);
  entry.item(item);
  if (progress.fraction) entry.set("fraction", *progress.fraction);
  if (progress.bytes) entry.set("bytes", *progress.bytes);
  if (progress.bytes_per_second) entry.set("bytes_per_second", *progress.bytes_per_second);
  if (progress.remaining) entry.set("remaining_seconds", as_seconds(*progress.remaining));
  if (!progress.current.empty()) entry.set("current", progress.current);
}

void RunLog::item_ended(const std::string& item, Phase /*phase*/, ItemEnd end) {
  Entry(*this, LogLevel::Info, "item_ended").item(item).set("end", to_string(end));
  phases_.erase(item);
  last_progress_.erase(item);
}

void RunLog::failed(const RunError& error) {
  Entry entry(*this, LogLevel::Error, "failed", OutputPriority::Essential);
  const ordered_json fields = as_json(error);
  for (const auto& [key, value] : fields.items()) entry.set(key.c_str(), value);
}

void RunLog::disk_seen(const DiskSeen& disk) {
  const std::string key = "disk " + disk.host + ":" + disk.path;
  const auto last = last_progress_.find(key);
  if (last != last_progress_.end() && clock_.now() - last->second < kProgressInterval) return;
  last_progress_.insert_or_assign(key, clock_.now());
  Entry entry(*this, LogLevel::Debug, "disk", OutputPriority::Progress);
  if (!disk.host.empty()) entry.set("host", disk.host);
  entry.set("path", disk.path).set("available", disk.available).set("usable", disk.usable).set("rate", disk.rate);
  if (disk.usable_inodes > 0) entry.set("available_inodes", disk.available_inodes);
  if (!disk.quota.empty()) entry.set("quota", disk.quota);
  if (!disk.note.empty()) entry.set("note", disk.note);
}

void RunLog::log_line(const LogLine& line) {
  const bool is_error = line.level == LogLevel::Error;
  Entry entry(*this, line.level, "log", is_error ? OutputPriority::Essential : OutputPriority::Ordinary);
  entry.item(line.item);
  if (!line.host.empty()) entry.set("host", line.host);
  entry.set("text", line.text);
}

void RunLog::stopping(const Stopping& what) {
  Entry entry(*this, LogLevel::Warning, "stopping", OutputPriority::Essential);
  entry.last();
  entry.set("cancel_level", to_string(what.level)).set("reason", to_string(what.reason));
  ordered_json processes = ordered_json::object();
  for (const auto& [host, count] : what.processes) processes[host] = count;
  entry.set("processes", processes);
}

void RunLog::run_ended(const RunResult& result) {
  Entry entry(*this, level_of(result.state), "run_ended", OutputPriority::Essential);
  entry.set("state", to_string(result.state)).set("exit_code", exit_code(result, strict_));
  if (!result.started_by.empty()) entry.set("started_by", result.started_by);
  if (result.reason) entry.set("reason", to_string(*result.reason));
  if (!result.skipped_because.empty()) entry.set("skipped_because", result.skipped_because);
  entry.set("seconds", as_seconds(result.took)).set("items", as_list(result.items));
  entry.set("errors", as_list(result.errors)).set("warnings", result.warnings);
  entry.set("leftovers", as_list(result.leftovers));
  ordered_json guarantees = ordered_json::object();
  for (const auto& [host, guarantee] : result.guarantees) guarantees[host] = to_string(guarantee);
  entry.set("guarantees", guarantees);
  const std::size_t lost = stream_->dropped();
  if (lost > 0) entry.set("lost_entries", lost);
  if (left_out_ > 0) entry.set("left_out", left_out_);
  entry.last();
}

}  // namespace orchestrator
