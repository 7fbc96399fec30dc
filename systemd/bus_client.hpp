#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/tasks/clock.hpp"
#include "systemd/bus_connection.hpp"
#include "systemd/requests.hpp"

namespace orchestrator {

/// The daemon has refused something, or could not be asked.
class ClientError : public Error {
 public:
  ClientError(std::string name, const std::string& message, std::string remedy = {})
      : Error(message, std::move(remedy)), name_(std::move(name)) {}
  /// "Busy", the last part of the name of one of our errors; otherwise the whole name.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
};

/// There is no daemon, and none could be started.
class NoDaemon : public ClientError {
 public:
  using ClientError::ClientError;
};

struct JobRow {
  std::string name;
  std::string type;
  std::string description;
  std::string active_run;  ///< empty: none
};

struct RunWish {
  std::string token{};
  bool dry_run = false;
  bool strict = false;
  std::optional<Duration> timeout{};
  std::optional<unsigned> concurrency{};
  std::string trigger{};  ///< what made us ask; empty: somebody
};

/// The daemon, as a program that has nothing else to do asks it: every call blocks until the answer is there.
/// All throw ClientError.
class BusClient {
 public:
  /// \throws BusLost
  explicit BusClient(BusKind kind);
  ~BusClient();
  BusClient(const BusClient&) = delete;
  BusClient& operator=(const BusClient&) = delete;

  [[nodiscard]] std::string version();
  [[nodiscard]] std::vector<JobRow> jobs();
  /// \return the run's id.
  [[nodiscard]] std::string run_job(const std::string& job, const RunWish& wish = {});
  void cancel(const std::string& run, const std::string& level);
  /// The same, but does not wait for the answer.
  void ask_to_cancel(const std::string& run, const std::string& level);
  [[nodiscard]] std::vector<RunRow> runs(const RunFilter& filter, unsigned limit);
  [[nodiscard]] RunRow run(const std::string& name);
  [[nodiscard]] std::string details(const std::string& run);
  [[nodiscard]] Descriptor open_log(const std::string& run);
  [[nodiscard]] Descriptor follow(const std::string& run_id);
  void reload();
  [[nodiscard]] std::string reconcile(const std::string& host);
  [[nodiscard]] std::string task_tree();

 private:
  class Proxies;
  template <class Call>
  auto asked(Call call);

  BusKind kind_;
  bool looked_ = false;  // whether the daemon has to be started first
  std::unique_ptr<sdbus::IConnection> connection_;
  std::unique_ptr<Proxies> proxies_;
};

}  // namespace orchestrator
