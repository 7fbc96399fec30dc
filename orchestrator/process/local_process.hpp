#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/process/child.hpp"
#include "orchestrator/process/keeper_line.hpp"
#include "orchestrator/process/launch_keeper.hpp"
#include "orchestrator/process/lost_keeper.hpp"
#include "orchestrator/process/orphan_reaper.hpp"
#include "orchestrator/process/pipe_stream.hpp"
#include "orchestrator/process/process.hpp"

namespace orchestrator {

/// Our ends of the pipes that a command asked for.
struct LocalPipes {
  std::unique_ptr<PipeSink> input;
  std::unique_ptr<PipeSource> output;
  std::unique_ptr<PipeSource> errors;
};

/// A command that runs on this machine, kept by a process of ours, which does what is asked here: signal it, kill it,
/// see that nothing is left of it. Should the keeper be killed, its children are ours, and the same is done here.
///
/// The last resort, when it dies without `stop`, is the line: when that is closed, the keeper kills everything.
class LocalProcess final : public Process {
 public:
  LocalProcess(asio::io_context& io, OrphanReaper& reaper, KeeperHandle keeper, LocalPipes pipes,
               const Command& command);
  ~LocalProcess() override;

  /// Waits until the command is executed, or cannot be: then `failure` says why. Neither when the keeper was killed.
  [[nodiscard]] awaitable<void> wait_started();
  [[nodiscard]] bool started() const noexcept { return line_.leader().has_value(); }
  [[nodiscard]] const std::optional<LaunchFailure>& failure() const noexcept { return line_.failure(); }

  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] ProcessTrace trace() const override { return trace_; }
  [[nodiscard]] ByteSink& input() override;
  [[nodiscard]] ByteSource& output() override;
  [[nodiscard]] ByteSource& errors() override;
  [[nodiscard]] awaitable<ExitStatus> wait() override;
  [[nodiscard]] awaitable<std::vector<Leftover>> stop() override;

 private:
  void note_leader();
  [[nodiscard]] bool gone();
  void kill();
  void kill_what_was_lost();
  [[nodiscard]] awaitable<void> take_over();
  [[nodiscard]] awaitable<void> signal(int number);
  [[nodiscard]] awaitable<void> climb_down();
  [[nodiscard]] awaitable<void> wait_gone();
  [[nodiscard]] awaitable<void> confirm();
  void note_leftovers();
  void let_go();

  OrphanReaper& reaper_;
  Child keeper_;
  KeeperLine line_;
  int cgroups_;
  std::string cgroup_;
  LocalPipes pipes_;
  std::string name_;
  std::string command_;
  ProcessTrace trace_;
  StopLadder ladder_;
  std::optional<pid_t> leader_;
  std::optional<LostKeeper> lost_;
  bool killing_ = false;
  bool over_ = false;
  std::vector<Leftover> leftovers_;
};

}  // namespace orchestrator
