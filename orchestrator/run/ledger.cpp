#include "orchestrator/run/ledger.hpp"

namespace orchestrator {

awaitable<void> RunLedger::intend(Host& host, unsigned number, std::string text, std::string cookie) {
  if (!store_) co_return;
  StoredCommand command;
  command.run = run_;
  command.number = number;
  command.host = host.name();
  command.text = hooks_.mask(text);
  command.trace.cookie = std::move(cookie);
  std::string boot_id = co_await boot_id_of(host);
  command.trace.boot_id = std::move(boot_id);
  try {
    co_await store_->intend(std::move(command));
  } catch (const StoreError& error) {
    throw StartError(StartFailure::NotPossible,
                     "did not start '" + text + "', which nobody could find again after a crash: " + error.what(),
                     error.remedy());
  }
}

awaitable<std::string> RunLedger::boot_id_of(Host& host) {
  KnownHost& known = hosts_[host.name()];
  const LimiterSlot slot = co_await known.turn.acquire();
  if (!known.ready) {
    HostFacts facts = co_await host.facts();
    known.facts = std::move(facts);
    co_await hooks_.first_use(host.name());
    known.ready = true;
  }
  co_return known.facts.boot_id;
}

std::optional<Guarantee> RunLedger::guarantee_of(const std::string& host) const {
  const auto known = hosts_.find(host);
  if (known == hosts_.end() || !known->second.ready) return std::nullopt;
  return known->second.facts.guarantee;
}

awaitable<void> RunLedger::started(unsigned number, ProcessTrace trace) {
  if (!store_) co_return;
  co_await write(store_->started(run_, number, std::move(trace)));
}

awaitable<void> RunLedger::ended(unsigned number, CommandState state) {
  if (!store_) co_return;
  co_await write(store_->set_state(run_, number, state));
}

awaitable<void> RunLedger::write(awaitable<void> call) {
  std::string problem;
  try {
    co_await std::move(call);
  } catch (const StoreError& error) {
    problem = error.what();
  }
  if (problem.empty() || std::exchange(warned_, true)) co_return;
  hooks_.warn("cannot write down what becomes of the commands of this run: " + problem);
}

}  // namespace orchestrator
