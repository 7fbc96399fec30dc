#pragma once
#include "orchestrator/run/job_type.hpp"

namespace orchestrator::test {

/// A job type "phases" for the cells that no real type can make: it runs one command in the phase that is asked for,
/// for several items, beside an item that fails on demand.
[[nodiscard]] JobType phases_job_type();

}  // namespace orchestrator::test
