#include "ssh/control.hpp"

#include <algorithm>
#include <sstream>

#include "orchestrator/host.hpp"
#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "ssh/loader.hpp"

namespace orchestrator {

namespace {

// Requests: "beat N", "stop N GROUP STARTTIME CONFIRM_MS SIGNAL MS SIGNAL MS …", "lock N FILE HOLDER…", "unlock N".
// Answers: "beat N", "gone N", "left N", "locked N", "busy N HOLDER…", "noflock N",
// "nolock N WHY…".
//
// `kill` fails alike for a group that is gone and for one that belongs to somebody else (sudo); only its words tell.
// dash refuses `kill -KILL -- -GROUP`. A group of nothing but zombies counts as gone; it takes a look at every process
// to know, so that comes last. Naps are short at first: most processes obey at once.
//
// ksh closes descriptors above 2 for the commands that it runs, unless they are named again.
// The holder of a lock waits for the end of a pipe that this shell alone can write to: it goes with us, whatever kills us.
constexpr std::string_view kControlCode = R"sh(set -f; umask 077
LC_ALL=C; export LC_ALL
same() { [ "$2" = - ] && return 0; { read -r l < /proc/$1/stat; } 2>/dev/null || return 0; l=${l##*) }; set -- $2 $l; [ "$1" = "${21}" ]; }
alive() { same $1 $2 || return 1; e=$(kill -0 -$1 2>&1) && return 0; case $e in *ermi*) return 0;; esac; return 1; }
moving() { set +f; for f in /proc/[0-9]*/stat; do { read -r l < $f; } 2>/dev/null || continue; l=${l##*) }; case $l in [ZX]*) continue;; esac; set -- $g $l; [ "$1" = "$4" ] && return 0; done; return 1; }
nap() { if [ $n -lt 100 ]; then d=0.01; n=$((n+12)); elif [ $n -lt 1000 ]; then d=0.05; n=$((n+52)); else d=0.2; n=$((n+202)); fi; sleep $d 2>/dev/null || { sleep 1; n=$((n+1000)); }; }
gone_within() { n=0; while alive $g $s; do [ $n -ge 100 ] && [ -e /proc/self/stat ] && { (moving) || return 0; }; [ $n -lt $1 ] || return 1; nap; done; }
stop() { id=$1; g=$2; s=$3; c=$4; shift 4; r=gone
[ "$g" -gt 1 ] || { echo "left $id"; return; }
while alive $g $s; do [ $# -gt 0 ] || { r=left; break; }
kill -$1 -$g 2>/dev/null; w=$2; if [ $1 = KILL ]; then w=$c; else kill -CONT -$g 2>/dev/null; fi
gone_within $w && break; shift 2; done
echo "$r $id"; }
locks=${XDG_STATE_HOME:-$HOME/.local/state}/orchestratord/locks
pipe=; line() { [ "$pipe" ] && return; mkdir -p "$locks" && mkfifo "$locks/.$0" && pipe=y && exec 8<>"$locks/.$0" 7<"$locks/.$0"; rm -f "$locks/.$0"; }
lock() { id=$1; f=$locks/$2; shift 2; [ "$pipe" ] && exec 8>&-
command -v flock >/dev/null || { echo "noflock $id"; return; }
[ "$pipe" ] && ( : <>"$f" ) 2>/dev/null || { echo "nolock $id cannot write to $locks"; return; }
exec 9<>"$f"
flock -n 9 9<&9; case $? in
0) echo "$*" >"$f"; echo "locked $id"; read x <&7;;
1) h=; read -r h <"$f"; echo "busy $id $h";;
*) echo "nolock $id flock failed";; esac; }
while read -r a b; do case $a in
beat) echo "beat $b";;
stop) ( stop $b ) & ;;
lock) line 2>/dev/null; ( lock $b ) & eval "lock_${b%% *}=$!";;
unlock) eval "kill \$lock_$b";;
esac; jobs >/dev/null 2>&1; done
exit 0
)sh";

std::string milliseconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

}  // namespace

awaitable<void> SshControl::run() {
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
  why_ = "its control shell has ended";
  connection_.lose(why_);
  changed_.wake_all();
}

awaitable<void> SshControl::start() {
  const std::string nonce = make_nonce();
  channel_ = co_await connection_.session()->start(loader_line(nonce), SshSession::Purpose::Control);
  SshSource output(channel_, SshStream::Output);
  SshSource errors(channel_, SshStream::Errors);
  const LoaderGreeting greeting = co_await await_loader(output, errors, nonce);
  if (!greeting.process) throw Error("its login shell says '" + last_words(greeting.noise) + "'");
  channel_->discard(SshStream::Errors);
  const std::string code = std::string(kControlCode) + nonce + "\n";
  static_cast<void>(co_await channel_->write(code));
}

awaitable<void> SshControl::read_answers() {
  SshSource output(channel_, SshStream::Output);
  for (;;) {
    const std::optional<std::string> line = co_await output.read_line();
    if (!line) co_return;
    take_answer(*line);
  }
}

void SshControl::take_answer(const std::string& line) {
  std::istringstream words(line);
  Answer answer;
  unsigned number = 0;
  if (!(words >> answer.word >> number) || answer.word == "beat") return;
  std::getline(words >> std::ws, answer.text);
  answers_[number] = std::move(answer);
  changed_.wake_all();
}

awaitable<void> SshControl::ready() {
  while (state_ == State::Starting) {
    connection_.session()->throw_if_failed();
    co_await changed_.wait("the control shell of a host");
  }
  connection_.session()->throw_if_failed();
  if (state_ == State::Unavailable) throw Error(why_);
}

void SshControl::send(const std::string& word, unsigned number, const std::string& rest) {
  channel_->put(word + " " + std::to_string(number) + (rest.empty() ? "" : " ") + rest + "\n");
}

awaitable<SshControl::Answer> SshControl::answer_to(unsigned number) {
  while (!answers_.contains(number)) {
    connection_.session()->throw_if_failed();
    co_await changed_.wait("an answer of the control shell");
  }
  Answer answer = std::move(answers_[number]);
  answers_.erase(number);
  co_return answer;
}

awaitable<SshControl::Outcome> SshControl::end_group(const RemoteProcess& process, std::vector<StopRung> rungs,
                                                     Duration confirm_limit) {
  co_await ready();
  // Only the start of the group's leader is known.
  const bool leads = process.group == process.pid && !process.start_time.empty();
  std::string request = process.group + " " + (leads ? process.start_time : "-") + " " + milliseconds(confirm_limit);
  for (const StopRung& rung : rungs) request += " " + rung.signal + " " + milliseconds(rung.wait);
  const unsigned number = ++last_number_;
  send("stop", number, request);
  const Answer answer = co_await answer_to(number);
  co_return answer.word == "gone" ? Outcome::Gone : Outcome::Left;
}

awaitable<unsigned> SshControl::lock(std::string name, std::string holder) {
  // It is a word of a line, and a name below the lock directory.
  if (name.empty() || name.front() == '.' || name.find_first_of("/ \t\r\n") != std::string::npos) {
    throw Error("'" + name + "' cannot be the name of a lock");
  }
  co_await ready();
  std::replace(holder.begin(), holder.end(), '\n', ' ');
  const unsigned number = ++last_number_;
  send("lock", number, name + " " + holder);
  // The answer is on its way: without it nobody could say whether there is something to unlock.
  Answer answer;
  auto wait = [this, number, &answer]() -> awaitable<void> { answer = co_await answer_to(number); };
  static_cast<void>(co_await with_shield(kConfirmLimit, std::move(wait)));
  Task& task = task_of(co_await asio::this_coro::executor);
  if (task.scope().cancelled() && answer.word == "locked") unlock(number);
  task.throw_if_cancelled();
  if (answer.word == "busy") throw LockBusy(name, answer.text);
  const std::string problem = "cannot take the lock '" + name + "' on " + connection_.session()->name() + ": ";
  if (answer.word == "noflock") throw LockNotPossible(problem + "there is no flock", "install util-linux over there");
  if (answer.word != "locked") throw Error(problem + answer.text, "the login user must be able to write there");
  co_return number;
}

void SshControl::unlock(unsigned number) {
  if (state_ == State::Ready) send("unlock", number, "");
}

awaitable<void> SshControl::beat() {
  Clock& clock = task_of(co_await asio::this_coro::executor).clock();
  const Heartbeat& heartbeat = connection_.host().heartbeat;
  // Its start is a question too, which a slow login shell may take its time to answer.
  const Duration patience = connection_.host().connect_timeout + heartbeat.every * heartbeat.misses;
  while (state_ == State::Starting && !connection_.session()->failed()) {
    auto change = [this] { return changed_.wait("the control shell of a host"); };
    const ScopeEnd end = co_await with_limit(patience, std::move(change));
    if (end == ScopeEnd::Finished || clock.now() - connection_.last_heard() < patience) continue;
    connection_.lose("no answer for " + format_duration(patience));
    co_return;
  }
  unsigned silences = 0;
  std::optional<TimePoint> asked;
  while (state_ == State::Ready) {
    co_await sleep_for(heartbeat.every);
    const bool heard = connection_.last_heard() >= (asked ? *asked : clock.now() - heartbeat.every);
    if (heard) {
      silences = 0;
      asked.reset();
      if (clock.now() - connection_.last_heard() < heartbeat.every) continue;
    } else if (asked && ++silences >= heartbeat.misses) {
      connection_.lose("no answer for " + format_duration(heartbeat.every * heartbeat.misses));
      co_return;
    }
    if (!asked) asked = clock.now();
    send("beat", silences, "");
  }
}

}  // namespace orchestrator
