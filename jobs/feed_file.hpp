#pragma once
#include <string>

#include "jobs/read_streams.hpp"
#include "orchestrator/run/job_context.hpp"

namespace orchestrator {

/// Runs `command` on `host` with the content of `file`, which is on this machine, as its standard
/// input. The file is read by a process of its own: its file system may not answer.
/// \throws StartError, and Error when the file could not be read to its end although the command
/// wanted it. Cancellation: as for `run_process`.
[[nodiscard]] awaitable<ExitStatus> run_with_file(JobContext& context, Host& host, Command command,
                                                  std::string file, StreamHandlers handlers);

}  // namespace orchestrator
