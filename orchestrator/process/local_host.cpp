#include "orchestrator/process/local_host.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "orchestrator/config/places.hpp"
#include "orchestrator/process/account.hpp"
#include "orchestrator/process/disk_space.hpp"
#include "orchestrator/process/helper_program.hpp"
#include "orchestrator/process/launch_spec.hpp"
#include "orchestrator/process/local_lock.hpp"
#include "orchestrator/process/local_process.hpp"
#include "orchestrator/process/proc.hpp"
#include "orchestrator/process/ready_keeper.hpp"
#include "orchestrator/process/reap.hpp"
#include "orchestrator/process/start_error.hpp"
#include "orchestrator/process/start_keeper.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/run_blocking.hpp"

namespace orchestrator {

namespace {

HostFacts facts_now(const std::filesystem::path& state_directory) {
  const UserContext user = current_user();
  HostFacts facts;
  facts.user = user.name;
  facts.home = user.home;
  facts.state_directory = state_directory;
  utsname system{};
  if (::uname(&system) == 0) facts.system = system.sysname;
  facts.boot_id = read_boot_id();
  facts.guarantee = Guarantee::Complete;
  return facts;
}

bool may_execute(const std::string& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::faccessat(AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) == 0;
}

}  // namespace

LocalHost::LocalHost(Loop& loop, std::filesystem::path state_directory, LocalHostOptions options)
    : loop_(loop), state_directory_(std::move(state_directory)), options_(options), reaper_(loop.io()) {
  ::signal(SIGPIPE, SIG_IGN);
}

LocalHost::~LocalHost() {
  if (containment_) dismiss_ready(*containment_);
}

awaitable<void> LocalHost::find_containment() {
  if (containment_) co_return;
  auto look = [options = options_] {
    Containment found;
    found.keeper = helper_program("keeper");
    if (options.cgroups) found.cgroup = find_own_cgroup();
    found.keep_ready = options.keep_ready.value_or(found.cgroup.directory && !may_clone_into_cgroup());
    return found;
  };
  Containment found = co_await run_blocking(std::move(look));
  if (!containment_) containment_ = std::move(found);
}

awaitable<void> LocalHost::find_containment_for(const LaunchSpec& spec) {
  try {
    co_await find_containment();
  } catch (const Error& error) {
    throw StartError(StartFailure::NotPossible, "cannot start '" + spec.words.front() + "': " + error.what(),
                     error.remedy());
  }
}

awaitable<void> LocalHost::find_account_for(LaunchSpec& spec, std::string name) {
  struct Found {
    Account account;
    std::optional<Error> refusal;
  };
  auto look = [name] {
    Found found;
    found.refusal = why_not_run_as(name);
    if (!found.refusal) found.account = find_account(name);
    return found;
  };
  Found found = co_await run_blocking(std::move(look));
  if (found.refusal) {
    throw StartError(StartFailure::NotPossible, "cannot start '" + spec.words.front() + "': " + found.refusal->what(),
                     found.refusal->remedy());
  }
  make_theirs(spec.environment, found.account);
  spec.account = std::move(found.account);
}

awaitable<std::unique_ptr<Process>> LocalHost::start(Command command) {
  co_await throw_if_cancelled();
  LaunchSpec spec = launch_spec_for(command);
  co_await find_containment_for(spec);
  if (!command.run_as.empty()) co_await find_account_for(spec, command.run_as);
  std::unique_ptr<LocalProcess> process = start_keeper(loop_.io(), reaper_, *containment_, command, spec);
  std::exception_ptr error;
  try {
    co_await process->wait_started();
  } catch (...) {
    error = std::current_exception();
  }
  if (process->started() && !error) {
    keep_ready(*containment_);
    co_return process;
  }
  const std::vector<Leftover> left = co_await process->stop();
  // They would not be heard of: so whoever holds it asks again, after the cancellation that is still there.
  if (!left.empty()) co_return process;
  if (error) std::rethrow_exception(error);
  const std::optional<LaunchFailure> failure = process->failure();
  process.reset();
  if (!failure) {
    throw StartError(StartFailure::NotPossible,
                     "cannot start '" + spec.words.front() + "': its keeper was killed while it started it");
  }
  // It looks at files, maybe at some that do not answer.
  auto explain = [spec, failure = *failure, path = search_path_of(command)] { return start_error(spec, failure, path); };
  StartError refusal = co_await run_blocking(std::move(explain));
  throw refusal;
}

awaitable<std::vector<Leftover>> LocalHost::reap(ProcessTrace trace, StopLadder ladder) {
  return reap_here(loop_.io(), std::move(trace), std::move(ladder));
}

awaitable<DiskSpace> LocalHost::disk_space(std::string path) { return disk_space_by_df(*this, std::move(path)); }

awaitable<std::unique_ptr<HostLock>> LocalHost::lock(std::string name, std::string holder) {
  // A state directory on a disk that does not answer must not hold the loop.
  auto take = [directory = state_directory_, name, holder] { return take_local_lock(directory, name, holder); };
  co_return co_await run_blocking(std::move(take));
}

awaitable<std::unique_ptr<HostLock>> LocalHost::share_lock(std::string name, std::string holder) {
  auto take = [directory = state_directory_, name, holder] {
    return take_local_lock(directory, name, holder, LockKind::Shared);
  };
  co_return co_await run_blocking(std::move(take));
}

awaitable<std::optional<bool>> LocalHost::finds(std::string program, std::string path) {
  auto look = [program = std::move(program), path = std::move(path)]() -> std::optional<bool> {
    const std::vector<std::string> files = candidates_for(program, path);
    return std::any_of(files.begin(), files.end(), may_execute);
  };
  co_return co_await run_blocking(std::move(look));
}

awaitable<HostFacts> LocalHost::facts() {
  if (!facts_) {
    auto ask = [directory = state_directory_] { return facts_now(directory); };  // the user database may be far away
    HostFacts facts = co_await run_blocking(std::move(ask));
    facts_ = std::move(facts);
  }
  co_return *facts_;
}

}  // namespace orchestrator
