#pragma once
#include <csignal>
#include <filesystem>
#include <string>

#include <sys/wait.h>

#include "tests/support/environment_variable.hpp"
#include "tests/support/sshd.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {

/// A real ssh-agent; ends with the object.
class Agent {
 public:
  Agent() {
    // It forks once it listens, and says where and who: "SSH_AGENT_PID=4711;".
    const std::string words = output_of({"/usr/bin/ssh-agent", "-s", "-a", socket()});
    pid_ = std::stoi(words.substr(words.find("SSH_AGENT_PID=") + 14));
  }
  ~Agent() { ::kill(pid_, SIGTERM); }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  void add(const std::filesystem::path& key) const {
    const EnvironmentVariable variable("SSH_AUTH_SOCK", socket());
    run_program({"/usr/bin/ssh-add", "-q", key});
  }
  [[nodiscard]] std::string socket() const { return directory_.path() / "agent"; }

 private:
  TemporaryDirectory directory_;
  pid_t pid_ = -1;
};

}  // namespace orchestrator::test
