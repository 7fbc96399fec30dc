#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/config/config.hpp"
#include "orchestrator/run/job.hpp"

namespace orchestrator {

/// A kind of job: its keys, and how one configured job becomes items.
struct JobType {
  std::string name;       ///< the value of `type`
  ConfigSection section;  ///< the keys that it adds to a job
  /// \throws ConfigErrors for what only shows when keys are seen together.
  std::function<std::vector<std::unique_ptr<Job>>(const JobConfig&, const Config&)> make;
};

}  // namespace orchestrator
