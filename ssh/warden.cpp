#include "ssh/warden.hpp"

#include <algorithm>
#include <sstream>

#include "orchestrator/host.hpp"
#include "orchestrator/random_id.hpp"
#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "ssh/loader.hpp"
#include "ssh/warden_script.hpp"

namespace orchestrator {

namespace {

std::string milliseconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

std::string or_dash(const std::string& word) { return word.empty() ? "-" : word; }

/// Only the start of the group's leader is known.
std::string start_of_leader(const RemoteProcess& process) {
  return process.group == process.pid ? or_dash(process.start_time) : "-";
}

std::string ladder_words(const std::vector<StopRung>& rungs, Duration confirm_limit) {
  std::string words = " " + milliseconds(confirm_limit);
  for (const StopRung& rung : rungs) words += " " + rung.signal + " " + milliseconds(rung.wait);
  return words;
}

}  // namespace

SshWarden::SshWarden(SshConnection& connection) : connection_(connection), id_(random_id()) {}

awaitable<void> SshWarden::run() {
  try {
    co_await start();
    state_ = State::Ready;
  } catch (const Error& error) {
    why_ = error.what();
    state_ = State::Unavailable;
  }
  changed_.wake_all();
  if (state_ == State::Unavailable) co_return;
  try {
    co_await read_answers();
  } catch (const Error&) {
    // Of the connection, which says it to everybody.
  }
  state_ = State::Unavailable;
  why_ = "its warden has ended";
  connection_.lose(why_);
  changed_.wake_all();
}

awaitable<void> SshWarden::start() {
  const std::string nonce = random_id();
  channel_ = co_await connection_.session()->start(loader_line(nonce), SshSession::Purpose::Control);
  changed_.wake_all();
  output_.emplace(channel_, SshStream::Output);
  SshSource errors(channel_, SshStream::Errors);
  const LoaderGreeting greeting = co_await await_loader(*output_, errors, nonce);
  if (!greeting.process) throw Error("its login shell says '" + last_words(greeting.noise) + "'");
  channel_->discard(SshStream::Errors);
  const std::string code = warden_code(id_, connection_.host().heartbeat, connection_.host().sudo) + nonce + "\n";
  static_cast<void>(co_await channel_->write(code));
  const std::optional<std::string> hello = co_await output_->read_line();
  if (!hello) throw Error("its warden ended at once");
  take_hello(*hello);
}

void SshWarden::take_hello(const std::string& line) {
  std::istringstream words(line);
  std::string hello, number, guarantee;
  words >> hello >> number >> guarantee >> boot_id_;
  if (hello != "hello") throw Error("its warden says '" + last_words(line) + "'");
  if (boot_id_ == "-") boot_id_.clear();
  guarantee_ = Guarantee::Group;
  if (guarantee == "cookie") guarantee_ = Guarantee::Cookie;
  if (guarantee == "complete") guarantee_ = Guarantee::Complete;
  std::string missing;
  while (words >> missing) missing_.push_back(missing);
}

awaitable<void> SshWarden::read_answers() {
  for (;;) {
    const std::optional<std::string> line = co_await output_->read_line();
    if (!line) co_return;
    take_answer(*line);
  }
}

void SshWarden::take_answer(const std::string& line) {
  std::istringstream words(line);
  Answer answer;
  unsigned number = 0;
  if (!(words >> answer.word >> number)) return;
  // Nobody waits for it any more; a lock must not stay.
  if (!awaited_.contains(number)) {
    if (answer.word == "locked") unlock(number);
    return;
  }
  std::getline(words >> std::ws, answer.text);
  answers_[number] = std::move(answer);
  changed_.wake_all();
}

awaitable<void> SshWarden::opened() {
  while (state_ == State::Starting && !channel_) {
    connection_.session()->throw_if_failed();
    co_await changed_.wait("the warden's channel to a host");
  }
}

awaitable<void> SshWarden::ready() {
  while (state_ == State::Starting) {
    connection_.session()->throw_if_failed();
    co_await changed_.wait("the warden of a host");
  }
  connection_.session()->throw_if_failed();
  if (state_ == State::Unavailable) throw Error(why_);
}

void SshWarden::send(const std::string& word, unsigned number, const std::string& rest) {
  channel_->put(word + " " + std::to_string(number) + (rest.empty() ? "" : " ") + rest + "\n");
}

/// That an answer is waited for, which may never come.
class SshWarden::Awaited {
 public:
  Awaited(SshWarden& warden, unsigned number) : warden_(warden), number_(number) { warden_.awaited_.insert(number_); }
  ~Awaited() {
    warden_.awaited_.erase(number_);
    warden_.answers_.erase(number_);
  }
  Awaited(const Awaited&) = delete;
  Awaited& operator=(const Awaited&) = delete;

 private:
  SshWarden& warden_;
  unsigned number_;
};

awaitable<SshWarden::Answer> SshWarden::answer_to(unsigned number) {
  const Awaited awaited(*this, number);
  while (!answers_.contains(number)) {
    connection_.session()->throw_if_failed();
    co_await changed_.wait("an answer of the warden");
  }
  Answer answer = std::move(answers_[number]);
  co_return answer;
}

void SshWarden::announce(const RemoteProcess& process) {
  if (state_ == State::Ready) channel_->put("run " + process.group + ":" + start_of_leader(process) + "\n");
}

void SshWarden::forget(const RemoteProcess& process) {
  if (state_ == State::Ready) channel_->put("forget " + process.group + ":" + start_of_leader(process) + "\n");
}

awaitable<SshWarden::Outcome> SshWarden::end_group(const RemoteProcess& process, const std::string& cookie,
                                                   std::vector<StopRung> rungs, Duration confirm_limit) {
  co_await ready();
  const unsigned number = ++last_number_;
  const std::string request = process.group + " " + start_of_leader(process) + " " + or_dash(cookie);
  send("stop", number, request + ladder_words(rungs, confirm_limit));
  const Answer answer = co_await answer_to(number);
  if (answer.word != "gone") co_return answer.text == "sudo" ? Outcome::NotOurs : Outcome::Left;
  forget(process);
  co_return Outcome::Gone;
}

awaitable<SshWarden::Outcome> SshWarden::reap(ProcessTrace trace, StopLadder ladder) {
  co_await ready();
  const unsigned number = ++last_number_;
  const std::string request =
      or_dash(trace.group) + " " + or_dash(trace.start_time) + " " + or_dash(trace.cookie) + " " + or_dash(trace.boot_id);
  send("reap", number, request + ladder_words(ladder.rungs, ladder.confirm_limit));
  const Answer answer = co_await answer_to(number);
  if (answer.word == "gone") co_return Outcome::Gone;
  co_return answer.text == "sudo" ? Outcome::NotOurs : Outcome::Left;
}

awaitable<unsigned> SshWarden::lock(std::string name, std::string holder) {
  // It is a word of a line, and a name below the lock directory.
  if (name.empty() || name.front() == '.' || name.find_first_of("/ \t\r\n\\") != std::string::npos) {
    throw Error("'" + name + "' cannot be the name of a lock", "use letters, digits, '-' and '_'");
  }
  co_await ready();
  std::replace(holder.begin(), holder.end(), '\n', ' ');
  std::replace(holder.begin(), holder.end(), '\\', '/');
  const unsigned number = ++last_number_;
  send("lock", number, name + " " + holder);
  // The answer is on its way; one that comes too late is unlocked when it comes.
  std::optional<Answer> answer;
  auto wait = [this, number, &answer]() -> awaitable<void> { answer = co_await answer_to(number); };
  static_cast<void>(co_await with_shield(kConfirmLimit, std::move(wait)));
  Task& task = task_of(co_await asio::this_coro::executor);
  if (task.scope().cancelled() && answer && answer->word == "locked") unlock(number);
  task.throw_if_cancelled();
  co_return lock_given(number, name, answer);
}

unsigned SshWarden::lock_given(unsigned number, const std::string& name, const std::optional<Answer>& answer) const {
  const std::string problem = "cannot take the lock '" + name + "' on " + connection_.session()->name() + ": ";
  if (!answer) throw Error(problem + "no answer for " + format_duration(kConfirmLimit), "see whether the host is overloaded");
  if (answer->word == "busy") throw LockBusy(name, answer->text);
  if (answer->word == "noflock") throw LockNotPossible(problem + "there is no flock", "install util-linux over there");
  if (answer->word != "locked") throw Error(problem + answer->text, "the login user must be able to write there");
  return number;
}

void SshWarden::unlock(unsigned number) {
  if (state_ == State::Ready) send("unlock", number, "");
}

awaitable<void> SshWarden::beat() {
  Task& task = task_of(co_await asio::this_coro::executor);
  Clock& clock = task.clock();
  const Heartbeat& heartbeat = connection_.host().heartbeat;
  // Its start is a question too, which a slow login shell may take its time to answer.
  const Duration patience = connection_.host().connect_timeout + heartbeat.every * heartbeat.misses;
  while (state_ == State::Starting && !connection_.session()->failed()) {
    auto change = [this] { return changed_.wait("the warden of a host"); };
    const ScopeEnd end = co_await with_limit(patience, std::move(change));
    if (end == ScopeEnd::Finished || clock.now() - connection_.last_heard() < patience) continue;
    connection_.lose("no answer for " + format_duration(patience));
    co_return;
  }
  // Always, not only after a silence: the warden takes their absence for our end.
  unsigned silences = 0;
  while (state_ == State::Ready) {
    const TimePoint asked = clock.now();
    send("beat", silences, "");
    co_await sleep_for(heartbeat.every);
    silences = connection_.last_heard() >= asked ? 0 : silences + 1;
    if (silences < heartbeat.misses) continue;
    connection_.lose("no answer for " + format_duration(heartbeat.every * heartbeat.misses));
    co_return;
  }
}

}  // namespace orchestrator
