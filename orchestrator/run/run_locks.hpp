#pragma once
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/host.hpp"
#include "orchestrator/run/plan.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// A lock that a run wants: on a host, by a name, and what for.
struct WantedLock {
  std::string host;  ///< that holds it; empty: this machine
  std::string name;
  std::string what;  ///< for people: "'/srv' on 'nas'"
  bool shared = false;  ///< with others who want it so

  friend auto operator<=>(const WantedLock&, const WantedLock&) = default;
};

/// The lock's name for a path: the same wherever the path is written in the same way, and readable.
/// \param host that holds the path as seen from the machine of the lock; empty: that machine itself.
[[nodiscard]] std::string path_lock_name(const std::string& host, const std::string& path);

[[nodiscard]] inline std::string job_lock_name(const std::string& job) { return "job-" + job; }

/// The locks for all paths that are written: here, and where they are, each one once. Here the directories that a path lies in are
/// locked too, shared: so nobody writes '/a' while somebody writes '/a/b', and '/a/b' and '/a/c' are written at once. Sorted, so that
/// everybody takes them in the same order.
[[nodiscard]] std::vector<WantedLock> path_locks(const std::vector<JobPlan>& plans);

/// Who has the lock, for those who come too late, wherever the lock is:
/// "run 0123… of job 'srv', pid 4711 on 'box', since 2026-11-21 02:30:00 UTC".
[[nodiscard]] std::string lock_holder(const std::string& run_id, const std::string& job);

}  // namespace orchestrator
