#include "monitors/remote_probe.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <memory>
#include <utility>

#include "monitors/probe_answer.hpp"
#include "orchestrator/process/run_process.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/task_group.hpp"

namespace orchestrator {

namespace {

// Two lines for a question: a number, and a path of which the end may be missing. Each is answered by a process of its
// own, with one write, because they may overtake each other: lines "NUMBER k LINE" of df -Pk, "NUMBER i LINE" of
// df -Pi, maybe "NUMBER m BYTES" that btrfs has taken for what it has not written yet, which df does not count, and at
// the end "NUMBER ok", or "NUMBER no WHY". With a "q" after its number a question is one for the quotas at a mount point:
// lines "NUMBER q LINE" of quota(1), "NUMBER g GROUP", and the same end.
constexpr const char* kScript = R"(LC_ALL=C; export LC_ALL
while IFS= read -r id && IFS= read -r path; do
  (
    case $id in *q)
      id=${id%q}
      if command -v quota >/dev/null; then
        limits=$(quota -ugwp -f "$path" 2>/dev/null)
        text=$(printf '%s\n' "$limits" | while IFS= read -r line; do
                 case $line in ('Disk quotas for group '*': none') ;; (*) printf '%s q %s\n' "$id" "$line" ;; esac
               done)
        printf '%s\n%s g %s\n%s ok\n' "$text" "$id" $(id -g) "$id"
      else
        printf '%s no quota\n' "$id"
      fi
      exit ;;
    esac
    until [ -e "$path" ] || [ "$path" = / ] || [ "$path" = . ]; do
      case $path in
        */) path=${path%/} ;;
        */*) path=${path%/*}; path=${path:-/} ;;
        *) path=. ;;
      esac
    done
    case $path in -*) path=./$path ;; esac
    if space=$(df -Pk "$path" 2>&1); then
      inodes=$(df -Pi "$path" 2>/dev/null)
      text=$(printf '%s\n' "$space" | while IFS= read -r line; do printf '%s k %s\n' "$id" "$line"; done
             printf '%s\n' "$inodes" | while IFS= read -r line; do printf '%s i %s\n' "$id" "$line"; done)
      device=${space#*/dev/}
      device=${device%%[ ]*}
      for member in "/sys/fs/btrfs/"*"/devices/$device"; do
        IFS= read -r taken <"${member%/devices/*}/allocation/data/bytes_may_use" && text="$text
$id m $taken"
      done 2>/dev/null
      printf '%s\n%s ok\n' "$text" "$id"
    else
      IFS= read -r first <<END
$space
END
      printf '%s no %s\n' "$id" "$first"
    fi
  ) </dev/null &
done
)";

constexpr const char* kNoProgram = "quota";  // as the script has it
/// Where no limit is known.
constexpr Duration kQuotaPatience = std::chrono::seconds(2);
/// Of looks: so long nobody asks again where there was no quota.
constexpr unsigned kQuietLooks = 20;

Command probe_command() {
  Command command;
  command.program = ShellScript{kScript};
  command.input = StreamUse::Pipe;
  command.stop.rungs.clear();
  command.stop.rungs.push_back({"KILL", Duration::zero()});
  return command;
}

}  // namespace

struct RemoteProbe::Question {
  unsigned number = 0;  // none yet
  WaitQueue answered;
  std::string blocks;
  std::string inodes;
  std::string quotas;
  std::uint64_t group = 0;
  std::uint64_t taken = 0;  // of the free bytes, for what is not written yet
  std::string failure;
  bool done = false;
  bool for_good = false;
};

awaitable<SpaceReading> RemoteProbe::look(std::string path, DiskWriter writer) {
  Question question;
  send(question, "", path);
  const auto forget = [this](const unsigned* id) { open_.erase(*id); };
  const std::unique_ptr<const unsigned, decltype(forget)> entry(&question.number, forget);
  co_await have_answered(question);
  if (!question.failure.empty()) throw Error(question.failure);
  DfAnswer answer = parse_df_answer(question.blocks, question.inodes);
  SpaceReading& reading = answer.space;
  reading.available -= std::min(reading.available, question.taken);
  if (!writer.without_quota && !answer.mount_point.empty()) {
    const std::vector<Quota> quotas = co_await quotas_at(std::move(answer.mount_point));
    for (const Quota& quota : quotas) apply(quota, reading);
  }
  co_return std::move(reading);
}

void RemoteProbe::send(Question& question, const std::string& kind, const std::string& path) {
  if (!never_.empty()) throw CannotLook(never_);
  if (path.find('\n') != std::string::npos) throw Error("a path with a line break cannot be looked at");
  question.number = ++last_;
  open_.emplace(question.number, &question);
  unsent_.push_back(std::to_string(question.number) + kind + "\n" + path + "\n");
  asked_.wake_all();
}

awaitable<void> RemoteProbe::have_answered(Question& question) {
  while (!question.done) co_await question.answered.wait("the free space over there");
  if (question.for_good) throw CannotLook(question.failure);
}

// quota looks at every mount over there, and may ask another machine. So one at a time, and one that takes long is not waited for:
// what df says holds until it answers.
awaitable<std::vector<Quota>> RemoteProbe::quotas_at(std::string mount_point) {
  Quotas& those = quotas_[mount_point];
  if (no_quotas_ || those.quiet > 0) {
    if (those.quiet > 0) --those.quiet;
    co_return std::vector<Quota>();
  }
  bool fresh = take_late_answer(mount_point);
  if (!fresh) {
    auto ask = [this, &mount_point, &fresh]() -> awaitable<void> {
      std::string where = mount_point;
      fresh = co_await ask_quota(std::move(where));
    };
    // Who looks has his own patience; it is for what matters.
    if (those.known.empty()) {
      co_await with_limit(kQuotaPatience, std::move(ask));
    } else {
      co_await ask();
    }
  }
  if (!fresh && !those.known.empty()) throw Error("quota does not answer");
  co_return those.known;
}

// \return false when somebody else's is waited for no more.
awaitable<bool> RemoteProbe::ask_quota(std::string mount_point) {
  const LimiterSlot turn = co_await quota_turn_.acquire();
  if (late_ || no_quotas_) co_return false;
  const auto question = std::make_shared<Question>();
  send(*question, "q", mount_point);
  late_ = question;
  late_mount_point_ = mount_point;
  co_await have_answered(*question);
  // Whoever looks at another mount may have taken it already.
  (void)take_late_answer(mount_point);
  co_return question->failure.empty() || no_quotas_;
}

bool RemoteProbe::take_late_answer(const std::string& mount_point) {
  if (!late_ || !late_->done) return false;
  const std::shared_ptr<Question> question = std::exchange(late_, nullptr);
  open_.erase(question->number);
  no_quotas_ = question->failure == kNoProgram;
  if (!question->failure.empty()) return no_quotas_;
  QuotaQuestion asked;
  asked.group = question->group;
  asked.now = std::time(nullptr);
  Quotas& those = quotas_[late_mount_point_];
  those.known = parse_quota(question->quotas, asked);
  if (those.known.empty()) those.quiet = kQuietLooks;
  return late_mount_point_ == mount_point;
}

awaitable<void> RemoteProbe::serve() {
  for (;;) {
    while (unsent_.empty()) co_await asked_.wait("a question about free space");
    std::string failure = "the disk probe over there has ended";
    bool for_good = false;
    try {
      auto talk = [this](Process& process) -> awaitable<void> { return converse(process); };
      Command command = probe_command();
      co_await with_process(host_, std::move(command), OnLeftovers(), std::move(talk));
    } catch (const StartError& error) {
      failure = error.what();
      for_good = error.failure() == StartFailure::NotPossible;
    } catch (const std::exception& error) {
      failure = error.what();
    }
    fail_all(failure, for_good);
  }
}

awaitable<void> RemoteProbe::converse(Process& process) {
  auto both = [this, &process](TaskGroup& group) -> awaitable<void> {
    group.spawn("questions", [this, &process] { return ask(process); });
    group.spawn("complaints", [&process]() -> awaitable<void> {
      auto ignore = [](std::string_view) {};
      return read_lines(process.errors(), ignore);
    });
    co_await listen(process);
    group.cancel(CancelReason{CancelCause::Operator, "the disk probe has ended"});
  };
  co_await with_task_group(std::move(both));
}

awaitable<void> RemoteProbe::ask(Process& process) {
  for (;;) {
    while (unsent_.empty()) co_await asked_.wait("a question about free space");
    std::string text;
    for (const std::string& question : std::exchange(unsent_, {})) text += question;
    const bool taken = co_await process.input().write(text);
    if (!taken) co_return;
  }
}

awaitable<void> RemoteProbe::listen(Process& process) {
  auto take = [this](std::string_view line) { take_line(line); };
  co_await read_lines(process.output(), std::move(take));
}

void RemoteProbe::take_line(std::string_view line) {
  unsigned number = 0;
  const auto [end, ec] = std::from_chars(line.data(), line.data() + line.size(), number);
  const auto found = open_.find(number);
  const std::string_view rest = line.substr(static_cast<std::size_t>(end - line.data()));
  if (ec != std::errc() || found == open_.end()) return;  // of somebody who went away; or rubbish
  Question& question = *found->second;
  if (rest.starts_with(" q ")) question.quotas.append(rest.substr(3)).append("\n");
  if (rest.starts_with(" g ")) (void)std::from_chars(rest.data() + 3, rest.data() + rest.size(), question.group);
  if (rest.starts_with(" k ")) question.blocks.append(rest.substr(3)).append("\n");
  if (rest.starts_with(" i ")) question.inodes.append(rest.substr(3)).append("\n");
  if (rest.starts_with(" m ")) (void)std::from_chars(rest.data() + 3, rest.data() + rest.size(), question.taken);
  if (rest.starts_with(" no")) question.failure = rest.size() > 4 ? std::string(rest.substr(4)) : "df has failed";
  if (rest == " ok" || rest.starts_with(" no")) {
    question.done = true;
    question.answered.wake_all();
  }
}

void RemoteProbe::fail_all(const std::string& why, bool for_good) {
  unsent_.clear();
  if (for_good) never_ = why;
  for (const auto& [number, question] : open_) {
    question->failure = why;
    question->done = true;
    question->for_good = for_good;
    question->answered.wake_all();
  }
}

}  // namespace orchestrator
