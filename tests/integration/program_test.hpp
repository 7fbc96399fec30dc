#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program_run.hpp"
#include "tests/support/sshd.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator::test {

/// Tests of the real `orchestratord`, with a folder of its own for configuration, state, and what is synced.
/// Each ends with nothing running that mentions that folder.
class ProgramTest : public TidyTest {
 protected:
  ProgramTest();
  ~ProgramTest() override;

  /// Writes the configuration that `orchestratord` finds. On a disk however full, unless it has a [disk] of its own.
  void configure(const std::string& toml) const;
  /// [hosts.nas] for a host; further lines as they are.
  [[nodiscard]] static std::string host_table(const HostSettings& host, const std::string& lines = "");
  /// [jobs.srv], an rsync job.
  [[nodiscard]] std::string rsync_job(const std::string& target, const std::string& lines = "") const;

  /// A tree to be synced below `source()`.
  void make_source(unsigned files, std::size_t bytes_each) const;
  [[nodiscard]] std::filesystem::path source() const { return folder() / "source"; }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return directory_.path(); }

  [[nodiscard]] ProgramOptions options(std::vector<std::string> arguments) const;
  /// Runs to the end.
  [[nodiscard]] ProgramEnd run(std::vector<std::string> arguments) const;
  [[nodiscard]] static ProgramEnd run(const ProgramOptions& options);

  std::map<std::string, std::string> environment_;

 private:
  TemporaryDirectory directory_;
};

/// Every path below `top` with its type, size, mode, modification time and content.
[[nodiscard]] std::vector<std::string> snapshot(const std::filesystem::path& top);

/// The same without modification times: to compare both sides.
[[nodiscard]] std::vector<std::string> contents(const std::filesystem::path& top);

/// The last line of JSON lines.
[[nodiscard]] std::string last_line(const std::string& text);

}  // namespace orchestrator::test
