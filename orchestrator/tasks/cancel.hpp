#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace orchestrator {

/// How hard a cancellation is. A level may only rise.
enum class CancelLevel : std::uint8_t {
  None,  ///< not cancelled
  Stop,  ///< end in good order: signals with their grace, cleanup within its limit
  Kill,  ///< no grace; cleanups go on, within `kKillLimit`
};

/// What a cancellation came from. The first one of a scope is kept.
enum class CancelCause : std::uint8_t {
  Operator,
  Signal,
  Deadline,
  SiblingFailed,
  Disk,
  Stall,
  ConnectionLost,
  ClientGone,
  Shutdown,
  Sleep,  ///< of the machine
};

struct CancelReason {
  CancelCause cause = CancelCause::Operator;
  std::string detail{};  ///< for people: "SIGINT", "limit of 2 h", "item 'srv' failed"
  int signal = 0;        ///< with cause `Signal`: its number, which the exit code is made of
};

[[nodiscard]] std::string_view to_string(CancelLevel level) noexcept;
[[nodiscard]] std::string_view to_string(CancelCause cause) noexcept;

/// "disk: /srv has 14 % left"
[[nodiscard]] std::string to_string(const CancelReason& reason);

/// Leaves every suspending call inside a cancelled scope.
///
/// No std::exception on purpose: a handler for errors must not swallow it. Only the scope that was
/// cancelled does; `catch (...)` has to rethrow or to store it.
struct Cancelled {};

}  // namespace orchestrator
