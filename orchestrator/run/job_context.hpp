#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/host.hpp"
#include "orchestrator/process/run_process.hpp"
#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

/// How far an item is. What is not known stays empty.
struct Progress {
  std::optional<double> fraction;  ///< 0 to 1; 1 only when the item has ended
  std::optional<std::uint64_t> bytes;
  std::optional<double> bytes_per_second;
  std::optional<Duration> remaining;
  std::string current;  ///< what is worked on: a file name
};

/// How a run, or an item of it, ended so far, for what runs at its end.
enum class Ending : std::uint8_t { Succeeded, Failed, Cancelled };

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// A command of a job that ended otherwise than it should have; the report shows all of it.
class CommandFailed : public Error {
 public:
  struct Details {
    std::string host;       ///< empty: this machine
    std::string command;    ///< for people, secrets masked
    ExitStatus status;
    std::string meaning;    ///< the exit code in words, as the program's manual has it; may be empty
    std::string errors;     ///< the tail of its stderr, secrets masked
    std::string program{};  ///< its name in one line of text; empty: the first word of `command`
  };
  explicit CommandFailed(Details details, std::string remedy = std::string());
  [[nodiscard]] const Details& details() const noexcept { return details_; }

 private:
  Details details_;
};

/// What a run gives to its jobs. One per item; lives as long as the run.
///
/// Threads: the loop's thread only.
class JobContext {
 public:
  JobContext() = default;
  virtual ~JobContext() = default;
  JobContext(const JobContext&) = delete;
  JobContext& operator=(const JobContext&) = delete;

  [[nodiscard]] virtual const std::string& run_id() const noexcept = 0;
  [[nodiscard]] virtual bool dry_run() const noexcept = 0;

  /// The host of that name in [hosts]; the empty name is this machine. Connects only when it is used.
  [[nodiscard]] virtual Host& host(const std::string& name) = 0;

  /// The user of this machine whom the job's commands here run as, without anybody's doing; empty: us.
  [[nodiscard]] virtual std::string run_as() const { return {}; }

  /// The ladder that the job's commands are stopped by.
  [[nodiscard]] virtual const StopLadder& stop_ladder() const noexcept = 0;

  /// The value of a string with its references resolved, each reference once per run. What came out of a reference is
  /// masked in all output and logs of the run from then on.
  [[nodiscard]] virtual awaitable<std::string> resolve(std::string text) = 0;

  virtual void progress(Progress progress) = 0;
  /// Something has moved, if only a byte: an item that moves nothing for its `stall_timeout` is ended.
  virtual void moving() {}
  virtual void log(LogLevel level, std::string_view text) = 0;
  /// Noteworthy, and in the summary; the run goes on.
  virtual void warn(std::string_view text) = 0;
  /// Bytes that the item has moved, for the summary.
  virtual void moved(std::uint64_t bytes) = 0;

  /// Runs `action`, an `awaitable<void>(Ending)`, at the end of the run, always; the last one registered first;
  /// shielded from cancellation and within the run's cleanup limit. `on_failure` skips it after success.
  using ExitAction = std::function<awaitable<void>(Ending)>;
  virtual void on_exit(std::string name, ExitAction action) = 0;
  virtual void on_failure(std::string name, ExitAction action) = 0;

  /// Takes note of what a stop could not confirm; the run ends with exit code 7.
  virtual void leftovers(std::vector<Leftover> left) = 0;

  /// `run_process` with leftovers, the run's cookie and the log seen to: stderr lines go to the log.
  [[nodiscard]] virtual awaitable<ProcessResult> run(Host& host, Command command,
                                                      RunProcessOptions options = RunProcessOptions()) = 0;
};

}  // namespace orchestrator
