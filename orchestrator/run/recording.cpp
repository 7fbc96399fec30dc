#include "orchestrator/run/execution.hpp"
#include "orchestrator/run/reconcile.hpp"
#include "orchestrator/run/run_summary.hpp"

namespace orchestrator {

RunLedger Execution::make_ledger() {
  RunLedger::Hooks hooks;
  hooks.mask = [this](std::string_view text) { return context_.references.mask(text); };
  hooks.warn = [this](const std::string& text) { context_.warn({}, text); };
  hooks.first_use = [this](const std::string& host) { return look_after(host); };
  return RunLedger(options_.dry_run ? nullptr : setup_.store, setup_.id, std::move(hooks));
}

awaitable<bool> Execution::begin_in_store() {
  if (!setup_.store) co_return true;
  StoredRun run;
  run.id = result_.id;
  run.job = result_.job;
  run.instance = setup_.instance;
  run.began = result_.began;
  std::exception_ptr error;
  try {
    co_await setup_.store->begin_run(std::move(run));
    in_store_ = true;
  } catch (const StoreError&) {
    error = std::current_exception();
  }
  if (error) add_errors(error, Phase::Validate, {}, FailureKind::Work);
  co_return in_store_;
}

// Ends what dead orchestrators left on a host, once. Whatever comes of it, this run goes on.
awaitable<void> Execution::look_after(std::string host) {
  if (!in_store_ || looked_after_.contains(host)) co_return;
  ReconcileSetup setup{*setup_.store, setup_.hosts, setup_.state_directory, setup_.instance, StopLadder()};
  std::optional<std::string> only(host);
  std::vector<std::string> lines;
  LogLevel level = LogLevel::Info;
  try {
    const Reconciled outcome = co_await reconcile(std::move(setup), std::move(only));
    if (!outcome.all_gone()) level = LogLevel::Warning;
    lines = describe(outcome);
  } catch (const Error& error) {
    level = LogLevel::Warning;
    lines.push_back(std::string("cannot look for what dead runs left: ") + error.what());
  }
  for (const std::string& line : lines) context_.log(level, {}, host, line);
  looked_after_.insert(std::move(host));
}

awaitable<void> Execution::end_in_store() {
  if (!in_store_) co_return;
  std::string state(to_string(result_.state));
  std::string summary = run_summary(result_, options_.strict);
  // Whatever has become of the clock of the day meanwhile.
  const StoredTime ended = result_.began + std::chrono::duration_cast<StoredTime::duration>(result_.took);
  std::string problem;
  try {
    co_await setup_.store->end_run(result_.id, std::move(state), ended, std::move(summary));
  } catch (const StoreError& error) {
    problem = error.what();
  }
  if (problem.empty()) co_return;
  const std::string text = "cannot write down the end of this run, which will be taken for interrupted: " + problem;
  context_.log(LogLevel::Warning, {}, {}, text);
  result_.warnings.push_back(text);
}

}  // namespace orchestrator
