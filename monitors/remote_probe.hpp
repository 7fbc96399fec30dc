#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "monitors/disk_probe.hpp"
#include "monitors/quota.hpp"
#include "orchestrator/host.hpp"
#include "orchestrator/tasks/limiter.hpp"
#include "orchestrator/tasks/wait_queue.hpp"

namespace orchestrator {

/// Looks at the file systems of a host with its df, asked by one shell that lives as long as `serve`: a line for each
/// question, an answer in its own time, so that a mount that hangs over there holds nobody else's.
///
/// Where there is quota(1), it is asked too: the limits of the login's user hold.
///
/// It is a command like every other: what contains those contains this one.
class RemoteProbe final : public DiskProbe {
 public:
  /// \param host outlives this.
  explicit RemoteProbe(Host& host) : host_(host) {}

  /// Needs `serve` beside it.
  [[nodiscard]] awaitable<SpaceReading> look(std::string path, DiskWriter writer) override;
  [[nodiscard]] awaitable<void> serve() override;

 private:
  struct Question;
  struct Quotas {
    std::vector<Quota> known{};
    unsigned quiet = 0;  // looks until somebody asks again
  };
  /// \throws CannotLook, Error
  void send(Question& question, const std::string& kind, const std::string& path);
  /// What failed is in the question. \throws CannotLook
  [[nodiscard]] awaitable<void> have_answered(Question& question);
  [[nodiscard]] awaitable<std::vector<Quota>> quotas_at(std::string mount_point);
  [[nodiscard]] awaitable<bool> ask_quota(std::string mount_point);
  bool take_late_answer(const std::string& mount_point);
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
  std::map<std::string, Quotas> quotas_;  // by mount point
  bool no_quotas_ = false;                // there is no program quota
  std::shared_ptr<Question> late_;        // the question for quotas that is open, for
  std::string late_mount_point_;
  Limiter quota_turn_{"quota", 1};
};

}  // namespace orchestrator
