#pragma once
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include "orchestrator/tasks/clock.hpp"
#include "orchestrator/tasks/wait_queue.hpp"

namespace orchestrator {

class Limiter;

/// One place in a Limiter; gives it back when it dies.
class LimiterSlot {
 public:
  LimiterSlot(LimiterSlot&& other) noexcept : limiter_(std::exchange(other.limiter_, nullptr)), waited_(other.waited_) {}
  LimiterSlot& operator=(LimiterSlot&&) = delete;
  ~LimiterSlot();

  /// How long the task waited for it.
  [[nodiscard]] Duration waited() const noexcept { return waited_; }

 private:
  friend class Limiter;
  LimiterSlot(Limiter& limiter, Duration waited) noexcept : limiter_(&limiter), waited_(waited) {}

  Limiter* limiter_;
  Duration waited_;
};

/// A limiter takes no new work: it is drained.
struct LimiterClosed : std::runtime_error {
  explicit LimiterClosed(const std::string& name) : std::runtime_error("'" + name + "' takes no new work") {}
};

/// Bounds how many tasks do something at once; first come, first served: nobody overtakes those who wait.
class Limiter {
 public:
  /// \param limit at least 1.
  Limiter(std::string name, std::size_t limit);
  ~Limiter();
  Limiter(const Limiter&) = delete;
  Limiter& operator=(const Limiter&) = delete;

  /// Waits for a place. \throws LimiterClosed after `close`, for those who wait too.
  [[nodiscard]] awaitable<LimiterSlot> acquire();

  /// Drains: those who have a place keep it, nobody gets a new one.
  void close();

  [[nodiscard]] std::size_t limit() const noexcept { return limit_; }
  [[nodiscard]] std::size_t in_use() const noexcept { return in_use_; }

 private:
  friend class LimiterSlot;
  void release();

  std::string name_;
  std::size_t limit_;
  std::size_t in_use_ = 0;  // places that are handed over count
  std::size_t handed_over_ = 0;
  bool closed_ = false;
  WaitQueue waiters_;
};

}  // namespace orchestrator
