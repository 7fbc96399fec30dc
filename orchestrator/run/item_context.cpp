#include "orchestrator/run/item_context.hpp"

#include <utility>

namespace orchestrator {

ItemContext::ItemContext(RunContext& run, std::string item, std::size_t index)
    : run_(run), item_(std::move(item)), index_(index), throttle_(run.clock, [this](const Progress& progress) {
        run_.events.item_progress(item_, progress);
      }) {}

Host& ItemContext::host(const std::string& name) {
  std::unique_ptr<TrackedHost>& tracked = hosts_[name];
  if (!tracked) {
    auto log = [this](LogLevel level, const std::string& host, const std::string& text) {
      run_.log(level, item_, host, text);
    };
    tracked = std::make_unique<TrackedHost>(run_.hosts.get(name), run_.commands, run_.ledger, std::move(log));
  }
  return *tracked;
}

awaitable<std::string> ItemContext::resolve(std::string text) { return run_.references.resolve(std::move(text)); }

void ItemContext::progress(Progress progress) {
  moving();
  if (progress.bytes) progress_bytes_ = progress.bytes;
  progress.current = run_.references.mask(progress.current);
  throttle_.report(std::move(progress));
}

void ItemContext::log(LogLevel level, std::string_view text) {
  moving();
  run_.log(level, item_, {}, text);
}

void ItemContext::warn(std::string_view text) { run_.warn(item_, text); }

void ItemContext::moved(std::uint64_t bytes) { bytes_ = bytes_.value_or(0) + bytes; }

void ItemContext::on_exit(std::string name, ExitAction action) {
  run_.exit_stack.push(index_, std::move(name), ExitStack::When::Always, std::move(action));
}

void ItemContext::on_failure(std::string name, ExitAction action) {
  run_.exit_stack.push(index_, std::move(name), ExitStack::When::NotAfterSuccess, std::move(action));
}

void ItemContext::leftovers(std::vector<Leftover> left) { run_.commands.left(left); }

awaitable<ProcessResult> ItemContext::run(Host& host, Command command, RunProcessOptions options) {
  auto on_error_line = [this, name = host.name(), also = std::move(options.on_error_line)](std::string_view line) {
    moving();
    run_.log(LogLevel::Info, item_, name, line);
    if (also) also(line);
  };
  options.on_error_line = std::move(on_error_line);
  options.on_leftovers = [this, also = std::move(options.on_leftovers)](std::vector<Leftover> left) {
    run_.commands.left(left);
    if (also) also(std::move(left));
  };
  ProcessResult result = co_await run_process(host, std::move(command), std::move(options));
  result.errors = run_.references.mask(result.errors);
  co_return result;
}

}  // namespace orchestrator
