#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "systemd/bus_connection.hpp"

namespace orchestrator {

/// A timer of ours, as systemd has it.
struct TimerRow {
  std::string job;
  std::string unit;
  std::string calendar;  ///< as systemd writes it; empty: it has none any more
  std::optional<std::chrono::system_clock::time_point> next;
  bool active = false;
  bool has_file = false;  ///< false: its schedule is gone
};

/// systemd does not let us, or there is none.
class ManagerRefusal : public Error {
 public:
  enum class Kind : std::uint8_t { NotThere, NotAllowed, Other };
  ManagerRefusal(Kind kind, const std::string& message, std::string remedy = {})
      : Error(message, std::move(remedy)), kind_(kind) {}
  [[nodiscard]] Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
};

/// systemd itself, of the machine or of the user, as a program that has nothing else to do asks it: every call blocks.
/// All throw ManagerRefusal.
class ServiceManager {
 public:
  /// \throws BusLost
  explicit ServiceManager(BusKind kind);
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  /// Those of jobs, in the order of their names.
  [[nodiscard]] std::vector<TimerRow> timers();
  /// Reads all unit files again, and lets generators make theirs.
  void reload();
  void start(const std::string& unit);
  void stop(const std::string& unit);
  /// Forgets that it has failed; one that is not known has not.
  void forget_failure(const std::string& unit);

 private:
  class Proxy;
  std::unique_ptr<sdbus::IConnection> connection_;
  std::unique_ptr<Proxy> proxy_;
};

}  // namespace orchestrator
