#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/run/job_context.hpp"
#include "orchestrator/run/monitor.hpp"
#include "orchestrator/run/result.hpp"

namespace orchestrator {

/// A line of a run's log, secrets masked already.
struct LogLine {
  LogLevel level = LogLevel::Info;
  std::string_view item;  ///< empty: the run as a whole
  std::string_view host;  ///< of the command that wrote it; empty: this machine
  std::string_view text;
};

/// Where a run tells what happens: the terminal, its log file, later the bus. Calls never block and never throw;
/// a sink that writes somewhere does so behind a queue. Threads: the loop's thread.
class EventSink {
 public:
  EventSink() = default;
  virtual ~EventSink() = default;
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;

  virtual void run_began(const std::string& /*id*/, const std::string& /*job*/,
                         const std::vector<std::string>& /*items*/) {}
  virtual void state_changed(RunState /*state*/) {}
  virtual void item_began(const std::string& /*item*/, Phase /*phase*/) {}
  virtual void item_progress(const std::string& /*item*/, const Progress& /*progress*/) {}
  virtual void item_ended(const std::string& /*item*/, Phase /*phase*/, ItemEnd /*end*/) {}
  /// Something went wrong; the run's result will have it too, so a summary at the end is enough for people.
  virtual void failed(const RunError& /*error*/) {}
  /// A monitor has looked at a disk.
  virtual void disk_seen(const DiskSeen& /*disk*/) {}
  virtual void log_line(const LogLine& /*line*/) {}
  /// The run was told to stop, or to stop harder; the processes that it has here and on other hosts at that moment.
  struct Stopping {
    CancelReason reason;
    CancelLevel level = CancelLevel::Stop;
    std::vector<std::pair<std::string, std::size_t>> processes;  ///< host ("" is here), number
  };
  virtual void stopping(const Stopping& /*what*/) {}
  virtual void run_ended(const RunResult& /*result*/) {}
};

}  // namespace orchestrator
