#include "tests/support/loopback_host.hpp"

namespace orchestrator::test {

awaitable<std::unique_ptr<Process>> LoopbackHost::start(Command command) {
  command.environment.emplace("PATH", path);
  command.environment.emplace("HOME", login_directory_);
  if (command.directory.empty()) command.directory = login_directory_;
  if (!forced_command.empty()) {
    command.environment["SSH_ORIGINAL_COMMAND"] = describe(command.program);
    command.program = ShellScript{forced_command};
  } else if (const auto* raw = std::get_if<RawShellString>(&command.program)) {
    const std::string text = raw->text;
    command.program = ShellScript{text};
  }
  return here_.start(std::move(command));
}

awaitable<std::vector<Leftover>> LoopbackHost::reap(ProcessTrace trace, StopLadder ladder) {
  return here_.reap(std::move(trace), std::move(ladder));
}

awaitable<DiskSpace> LoopbackHost::disk_space(std::string path_there) {
  return here_.disk_space(std::move(path_there));
}

awaitable<std::unique_ptr<HostLock>> LoopbackHost::lock(std::string name, std::string holder) {
  return here_.lock(std::move(name), std::move(holder));
}

awaitable<HostFacts> LoopbackHost::facts() { return here_.facts(); }

}  // namespace orchestrator::test
