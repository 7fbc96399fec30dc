#pragma once
#include <map>
#include <string>
#include <vector>

#include "monitors/disk_probe.hpp"
#include "orchestrator/host.hpp"
#include "orchestrator/tasks/wait_queue.hpp"

namespace orchestrator {

/// Looks at the file systems of a host with its df, asked by one shell that lives as long as `serve`: a line for each
/// question, an answer in its own time, so that a mount that hangs over there holds nobody else's.
///
/// It is a command like every other: what contains those contains this one.
class RemoteProbe final : public DiskProbe {
 public:
  /// \param host outlives this.
  explicit RemoteProbe(Host& host) : host_(host) {}

  /// Needs `serve` beside it.
  [[nodiscard]] awaitable<SpaceReading> look(std::string path) override;
  [[nodiscard]] awaitable<void> serve() override;

 private:
  struct Question;
  [[nodiscard]] awaitable<void> ask(Process& process);
  [[nodiscard]] awaitable<void> listen(Process& process);
  [[nodiscard]] awaitable<void> converse(Process& process);
  void take_line(std::string_view line);
  void fail_all(const std::string& why, bool for_good);

  Host& host_;
  unsigned last_ = 0;
  std::map<unsigned, Question*> open_;
  std::vector<std::string> unsent_;
  WaitQueue asked_;
  std::string never_;  // why nobody may look
};

}  // namespace orchestrator
