#pragma once
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "orchestrator/config/value.hpp"
#include "orchestrator/process/local_host.hpp"
#include "orchestrator/tasks/group_error.hpp"
#include "tests/jobs/job_fixtures.hpp"
#include "tests/support/fake_job_context.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator::test {

/// How a job went: what its validation found, or what its sync threw.
struct Outcome {
  std::vector<std::string> problems;
  std::string error;  ///< with the last lines of stderr
  std::string remedy;

  [[nodiscard]] bool ok() const { return problems.empty() && error.empty(); }
};

/// For people who read a failed test.
inline void PrintTo(const Outcome& outcome, std::ostream* out) {
  for (const std::string& problem : outcome.problems) *out << "problem: " << problem << '\n';
  if (!outcome.error.empty()) *out << "error: " << outcome.error << '\n';
}

/// Validates, and syncs when nothing was found.
inline awaitable<Outcome> run_job(Job& job, JobContext& context) {
  Outcome outcome;
  std::exception_ptr error;
  try {
    const std::vector<Problem> problems = co_await job.validate(context);
    for (const Problem& problem : problems) outcome.problems.push_back(problem.what);
    if (problems.empty()) co_await job.sync(context);
  } catch (const std::exception&) {
    error = std::current_exception();
  }
  if (!error) co_return outcome;
  outcome.error = describe(error);
  if (const auto failed = first<CommandFailed>(error)) {
    outcome.error += "\n" + failed->details().errors;
    outcome.remedy = failed->remedy();
  } else if (const auto plain = first<Error>(error)) {
    outcome.remedy = plain->remedy();
  }
  co_return outcome;
}

/// Processes whose command line mentions `text`, as "pid: words".
inline std::vector<std::string> processes_with(const std::string& text) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    std::string words;
    std::getline(file, words, '\x01');  // a process that ends meanwhile is no error here
    for (char& c : words) {
      if (c == '\0') c = ' ';
    }
    if (words.find(text) != words.npos)
      found.push_back(entry.path().filename().string() + ": " + words);
  }
  return found;
}

/// Every path below `root` with its content (directories: none), relative and sorted.
inline std::map<std::string, std::string> tree_of(const std::filesystem::path& root) {
  std::map<std::string, std::string> tree;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::string name = entry.path().lexically_relative(root).string();
    if (entry.is_directory()) {
      tree[name + "/"];
    } else {
      tree[name] = read_file(entry.path());
    }
  }
  return tree;
}

/// A real loop, this machine, and two directories, "from" and "to".
class RsyncTest : public TidyTest {
 protected:
  RsyncTest() {
    ::setenv("ORCHESTRATOR_LIBEXEC", program("rsync_shell").parent_path().c_str(), 1);
    std::filesystem::create_directories(from());
    std::filesystem::create_directories(to());
  }

  [[nodiscard]] std::filesystem::path from() const { return directory_.path() / "from"; }
  [[nodiscard]] std::filesystem::path to() const { return directory_.path() / "to"; }

  /// A file of so many bytes that do not compress and are not all the same.
  void write_large(const std::string& name, std::size_t size) const {
    std::string content(size, '\0');
    std::uint32_t state = 1;
    for (char& c : content) {
      state = state * 1664525U + 1013904223U;
      c = static_cast<char>(state >> 24U);
    }
    directory_.write(name, content);
  }

  /// The keys of a job, with paths as TOML strings.
  [[nodiscard]] static std::string keys(const std::string& source, const std::string& target,
                                        const std::string& more = {}) {
    return "type = \"rsync\"\nsource = " + quote_toml(source) + "\ntarget = " + quote_toml(target) +
           "\n" + more;
  }

  TemporaryDirectory directory_;
  RealLoop loop_;
  LocalHost here_{loop_.loop(), directory_.path() / "state"};
  FakeJobContext context_{{&here_}};
};

}  // namespace orchestrator::test
