#include "orchestrator/process/local_host.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <sys/eventfd.h>
#include <sys/utsname.h>
#include <system_error>
#include <unistd.h>

#include "orchestrator/config/places.hpp"
#include "orchestrator/process/disk_space.hpp"
#include "orchestrator/process/launch_spec.hpp"
#include "orchestrator/process/local_lock.hpp"
#include "orchestrator/process/local_process.hpp"
#include "orchestrator/process/proc.hpp"
#include "orchestrator/process/reap.hpp"
#include "orchestrator/process/start_error.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/run_blocking.hpp"

namespace orchestrator {

namespace {

/// What a command needs besides itself, opened before it is started.
struct Prepared {
  LocalPipes ours;
  std::array<Descriptor, 3> theirs;  // of the pipes; closed here once the command has them
  Descriptor event;                  // see Child
};

/// \return whether there were enough descriptors; if not, errno says of what kind they lack.
bool prepare(asio::io_context& io, const Command& command, Prepared& prepared) {
  prepared.event.reset(::eventfd(0, EFD_CLOEXEC));
  if (!prepared.event) return false;
  const std::array<StreamUse, 3> uses{command.input, command.output, command.errors};
  for (std::size_t stream = 0; stream < uses.size(); ++stream) {
    if (uses[stream] != StreamUse::Pipe) continue;
    std::optional<PipeEnds> ends = make_pipe();
    if (!ends) return false;
    if (stream == STDIN_FILENO) {
      prepared.theirs[stream] = std::move(ends->reading);
      prepared.ours.input = std::make_unique<PipeSink>(io, std::move(ends->writing));
    } else {
      prepared.theirs[stream] = std::move(ends->writing);
      auto& source = stream == STDOUT_FILENO ? prepared.ours.output : prepared.ours.errors;
      source = std::make_unique<PipeSource>(io, std::move(ends->reading));
    }
  }
  return true;
}

using Attempt = std::variant<std::unique_ptr<Process>, LaunchFailure>;

Attempt attempt(asio::io_context& io, OrphanReaper& reaper, const Command& command, LaunchSpec& spec) {
  Prepared prepared;
  if (!prepare(io, command, prepared)) return LaunchFailure{LaunchStage::Streams, errno};
  for (std::size_t i = 0; i < spec.streams.size(); ++i) spec.streams[i] = prepared.theirs[i].get();
  auto outcome = launch(spec);
  if (const auto* failure = std::get_if<LaunchFailure>(&outcome)) return *failure;
  return std::make_unique<LocalProcess>(io, reaper, std::get<Launched>(std::move(outcome)), std::move(prepared.event),
                                        std::move(prepared.ours), command);
}

/// What the loop itself refuses: it watches too many descriptors, say.
Attempt attempt_with_loop(asio::io_context& io, OrphanReaper& reaper, const Command& command, LaunchSpec& spec) {
  try {
    return attempt(io, reaper, command, spec);
  } catch (const std::system_error& error) {
    return LaunchFailure{LaunchStage::Streams, error.code().value()};
  } catch (const boost::system::system_error& error) {
    return LaunchFailure{LaunchStage::Streams, error.code().value()};
  }
}

std::unique_ptr<Process> start_now(asio::io_context& io, OrphanReaper& reaper, const Command& command) {
  LaunchSpec spec = launch_spec_for(command);
  Attempt outcome = attempt_with_loop(io, reaper, command, spec);
  // By now whatever the attempt had opened is closed again.
  if (const auto* failure = std::get_if<LaunchFailure>(&outcome)) {
    throw start_error(spec, *failure, search_path_of(command));
  }
  return std::get<std::unique_ptr<Process>>(std::move(outcome));
}

HostFacts facts_now(const std::filesystem::path& state_directory) {
  const UserContext user = current_user();
  HostFacts facts;
  facts.user = user.name;
  facts.home = user.home;
  facts.state_directory = state_directory;
  utsname system{};
  if (::uname(&system) == 0) facts.system = system.sysname;
  facts.boot_id = read_boot_id();
  facts.guarantee = Guarantee::Group;
  return facts;
}

}  // namespace

LocalHost::LocalHost(Loop& loop, std::filesystem::path state_directory)
    : loop_(loop), state_directory_(std::move(state_directory)), reaper_(loop.io()) {
  ::signal(SIGPIPE, SIG_IGN);
}

awaitable<std::unique_ptr<Process>> LocalHost::start(Command command) {
  co_await throw_if_cancelled();
  co_return start_now(loop_.io(), reaper_, command);
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

awaitable<HostFacts> LocalHost::facts() {
  if (!facts_) {
    auto ask = [directory = state_directory_] { return facts_now(directory); };  // the user database may be far away
    HostFacts facts = co_await run_blocking(std::move(ask));
    facts_ = std::move(facts);
  }
  co_return *facts_;
}

}  // namespace orchestrator
