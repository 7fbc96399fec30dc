#include "orchestrator/process/start_keeper.hpp"

#include <array>
#include <cerrno>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <variant>

#include <boost/system/system_error.hpp>

#include "orchestrator/process/keeper_order.hpp"
#include "orchestrator/process/start_error.hpp"

namespace orchestrator {

namespace {

/// What a command needs besides itself, opened before anything is started.
struct Prepared {
  LocalPipes ours;
  std::array<Descriptor, 3> theirs;  // of the pipes; closed here once the command has them
  KeeperHandle keeper;
  Descriptor keepers_line;
  Descriptor order;
};

/// \return whether there were enough descriptors; if not, errno says of what kind they lack.
bool prepare_streams(asio::io_context& io, const Command& command, Prepared& prepared) {
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

bool prepare_keeper(Containment& containment, const LaunchSpec& spec, Prepared& prepared) {
  prepared.keeper.event.reset(::eventfd(0, EFD_CLOEXEC));
  if (!prepared.keeper.event) return false;
  std::optional<KeeperLineEnds> line = make_keeper_line();
  if (!line) return false;
  prepared.keeper.line = std::move(line->ours);
  prepared.keepers_line = std::move(line->keepers);
  if (containment.cgroup.directory) {
    static unsigned number = 0;
    prepared.keeper.cgroups = containment.cgroup.directory.get();
    prepared.keeper.cgroup = containment.cgroup.prefix + std::to_string(++number);
  }
  prepared.order = keeper_order(spec, prepared.keeper.cgroup);
  return static_cast<bool>(prepared.order);
}

LaunchSpec spec_of_keeper(const Containment& containment, const Command& command, const Prepared& prepared) {
  LaunchSpec spec;
  spec.candidates.push_back(containment.keeper);
  spec.words.emplace_back("orchestratord-keeper");
  for (std::size_t i = 0; i < spec.streams.size(); ++i) spec.streams[i] = prepared.theirs[i].get();
  spec.more.assign({prepared.keepers_line.get(), prepared.order.get(), prepared.keeper.cgroups});
  spec.more.insert(spec.more.end(), command.locks.begin(), command.locks.end());
  return spec;
}

using Attempt = std::variant<std::unique_ptr<LocalProcess>, LaunchFailure>;

Attempt attempt(asio::io_context& io, OrphanReaper& reaper, Containment& containment, const Command& command,
                const LaunchSpec& spec) {
  Prepared prepared;
  if (!prepare_streams(io, command, prepared) || !prepare_keeper(containment, spec, prepared)) {
    return LaunchFailure{LaunchStage::Streams, errno};
  }
  auto outcome = launch(spec_of_keeper(containment, command, prepared));
  if (const auto* failure = std::get_if<LaunchFailure>(&outcome)) return *failure;
  prepared.keeper.process = std::get<Launched>(std::move(outcome));
  return std::make_unique<LocalProcess>(io, reaper, std::move(prepared.keeper), std::move(prepared.ours), command);
}

/// What the loop itself refuses: it watches too many descriptors, say.
Attempt attempt_with_loop(asio::io_context& io, OrphanReaper& reaper, Containment& containment,
                          const Command& command, const LaunchSpec& spec) {
  try {
    return attempt(io, reaper, containment, command, spec);
  } catch (const std::system_error& error) {
    return LaunchFailure{LaunchStage::Streams, error.code().value()};
  } catch (const boost::system::system_error& error) {
    return LaunchFailure{LaunchStage::Streams, error.code().value()};
  }
}

}  // namespace

std::unique_ptr<LocalProcess> start_keeper(asio::io_context& io, OrphanReaper& reaper, Containment& containment,
                                           const Command& command, const LaunchSpec& spec) {
  Attempt outcome = attempt_with_loop(io, reaper, containment, command, spec);
  // By now whatever the attempt had opened is closed again.
  if (const auto* failure = std::get_if<LaunchFailure>(&outcome)) throw keeper_error(spec, containment.keeper, *failure);
  return std::get<std::unique_ptr<LocalProcess>>(std::move(outcome));
}

}  // namespace orchestrator
