#pragma once
#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace orchestrator::test {

/// What a program's stdout and stderr are.
enum class ProgramOutput {
  Pipes,      ///< read by the test
  Terminal,   ///< one terminal for both, and for stdin: its text is `output`
  Closed,     ///< stdout is closed, stderr a pipe
  NobodyReads,  ///< stdout is a full pipe that nobody reads, stderr a pipe
  FullDisk      ///< stdout is /dev/full, stderr a pipe
};

struct ProgramOptions {
  std::vector<std::string> words;  ///< program and arguments
  std::map<std::string, std::string> environment;
  ProgramOutput output = ProgramOutput::Pipes;
  bool ignores_hangup = false;  ///< as nohup does
};

struct ProgramEnd {
  int code = -1;   ///< exit code; -1 when a signal ended it
  int signal = 0;
  std::string output;
  std::string errors;
};

/// A program that runs, its output read by the test. Killed and reaped with the object.
class ProgramRun {
 public:
  explicit ProgramRun(const ProgramOptions& options);
  ~ProgramRun();
  ProgramRun(const ProgramRun&) = delete;
  ProgramRun& operator=(const ProgramRun&) = delete;

  /// Reads until `text` has appeared in the output or the errors. \return false when the program ended before.
  [[nodiscard]] bool wait_for(const std::string& text);
  /// Reads to the end of the outputs, and waits for the program.
  [[nodiscard]] ProgramEnd wait();

  void signal(int number) const { ::kill(pid_, number); }
  /// Typed at the terminal.
  void type(const std::string& keys) const;
  /// The reader of the output goes away.
  void stop_reading();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] const std::string& output() const noexcept { return output_; }
  [[nodiscard]] const std::string& errors() const noexcept { return errors_; }

 private:
  [[nodiscard]] bool read_more();
  void read_from(int& descriptor, std::string& text);

  pid_t pid_ = -1;
  int output_fd_ = -1;  // of the terminal too
  int errors_fd_ = -1;
  int unread_fd_ = -1;  // of the pipe that nobody reads
  std::string output_;
  std::string errors_;
};

/// The command lines of all processes that mention `text`, without this one.
[[nodiscard]] std::vector<std::string> processes_that_mention(const std::string& text);

}  // namespace orchestrator::test
