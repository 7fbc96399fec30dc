#pragma once
#include <chrono>
#include <string>

#include "orchestrator/tasks/loop.hpp"

namespace orchestrator::test {

// How much slower than the optimized program this build is.
#if defined(__SANITIZE_THREAD__)
inline constexpr int kBuildSlowdown = 10;
#elif defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
inline constexpr int kBuildSlowdown = 4;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr int kBuildSlowdown = 10;
#elif __has_feature(address_sanitizer)
inline constexpr int kBuildSlowdown = 4;
#else
inline constexpr int kBuildSlowdown = 1;
#endif
#else
inline constexpr int kBuildSlowdown = 1;
#endif

/// How long one handler may hold the loop.
inline constexpr Duration kHandlerLimit = std::chrono::milliseconds(50) * kBuildSlowdown;

/// Turns a loop handler by handler and keeps the one that held it longest.
///
/// "Held" is the time between the loop's taking the handler and getting the thread back, less what is not the
/// handler's doing: the wait for events (epoll_wait), the time that the thread was ready to run but
/// the machine ran others (run_delay in schedstat). So computing and blocking both count, and a
/// busy machine does not. A handler during which the kernel had to read our own pages from disk is left out.
class LoopWatch {
 public:
  LoopWatch();
  ~LoopWatch();
  LoopWatch(const LoopWatch&) = delete;
  LoopWatch& operator=(const LoopWatch&) = delete;

  /// A Driver: until the loop's first task has ended.
  void drive(Loop& loop);

  [[nodiscard]] Duration longest() const noexcept { return longest_; }
  /// The task tree right after that handler: those that wait for nothing are the suspects.
  [[nodiscard]] const std::string& tree_after_longest() const noexcept { return tree_; }

 private:
  struct Sample {
    TimePoint when;
    Duration waited{};
    Duration not_scheduled{};
    long page_reads = 0;
  };
  [[nodiscard]] Sample sample() const;

  int schedstat_ = -1;
  Duration longest_{};
  std::string tree_;
};

}  // namespace orchestrator::test
