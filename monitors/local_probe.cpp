#include "monitors/local_probe.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <sys/eventfd.h>
#include <utility>
#include <variant>

#include "monitors/probe_answer.hpp"
#include "orchestrator/process/child.hpp"
#include "orchestrator/process/helper_program.hpp"
#include "orchestrator/process/launch.hpp"
#include "orchestrator/process/pipe_stream.hpp"
#include "orchestrator/tasks/limiter.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/sleep.hpp"

namespace orchestrator {

namespace {

/// A helper that does not hang is gone in a millisecond.
constexpr Duration kEndLimit = std::chrono::seconds(1);
constexpr Duration kNameLimit = std::chrono::seconds(1);

/// Before a path, for the helper: whose quotas it looks at.
std::string words_for(const DiskWriter& writer) {
  if (writer.without_quota) return "none";
  if (!writer.other) return "us";
  return std::to_string(writer.other->user) + ":" + std::to_string(writer.other->group);
}

[[noreturn]] void cannot_start(int error) {
  throw Error(std::string("cannot start the disk probe: ") + std::strerror(error),
              "see how many processes and open files are allowed");
}

}  // namespace

struct LocalProbe::Helper {
  Helper(asio::io_context& io, Launched launched, Descriptor event, Descriptor ours_in, Descriptor ours_out)
      : pid(launched.pid),
        input(io, std::move(ours_in)),
        output(io, std::move(ours_out)),
        child(io, std::move(launched), std::move(event)) {}

  /// The next answer. \throws Error at the end
  awaitable<std::string> next_line() {
    for (;;) {
      const std::size_t end = read.find('\n');
      if (end != std::string::npos) {
        std::string line = read.substr(0, end);
        read.erase(0, end + 1);
        --unanswered;
        co_return line;
      }
      std::array<char, 512> bytes{};
      const std::size_t count = co_await output.read_some(bytes);
      if (count == 0) throw Error("the disk probe was ended by somebody");
      read.append(bytes.data(), count);
    }
  }

  pid_t pid;
  PipeSink input;
  PipeSource output;
  Child child;
  Limiter turn{"disk probe", 1};
  std::string read;
  std::size_t unanswered = 0;  // questions of those who went away before the answer
};

LocalProbe::LocalProbe(asio::io_context& io) : io_(io) {}

LocalProbe::~LocalProbe() {
  // Without waiting: one that hangs dies when its mount lets it.
  for (const auto& [mount, helper] : helpers_) {
    if (!helper->child.ended()) ::kill(helper->pid, SIGKILL);
    (void)helper->child.reap();
  }
}

awaitable<void> LocalProbe::serve() { return sleep_forever(); }

std::shared_ptr<LocalProbe::Helper> LocalProbe::start_helper() {
  if (program_.empty()) program_ = helper_program("disk_probe");
  std::optional<PipeEnds> in = make_pipe();
  std::optional<PipeEnds> out = make_pipe();
  Descriptor event(::eventfd(0, EFD_CLOEXEC));
  if (!in || !out || !event) cannot_start(errno);
  LaunchSpec spec;
  spec.candidates.push_back(program_);
  spec.words.emplace_back("orchestratord-disk-probe");
  spec.directory = "/";
  spec.streams = {in->reading.get(), out->writing.get(), -1};
  auto outcome = launch(spec);
  if (const auto* failure = std::get_if<LaunchFailure>(&outcome)) cannot_start(failure->error);
  return std::make_shared<Helper>(io_, std::get<Launched>(std::move(outcome)), std::move(event),
                                  std::move(in->writing), std::move(out->reading));
}

std::shared_ptr<LocalProbe::Helper> LocalProbe::helper_for(const std::string& mount) {
  std::shared_ptr<Helper>& helper = helpers_[mount];
  if (helper && helper->child.ended()) {
    (void)helper->child.reap();
    helper.reset();
  }
  if (!helper) {
    try {
      helper = start_helper();
    } catch (...) {
      helpers_.erase(mount);
      throw;
    }
  }
  return helper;
}

awaitable<std::string> LocalProbe::ask(std::string path, std::string who) {
  const std::string whole = std::filesystem::absolute(path).string();
  const std::shared_ptr<Helper> helper = helper_for(mounts_.mount_of(whole));
  const LimiterSlot turn = co_await helper->turn.acquire();
  // First the answers that nobody waited for.
  while (helper->unanswered > 0) (void)co_await helper->next_line();
  ++helper->unanswered;
  const std::string question = who + ' ' + whole + '\0';
  const bool taken = co_await helper->input.write(question);
  if (!taken) throw Error("the disk probe was ended by somebody");
  co_return co_await helper->next_line();
}

awaitable<SpaceReading> LocalProbe::look(std::string path, DiskWriter writer) {
  std::string who = words_for(writer);
  const std::string line = co_await ask(std::move(path), std::move(who));
  HelperAnswer answer = parse_helper_answer(line);
  for (Quota& quota : answer.quotas) {
    co_await find_name(quota);
    apply(quota, answer.space);
  }
  co_return std::move(answer.space);
}

// A name is a courtesy: who does not know it in time is told the number.
awaitable<void> LocalProbe::find_name(Quota& quota) {
  const auto owner = std::make_pair(quota.kind, quota.id);
  if (!names_.contains(owner)) {
    std::string name;
    auto ask = [owner, &name]() -> awaitable<void> {
      auto find = [owner] { return name_of(owner.first, owner.second); };
      name = co_await run_blocking(std::move(find));
    };
    co_await with_limit(kNameLimit, std::move(ask));
    names_[owner] = name;
  }
  quota.name = names_[owner];
}

awaitable<void> LocalProbe::close() {
  auto end_all = [this]() -> awaitable<void> {
    for (auto& [mount, helper] : helpers_) co_await helper->input.close();
    for (auto& [mount, helper] : helpers_) {
      // One that hangs is not waited for.
      if (helper->unanswered > 0) continue;
      co_await helper->child.wait_ended();
      (void)helper->child.reap();
    }
  };
  co_await with_shield(kEndLimit, std::move(end_all));
}

std::vector<std::pair<std::string, pid_t>> LocalProbe::helpers() const {
  std::vector<std::pair<std::string, pid_t>> all;
  for (const auto& [mount, helper] : helpers_) all.emplace_back(mount, helper->pid);
  return all;
}

}  // namespace orchestrator
