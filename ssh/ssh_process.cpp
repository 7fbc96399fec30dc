#include "ssh/ssh_process.hpp"

#include <algorithm>
#include <cstring>

#include "orchestrator/host.hpp"
#include "orchestrator/tasks/format_duration.hpp"
#include "ssh/warden.hpp"

namespace orchestrator {

namespace {

constexpr std::string_view kNotOurs =
    "a child of sudo that we may not end; 'orchestratord --check --connect' shows the rules of sudoers that are needed";

std::string program_name(const Program& program) {
  const auto* vector = std::get_if<ArgumentVector>(&program);
  if (vector && !vector->words.empty()) return vector->words.front();
  return "sh";
}

}  // namespace

awaitable<bool> SshSink::write(std::string_view bytes) { return channel_->write(bytes); }

awaitable<void> SshSink::close() {
  channel_->finish_input();
  co_return;
}

SshProcess::SshProcess(SshLink::Use use, std::shared_ptr<SshChannel> channel, const Command& command, std::string host,
                       Reaper reaper)
    : use_(std::move(use)),
      channel_(std::move(channel)),
      host_(std::move(host)),
      command_(orchestrator::describe(command.program)),
      program_(program_name(command.program)),
      directory_(command.directory),
      reaper_(std::move(reaper)),
      ladder_(command.stop),
      raw_(std::holds_alternative<RawShellString>(command.program)),
      input_open_(command.input == StreamUse::Pipe),
      input_(channel_),
      output_(channel_, SshStream::Output),
      errors_(channel_, SshStream::Errors) {
  const auto cookie = command.environment.find(std::string(kCommandCookie));
  if (cookie != command.environment.end()) cookie_ = cookie->second;
  if (!raw_) return;
  // Nobody reads these, and nothing over there redirects them.
  if (command.output == StreamUse::Null) channel_->discard(SshStream::Output);
  if (command.errors == StreamUse::Null) channel_->discard(SshStream::Errors);
  if (!input_open_) channel_->finish_input();
}

ProcessTrace SshProcess::trace() const {
  ProcessTrace trace;
  if (!process_) return trace;
  trace.cookie = cookie_;
  trace.boot_id = use_.warden().boot_id();
  trace.group = process_->group;
  if (process_->group == process_->pid) trace.start_time = process_->start_time;
  return trace;
}

SshProcess::~SshProcess() { channel_->abandon(); }

awaitable<void> SshProcess::meet(std::string nonce) {
  LoaderGreeting greeting = co_await await_loader(output_, errors_, nonce);
  if (!greeting.process) throw not_loaded(greeting.noise);
  process_ = std::move(greeting.process);
  std::string why;
  try {
    co_await use_.warden().ready();
  } catch (const StartError&) {
    throw;
  } catch (const Error& error) {
    why = error.what();
  }
  if (!why.empty()) throw unwatched(why);
}

awaitable<void> SshProcess::load(std::string code, std::string nonce) {
  // Before the code that makes it a program: whatever becomes of us, the warden knows what to end.
  use_.warden().announce(*process_);
  const bool taken = co_await channel_->write(code);
  if (!taken) throw not_loaded(errors_.rest());
  if (!input_open_) channel_->finish_input();
  co_await check_answer(nonce);
}

awaitable<void> SshProcess::check_answer(const std::string& nonce) {
  std::string said;
  const std::string where = " on " + use_.session().name();
  for (;;) {
    const std::optional<std::string> line = co_await errors_.read_line();
    if (!line) throw not_loaded(said + errors_.rest());
    if (!line->starts_with(nonce + " ")) {
      said += *line + "\n";
      continue;
    }
    const std::string_view answer = std::string_view(*line).substr(nonce.size() + 1);
    if (answer == "ok") co_return;
    if (answer == "nodirectory") {
      throw StartError(StartFailure::NoDirectory, "cannot start '" + program_ + "'" + where + ": the directory '" + directory_ +
                                                      "' is not there or cannot be entered",
                       "create it over there, or let '" + use_.connection().host().user + "' enter it");
    }
    if (answer == "noexec") {
      throw StartError(StartFailure::NotExecutable, "cannot start '" + program_ + "'" + where + ": it may not be executed",
                       "see its permissions over there, and whether its file system is mounted with noexec");
    }
    if (answer.starts_with("notfound")) {
      const bool is_path = program_.find('/') != std::string::npos;
      const std::string looked = is_path ? "no such file" : "no such file in PATH '" + std::string(answer.substr(std::min<std::size_t>(9, answer.size()))) + "'";
      throw StartError(StartFailure::NotFound, "cannot start '" + program_ + "'" + where + ": " + looked,
                       "install '" + program_ + "' over there, or give its full path");
    }
    throw not_loaded(*line);
  }
}

StartError SshProcess::unwatched(const std::string& why) const {
  return StartError(StartFailure::NotPossible,
                    "cannot start '" + program_ + "' on " + use_.session().name() + ": nobody would end it there, " + why,
                    "a warden needs 'sh' over there, and one channel of sshd's MaxSessions");
}

StartError SshProcess::not_loaded(const std::string& said) const {
  const std::string words = last_words(said);
  return StartError(StartFailure::NotPossible,
                    "cannot start '" + program_ + "' on " + use_.session().name() + ": its login shell did not get that far" +
                        (words.empty() ? std::string() : ", it says '" + words + "'"),
                    "the account needs a login shell, and a key without a forced command (or set 'forced_command')");
}

std::string SshProcess::describe() const {
  std::string text = command_ + " on '" + host_ + "'";
  if (process_) text += ", process group " + process_->group;
  return text;
}

namespace {

ScopeOptions bounded(Duration limit, Shield shield) {
  ScopeOptions options;
  options.limit = limit;
  options.shield = shield;
  options.kill_limit = limit;  // it is short enough
  return options;
}

std::vector<StopRung> kill_only(const std::vector<StopRung>& rungs) {
  return std::vector<StopRung>(rungs.end() - (rungs.empty() ? 0 : 1), rungs.end());
}

Duration total(const std::vector<StopRung>& rungs) {
  Duration sum{};
  for (const StopRung& rung : rungs) sum += rung.wait;
  return sum;
}

}  // namespace

awaitable<std::vector<Leftover>> SshProcess::stop() {
  if (gone_) co_return std::vector<Leftover>();
  channel_->finish_input();
  if (!channel_->status()) {
    channel_->discard_soon(SshStream::Output);
    channel_->discard_soon(SshStream::Errors);
  }
  if (process_) {
    co_await end_group();
    if (!gone_ && reaper_ && unanswered_) co_await end_by_another_connection();
  } else {
    co_await end_input();
  }
  co_return left();
}

awaitable<void> SshProcess::end_group() {
  Task& task = task_of(co_await asio::this_coro::executor);
  const CancelScope& outer = task.scope();
  // An answer may take as long as a connection may be silent.
  const Duration slack = std::max<Duration>(use_.connection().host().heartbeat.every * 2, std::chrono::seconds(1));
  std::vector<StopRung> rungs = ladder_.rungs;
  for (;;) {
    const bool killing = outer.seen_level() == CancelLevel::Kill;
    if (killing) rungs = kill_only(rungs);
    auto ask = [this, &rungs]() -> awaitable<void> {
      const SshWarden::Outcome outcome = co_await use_.warden().end_group(*process_, cookie_, rungs, ladder_.confirm_limit);
      gone_ = outcome == SshWarden::Outcome::Gone;
      unanswered_ = false;
      why_left_ = "still there " + format_duration(ladder_.confirm_limit) + " after SIGKILL";
      if (outcome == SshWarden::Outcome::NotOurs) why_left_ = kNotOurs;
    };
    CancelScope scope(bounded(total(rungs) + ladder_.confirm_limit + slack, killing ? Shield::Full : Shield::UntilKill));
    ScopeEnd end = ScopeEnd::Finished;
    try {
      end = co_await with_cancel_scope(scope, std::move(ask));
    } catch (const Error& error) {
      why_left_ = error.what();
      unanswered_ = true;
    }
    if (end == ScopeEnd::Finished) co_return;
    why_left_ = "no answer to the request to stop it";
    unanswered_ = true;
    if (killing || outer.seen_level() != CancelLevel::Kill) co_return;
  }
}

awaitable<void> SshProcess::end_by_another_connection() {
  // Without its warden the connection is of no use to anybody.
  use_.connection().lose("its warden does not answer");
  Task& task = task_of(co_await asio::this_coro::executor);
  const CancelScope& outer = task.scope();
  StopLadder ladder = ladder_;
  if (outer.seen_level() == CancelLevel::Kill) ladder.rungs = kill_only(ladder.rungs);
  const Duration limit = use_.connection().host().connect_timeout + total(ladder.rungs) + ladder.confirm_limit;
  auto reap = [this, &ladder]() -> awaitable<void> {
    const std::vector<Leftover> found = co_await reaper_(trace(), ladder);
    gone_ = found.empty();
    unanswered_ = false;
    if (!gone_) why_left_ = found.front().why;
  };
  CancelScope scope(bounded(limit, Shield::Full));
  try {
    static_cast<void>(co_await with_cancel_scope(scope, std::move(reap)));
  } catch (const Error&) {
    // The host cannot be reached: then "connection lost" says it all.
  }
}

awaitable<void> SshProcess::end_input() {
  Task& task = task_of(co_await asio::this_coro::executor);
  const CancelScope& outer = task.scope();
  why_left_ = "still there after the end of its input";
  if (!channel_->status() && outer.seen_level() != CancelLevel::Kill) {
    co_await wait_until_closed(total(ladder_.rungs), Shield::UntilKill);
  }
  // sshd closes the pipes now; it confirms when the process has ended.
  if (!channel_->status()) channel_->abandon();
  if (!channel_->status()) co_await wait_until_closed(ladder_.confirm_limit, Shield::Full);
  // A loader without its code ends with its input.
  gone_ = channel_->status().has_value() || channel_->closed() || (!raw_ && use_.session().failed());
}

awaitable<void> SshProcess::wait_until_closed(Duration limit, Shield shield) {
  CancelScope scope(bounded(limit, shield));
  auto wait = [this]() -> awaitable<void> {
    while (!channel_->status() && !channel_->closed() && !use_.session().failed()) co_await channel_->wait_change();
  };
  static_cast<void>(co_await with_cancel_scope(scope, std::move(wait)));
}

std::vector<Leftover> SshProcess::left() const {
  std::vector<Leftover> list;
  if (gone_) return list;
  Leftover entry;
  entry.host = host_;
  if (process_) entry.group = process_->group;
  entry.command = command_;
  entry.why = (unanswered_ || !process_) && use_.session().failed() ? "connection lost" : why_left_;
  list.push_back(std::move(entry));
  return list;
}

}  // namespace orchestrator
