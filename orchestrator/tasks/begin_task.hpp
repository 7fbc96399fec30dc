#pragma once
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator::detail {

/// The first thing that the coroutine of a task awaits.
///
/// Cancellation is a state of our scopes; Asio only has to end the operation that is under way. Its own
/// latch stays unused: it would throw a std::exception, and forgets what comes twice. And never does a
/// task run inside the call that spawned it, nor without a suspension: Asio 1.26 lets an exception
/// escape from io_context::run when a cancelled coroutine ends before its first one.
[[nodiscard]] awaitable<void> begin_task();

}  // namespace orchestrator::detail
