#pragma once
#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

/// Suspends the task on its loop's clock.
[[nodiscard]] awaitable<void> sleep_for(Duration duration);
[[nodiscard]] awaitable<void> sleep_until(TimePoint when);
/// Until cancelled.
[[nodiscard]] awaitable<void> sleep_forever();

/// Lets every task that is ready run once; throws `Cancelled` like every suspending call.
[[nodiscard]] awaitable<void> yield_now();

}  // namespace orchestrator
