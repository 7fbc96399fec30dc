#include "jobs/run_rsync.hpp"

#include <exception>

#include "jobs/local_environment.hpp"
#include "jobs/read_streams.hpp"
#include "jobs/rsync_exit.hpp"
#include "orchestrator/process/helper_program.hpp"
#include "orchestrator/process/tail.hpp"
#include "orchestrator/tasks/group_error.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/task_group.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kRsyncTail = 64 * 1024;

// An rsync that gives up does not wait for its remote shell; what the other end has to say about
// it is worth a moment.
constexpr Duration kWaitServed = std::chrono::seconds(3);

/// What is gathered while one rsync runs.
struct Gathered {
  Tail output{kRsyncTail};
  Tail errors{kRsyncTail};
};

std::function<void(std::string_view)> error_handler(JobContext& context, const RsyncCall& call,
                                                    Gathered& gathered) {
  return [&context, &call, &gathered](std::string_view line) {
    gathered.errors.append(line);
    gathered.errors.append("\n");
    if (call.log_errors) context.log(LogLevel::Info, line);
  };
}

OnLeftovers leftovers_handler(JobContext& context) {
  return [&context](std::vector<Leftover> left) { context.leftovers(std::move(left)); };
}

Command local_command(JobContext& context, const Host& here, const RsyncCall& call) {
  Command command;
  command.program = ArgumentVector{call.words};
  command.environment = base_environment(here);
  // Numbers and messages as we read them.
  command.environment["LC_ALL"] = "C";
  command.stop = context.stop_ladder();
  return command;
}

awaitable<ExitStatus> run_here(JobContext& context, const RsyncCall& call, Command command,
                               Gathered& gathered) {
  ExitStatus status = Unknown{};
  StreamHandlers handlers;
  handlers.on_output = [&context, &call, &gathered](std::string_view bytes) {
    context.moving();
    if (call.on_output) {
      call.on_output(bytes);
    } else {
      gathered.output.append(bytes);
    }
  };
  handlers.on_error_line = error_handler(context, call, gathered);
  auto body = [&status, &handlers](Process& process) -> awaitable<void> {
    status = co_await read_streams(process, handlers);
  };
  Host& here = context.host("");
  co_await with_process(here, std::move(command), leftovers_handler(context), std::move(body));
  co_return status;
}

/// rsync and its other end, side by side.
awaitable<void> run_both(JobContext& context, const RsyncCall& call, Command command,
                         Gathered& gathered, RsyncEnd& end) {
  RemoteShellOptions options;
  options.stop = context.stop_ladder();
  options.on_error_line = error_handler(context, call, gathered);
  options.on_leftovers = leftovers_handler(context);
  options.run_as = context.run_as();
  options.on_bytes = [&context] { context.moving(); };
  Task& task = task_of(co_await asio::this_coro::executor);
  Loop& loop = task.loop();
  RemoteShellBridge bridge(loop.io(), context.host(call.remote), std::move(options));
  for (auto& [name, value] : bridge.environment()) command.environment[name] = value;

  std::exception_ptr error;
  auto body = [&](TaskGroup& group) -> awaitable<void> {
    group.spawn("other end of rsync", [&bridge] { return bridge.serve(); });
    try {
      end.status = co_await run_here(context, call, std::move(command), gathered);
    } catch (const std::exception&) {
      error = std::current_exception();
    }
    auto last_words = [&bridge] { return bridge.wait_served(); };
    co_await with_limit(kWaitServed, std::move(last_words));
    group.cancel(CancelReason{CancelCause::Operator, "rsync has ended"});
  };
  co_await with_task_group(std::move(body));
  if (error) std::rethrow_exception(error);
  end.remote = bridge.end();
}

int exit_code_of(const ExitStatus& status) {
  const auto* exited = std::get_if<Exited>(&status);
  return exited == nullptr ? -1 : exited->code;
}

/// A shell over there says with these that there was no rsync at all, whatever rsync made of it.
bool says_not_found(const std::optional<ExitStatus>& status) {
  return status && (*status == ExitStatus(Exited{kRsyncCommandNotFound}) ||
                    *status == ExitStatus(Exited{126}));
}

}  // namespace

std::string rsync_shell_program() { return helper_program("rsync_shell"); }

awaitable<RsyncEnd> run_rsync(JobContext& context, RsyncCall call) {
  Gathered gathered;
  RsyncEnd end;
  Command command = local_command(context, context.host(""), call);
  if (call.remote.empty()) {
    end.status = co_await run_here(context, call, std::move(command), gathered);
  } else {
    co_await run_both(context, call, std::move(command), gathered, end);
  }
  end.output = gathered.output.text();
  end.errors = gathered.errors.text();
  co_return end;
}

void check_rsync_end(JobContext& context, const RsyncEnd& end, const std::string& remote,
                     const std::string& command) {
  if (succeeded(end.status)) return;
  if (auto error = first<StartError>(end.remote.failure)) throw StartError(*error);
  if (end.remote.failure) std::rethrow_exception(end.remote.failure);
  if (end.status == ExitStatus(Exited{kRsyncVanishedFiles})) {
    context.warn("some files vanished from the source while they were being transferred");
    return;
  }
  CommandFailed::Details details;
  details.command = command;
  details.status = end.status;
  details.errors = end.errors;
  int code = exit_code_of(end.status);
  if (says_not_found(end.remote.status)) {
    details.host = remote;
    details.status = *end.remote.status;
    code = kRsyncCommandNotFound;
  }
  details.meaning = rsync_exit_meaning(code);
  if (!remote.empty() && end.errors.find("sudo: ") != end.errors.npos) {
    throw CommandFailed(std::move(details), "'sudo -n rsync' has to work on '" + remote +
                                                "' without a password: install sudo and rsync there, and add by visudo "
                                                "'LOGIN ALL=(root) NOPASSWD: /usr/bin/rsync'");
  }
  throw CommandFailed(std::move(details), rsync_exit_remedy(code, remote));
}

}  // namespace orchestrator
