#include "orchestrator/run/exit_stack.hpp"

#include <utility>

#include "orchestrator/tasks/cleanup.hpp"
#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

void ExitStack::push(std::size_t item, std::string name, When when, JobContext::ExitAction action) {
  actions_.push_back(Action{item, std::move(name), when, std::move(action)});
}

awaitable<std::vector<ExitStack::Failure>> ExitStack::run(Duration limit,
                                                          std::function<Ending(std::size_t item)> ending) {
  auto all = [this, ending = std::move(ending)]() -> awaitable<void> { return run_all(ending); };
  const ScopeEnd end = co_await with_shield(limit, std::move(all));
  if (end == ScopeEnd::Cancelled) {
    if (current_) give_up(std::move(*current_));
    for (; !actions_.empty(); actions_.pop_back()) give_up(std::move(actions_.back()));
  }
  current_.reset();
  co_return std::move(failures_);
}

void ExitStack::give_up(Action action) {
  const auto error = std::make_exception_ptr(Error(
      "did not end within the limit of all cleanups", "look whether what it works on answers, and undo by hand what it was to undo"));
  failures_.push_back(Failure{action.item, std::move(action.name), error});
}

awaitable<void> ExitStack::run_all(std::function<Ending(std::size_t item)> ending) {
  while (!actions_.empty()) {
    current_ = std::move(actions_.back());
    actions_.pop_back();
    const Ending how = ending(current_->item);
    if (how == Ending::Succeeded && current_->when == When::NotAfterSuccess) continue;
    try {
      co_await current_->function(how);
    } catch (const Cancelled&) {
      throw;
    } catch (...) {
      failures_.push_back(Failure{current_->item, std::move(current_->name), std::current_exception()});
    }
    current_.reset();
  }
}

}  // namespace orchestrator
