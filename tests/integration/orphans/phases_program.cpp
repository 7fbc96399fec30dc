// `orchestratord --once` with one more type of job.
#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include "jobs/job_types.hpp"
#include "programs/command_line.hpp"
#include "programs/inspect.hpp"
#include "programs/once.hpp"
#include "programs/standard_streams.hpp"
#include "tests/integration/orphans/phases_job.hpp"

int main(int count, char** words) {
  using namespace orchestrator;
  open_closed_streams();
  ::signal(SIGPIPE, SIG_IGN);
  try {
    const CommandLine command = parse_command_line(std::vector<std::string>(words + 1, words + count));
    std::vector<JobType> types = job_types();
    types.push_back(test::phases_job_type());
    return run_once(command, types, LoadOptions());
  } catch (const std::exception& error) {
    complain(error.what());
    return 2;
  }
}
