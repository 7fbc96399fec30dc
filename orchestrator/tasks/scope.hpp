#pragma once
#include <chrono>
#include <memory>
#include <optional>

#include <boost/asio/this_coro.hpp>
#include <boost/intrusive/list.hpp>

#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/cancel.hpp"
#include "orchestrator/tasks/clock.hpp"
#include "orchestrator/tasks/task.hpp"

namespace orchestrator {

/// What a cancellation of level `kill` leaves to a cleanup that is shielded.
inline constexpr Duration kKillLimit = std::chrono::seconds(2);

/// What a scope sees of the cancellations around it. Its own always count. Give a shield a limit, or nothing but a
/// kill ends it: `with_shield` asks for one.
enum class Shield : std::uint8_t {
  None,       ///< all of them
  UntilKill,  ///< only those of level `kill`: a grace, say, that a second Ctrl-C ends
  Full,       ///< none, not even the end of a shield around it; level `kill` cuts what is left of its own
              ///< limit to `kill_limit`
};

struct ScopeOptions {
  std::optional<Duration> limit{};  ///< from entering the scope; then it is cancelled, cause `Deadline`
  Shield shield = Shield::None;
  Duration kill_limit = kKillLimit;  ///< for `Shield::Full`
};

/// A part of the work that can be cancelled as one: what runs in `with_cancel_scope`, the tasks that
/// are spawned there, and all scopes inside.
///
/// Cancellation is a state: once cancelled, every suspending call inside throws `Cancelled`, those
/// that wait and those still to come. Nothing is taken back. The first reason is kept, the level may rise.
/// A scope is entered once, and must outlive what runs in it. It may be cancelled before; after it was left
/// nothing changes it.
///
/// Threads: the loop's thread only; `Loop::post` brings a call there.
class CancelScope {
 public:
  explicit CancelScope(const ScopeOptions& options = {});
  ~CancelScope();
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

  /// Never waits, never throws away what is running: the work hears of it at its next suspension.
  void cancel(CancelReason reason, CancelLevel level = CancelLevel::Stop);

  /// Moves the end of the scope, counted from now; nothing of a limit is left at 0.
  void set_limit(Duration limit);

  /// Cancelled itself (not through a scope around it).
  [[nodiscard]] bool cancel_requested() const noexcept { return own_level_ != CancelLevel::None; }
  /// Work in here is cancelled, by this scope or by one around it that it sees.
  [[nodiscard]] bool cancelled() const noexcept { return level_ != CancelLevel::None; }
  /// The first reason; null while not `cancelled()`.
  [[nodiscard]] const CancelReason* reason() const noexcept { return reason_.get(); }
  /// The level in force here, as if there were no shields: what a ladder looks at.
  [[nodiscard]] CancelLevel seen_level() const noexcept { return seen_; }
  /// Its first reason; null while there is none.
  [[nodiscard]] const CancelReason* seen_reason() const noexcept { return seen_reason_.get(); }

  // For those who make tasks and scopes:
  void enter_under(CancelScope* parent, Clock& clock);
  void leave() noexcept;

 private:
  friend class Task;
  friend class ScopeEntry;
  using ChildHook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  /// What only a scope has that may end by itself: the others are as many as tasks.
  struct Limits {
    std::optional<Duration> limit{};  // from entering the scope, or from `set_limit`
    Duration kill_limit{};
    std::optional<TimePoint> deadline{};
    std::optional<TimePoint> latest{};  // that `kill` leaves to a shield
    Alarm alarm{};
  };

  [[nodiscard]] bool swallows_cancelled() const noexcept;
  bool refresh();    // from the parent's state; true when anything changed
  void propagate();  // refreshes what is inside, then interrupts the tasks
  void end_at(TimePoint when);
  void end_after_kill();

  ChildHook hook_;

 public:
  using ChildList =
      boost::intrusive::list<CancelScope, boost::intrusive::member_hook<CancelScope, ChildHook, &CancelScope::hook_>,
                             boost::intrusive::constant_time_size<false>>;

 private:
  CancelScope* parent_ = nullptr;
  Clock* clock_ = nullptr;
  ChildList children_;
  Task::ScopeList tasks_;  // those whose innermost scope is this one
  std::unique_ptr<Limits> limits_;
  std::shared_ptr<const CancelReason> reason_;
  std::shared_ptr<const CancelReason> seen_reason_;
  enum class Stage : std::uint8_t { New, Entered, Left } stage_ = Stage::New;
  Shield shield_ = Shield::None;
  CancelLevel own_level_ = CancelLevel::None;
  CancelLevel level_ = CancelLevel::None;
  CancelLevel seen_ = CancelLevel::None;
};

/// Makes `scope` the innermost one of the running task while it lives.
class ScopeEntry {
 public:
  ScopeEntry(CancelScope& scope, Task& task);
  ~ScopeEntry();
  ScopeEntry(const ScopeEntry&) = delete;
  ScopeEntry& operator=(const ScopeEntry&) = delete;

  /// Whether a `Cancelled` that arrives at the end of the scope ends here.
  [[nodiscard]] bool swallows_cancelled() const noexcept { return scope_.swallows_cancelled(); }

 private:
  CancelScope& scope_;
  CancelScope* outer_;
  Task& task_;
};

/// How the body of a scope ended; an exception other than its own cancellation leaves instead.
enum class ScopeEnd : std::uint8_t { Finished, Cancelled };

/// Runs `body`, an `awaitable<void>()`, inside `scope`.
///
/// \return `Cancelled` when the body was ended by the cancellation of this scope. One that came from around
/// the scope leaves as `Cancelled`, the exception; but a shield always returns, also when a `kill` came
/// through it, and what was cancelled around it is there at the next suspending call.
template <class Body>
[[nodiscard]] awaitable<ScopeEnd> with_cancel_scope(CancelScope& scope, Body body) {
  Task& task = co_await current_task();
  ScopeEntry entry(scope, task);
  try {
    co_await body();
  } catch (const Cancelled&) {
    if (!entry.swallows_cancelled()) throw;
    co_return ScopeEnd::Cancelled;
  }
  co_return ScopeEnd::Finished;
}

/// Runs `body` for at most `limit`.
template <class Body>
[[nodiscard]] awaitable<ScopeEnd> with_limit(Duration limit, Body body) {
  ScopeOptions options;
  options.limit = limit;
  CancelScope scope(options);
  co_return co_await with_cancel_scope(scope, std::move(body));
}

/// Runs `body` shielded from the cancellations around it, for at most `limit` (see `Shield::Full`).
/// A cancellation that came meanwhile is still there afterwards, at the next suspending call.
template <class Body>
[[nodiscard]] awaitable<ScopeEnd> with_shield(Duration limit, Body body) {
  ScopeOptions options;
  options.limit = limit;
  options.shield = Shield::Full;
  CancelScope scope(options);
  co_return co_await with_cancel_scope(scope, std::move(body));
}

}  // namespace orchestrator
