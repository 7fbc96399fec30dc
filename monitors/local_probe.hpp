#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <sys/types.h>

#include "monitors/disk_probe.hpp"
#include "monitors/mount_table.hpp"
#include "monitors/quota.hpp"

namespace orchestrator {

/// Looks at the file systems of this machine, by one small helper process for each mount, which lives as long as this
/// (decision 22). One that hangs costs its helper and nothing else: it is not waited for, at the end neither.
///
/// One per program, shared by all runs. The helpers end with us, whatever ends us, for their input does.
class LocalProbe final : public DiskProbe {
 public:
  explicit LocalProbe(asio::io_context& io);
  ~LocalProbe() override;

  [[nodiscard]] awaitable<SpaceReading> look(std::string path, DiskWriter writer) override;
  [[nodiscard]] awaitable<void> serve() override;

  /// Ends the helpers that can be ended, and reaps them.
  /// Cancellation: shielded from it, bounded.
  [[nodiscard]] awaitable<void> close();

  /// The processes of helpers, by mount.
  [[nodiscard]] std::vector<std::pair<std::string, pid_t>> helpers() const;

 private:
  struct Helper;
  [[nodiscard]] std::shared_ptr<Helper> helper_for(const std::string& mount);
  [[nodiscard]] std::shared_ptr<Helper> start_helper();
  [[nodiscard]] awaitable<std::string> ask(std::string path, std::string who);
  [[nodiscard]] awaitable<void> find_name(Quota& quota);

  asio::io_context& io_;
  std::string program_;
  MountTable mounts_;
  std::map<std::string, std::shared_ptr<Helper>> helpers_;
  std::map<std::pair<QuotaKind, std::uint64_t>, std::string> names_;  // of users and groups that have a quota
};

}  // namespace orchestrator
