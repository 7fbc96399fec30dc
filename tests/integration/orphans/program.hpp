#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/integration/orphans/watch.hpp"

namespace orchestrator::test {

/// A program in a process group of its own, whose outputs are files. Killed and reaped with the object, and when this
/// process ends.
class Program {
 public:
  /// \param user whom it runs as; missing: the user of this process
  Program(std::vector<std::string> words, const std::map<std::string, std::string>& environment,
          const std::filesystem::path& output, const std::filesystem::path& errors, std::optional<uid_t> user = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void signal(int number) const;
  void signal_group(int number) const;
  /// Becomes readable when it has ended.
  [[nodiscard]] int end() const noexcept { return pidfd_; }
  /// Until it has ended. \return whether it has.
  [[nodiscard]] bool wait(Moment limit);
  [[nodiscard]] bool ended() const noexcept { return pid_ < 0; }
  /// How it ended: its exit code, or minus the number of a signal.
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int code_ = 0;
};

}  // namespace orchestrator::test
