#pragma once
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/process/child.hpp"
#include "orchestrator/process/orphan_reaper.hpp"
#include "orchestrator/process/pipe_stream.hpp"
#include "orchestrator/process/process.hpp"
#include "orchestrator/process/process_group.hpp"

namespace orchestrator {

/// Our ends of the pipes that a command asked for.
struct LocalPipes {
  std::unique_ptr<PipeSink> input;
  std::unique_ptr<PipeSource> output;
  std::unique_ptr<PipeSource> errors;
};

/// A command that runs on this machine.
///
/// Until its group is swept its leader is not reaped, so the id of the group cannot be given to strangers. The last
/// resort, when it dies without `stop`, is SIGKILL to the group; the zombies are the reaper's then.
class LocalProcess final : public Process {
 public:
  /// \param event see `Child`.
  LocalProcess(asio::io_context& io, OrphanReaper& reaper, Launched launched, Descriptor event, LocalPipes pipes,
               const Command& command);
  ~LocalProcess() override;

  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] ProcessTrace trace() const override { return trace_; }
  [[nodiscard]] ByteSink& input() override;
  [[nodiscard]] ByteSource& output() override;
  [[nodiscard]] ByteSource& errors() override;
  [[nodiscard]] awaitable<ExitStatus> wait() override;
  [[nodiscard]] awaitable<std::vector<Leftover>> stop() override;

 private:
  [[nodiscard]] bool ended() const;
  [[nodiscard]] bool swept();
  void signal(const std::string& name);
  [[nodiscard]] awaitable<void> climb_down();
  [[nodiscard]] awaitable<void> wait_ended();
  [[nodiscard]] awaitable<void> confirm();
  void let_go();

  asio::io_context& io_;
  OrphanReaper& reaper_;
  Child child_;
  ProcessGroup group_;
  LocalPipes pipes_;
  std::string name_;
  std::string command_;
  ProcessTrace trace_;
  StopLadder ladder_;
  bool may_not_signal_ = false;
  std::string cannot_look_;  // why nobody knows whether the group is empty
  bool over_ = false;
  std::vector<Leftover> leftovers_;
};

}  // namespace orchestrator
