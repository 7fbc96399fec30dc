#pragma once
#include <sys/types.h>

namespace orchestrator {

/// Starts the process that will be the command, which enters the cgroup at once, and waits for the order, which comes by the line.
/// \param failure where NotStarted can be read, or the end when the command is executed.
/// Where somebody has killed it by then, another one is started.
/// \return its pid; 0: nobody wants it any more, and it is gone; -1 with errno.
[[nodiscard]] pid_t start_when_ordered(int cgroup, int& failure);

}  // namespace orchestrator
