#pragma once
#include <functional>
#include <memory>
#include <string>

#include "orchestrator/host.hpp"
#include "orchestrator/run/job_context.hpp"
#include "orchestrator/run/ledger.hpp"
#include "orchestrator/run/run_hosts.hpp"

namespace orchestrator {

/// A host as the jobs of a run see it: counts its commands, gives them the run's cookie, writes them into the ledger,
/// takes note of what is left of them, and tells the log when they start and end.
class TrackedHost final : public Host {
 public:
  using Log = std::function<void(LogLevel level, const std::string& host, const std::string& text)>;

  TrackedHost(Host& host, RunHosts& hosts, RunLedger& ledger, Log log);

  [[nodiscard]] const std::string& name() const noexcept override { return host_.name(); }
  [[nodiscard]] awaitable<std::unique_ptr<Process>> start(Command command) override;
  [[nodiscard]] awaitable<std::vector<Leftover>> reap(ProcessTrace trace, StopLadder ladder) override;
  [[nodiscard]] awaitable<DiskSpace> disk_space(std::string path) override;
  [[nodiscard]] awaitable<std::unique_ptr<HostLock>> lock(std::string name, std::string holder) override;
  [[nodiscard]] awaitable<std::unique_ptr<HostLock>> share_lock(std::string name, std::string holder) override;
  [[nodiscard]] awaitable<std::optional<bool>> finds(std::string program, std::string path) override;
  [[nodiscard]] awaitable<HostFacts> facts() override;

 private:
  [[nodiscard]] std::unique_ptr<HostLock> tracked(std::unique_ptr<HostLock> lock) const;
  [[nodiscard]] awaitable<std::unique_ptr<Process>> start_recorded(Command command, unsigned number);
  template <class Value>
  awaitable<Value> watched(awaitable<Value> call);

  Host& host_;
  RunHosts& hosts_;
  RunLedger& ledger_;
  Log log_;
};

}  // namespace orchestrator
