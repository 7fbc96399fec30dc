#pragma once
#include <chrono>
#include <memory>
#include <vector>

#include "orchestrator/config/config.hpp"
#include "orchestrator/run/job.hpp"
#include "orchestrator/run/run.hpp"

namespace orchestrator {

/// One loaded configuration, and what is made of it. A run keeps the one that it began with, so a reload changes nothing
/// for those that are going on.
class JobSource {
 public:
  JobSource() = default;
  virtual ~JobSource() = default;
  JobSource(const JobSource&) = delete;
  JobSource& operator=(const JobSource&) = delete;

  [[nodiscard]] virtual const Config& config() const = 0;
  [[nodiscard]] virtual std::chrono::system_clock::time_point loaded() const = 0;
  /// \throws ConfigErrors
  [[nodiscard]] virtual std::vector<std::unique_ptr<Job>> make_items(const JobConfig& job) const = 0;
  [[nodiscard]] virtual Hosts& hosts() = 0;
};

}  // namespace orchestrator
