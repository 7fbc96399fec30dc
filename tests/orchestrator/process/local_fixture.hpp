#pragma once
#include <string>
#include <vector>

#include "orchestrator/process/local_host.hpp"
#include "orchestrator/process/run_process.hpp"
#include "tests/support/environment_variable.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator::test {

/// A command of these words, with a PATH and nothing else in its environment.
[[nodiscard]] inline Command command_of(std::vector<std::string> words) {
  Command command;
  ArgumentVector program;
  program.words = std::move(words);
  command.program = std::move(program);
  command.environment["PATH"] = "/usr/bin:/bin";
  return command;
}

[[nodiscard]] inline Command shell(const std::string& text) {
  Command command;
  ShellScript script;
  script.text = text;
  command.program = std::move(script);
  command.environment["PATH"] = "/usr/bin:/bin";
  return command;
}

/// A real loop and this machine; afterwards no process, descriptor or task is left.
class LocalTest : public TidyTest {
 protected:
  EnvironmentVariable libexec_{"ORCHESTRATOR_LIBEXEC", program("keeper").parent_path().string()};
  TemporaryDirectory directory_;
  RealLoop loop_;
  LocalHost host_{loop_.loop(), directory_.path() / "state"};
};

}  // namespace orchestrator::test
