#pragma once
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/run/job_context.hpp"

namespace orchestrator {

/// What has to happen at the end of a run, whatever its ending (`JobContext::on_exit`).
class ExitStack {
 public:
  enum class When { Always, NotAfterSuccess };
  struct Failure {
    std::size_t item;
    std::string name;  ///< of the action
    std::exception_ptr error;
  };

  void push(std::size_t item, std::string name, When when, JobContext::ExitAction action);

  /// Runs all actions, the last one first, each whatever the others did; shielded from cancellation,
  /// and all together for `limit` at most. Those whose time did not come are failures too.
  /// \param ending of an item.
  [[nodiscard]] awaitable<std::vector<Failure>> run(Duration limit, std::function<Ending(std::size_t item)> ending);

  [[nodiscard]] bool empty() const noexcept { return actions_.empty(); }

 private:
  struct Action {
    std::size_t item;
    std::string name;
    When when;
    JobContext::ExitAction function;
  };

  awaitable<void> run_all(std::function<Ending(std::size_t item)> ending);

  void give_up(Action action);

  std::vector<Action> actions_;
  std::optional<Action> current_;  // runs at the moment
  std::vector<Failure> failures_;
};

}  // namespace orchestrator
