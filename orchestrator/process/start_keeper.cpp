#include "orchestrator/process/start_keeper.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <unistd.h>
#include <variant>

#include <boost/system/system_error.hpp>

#include "orchestrator/process/keeper_order.hpp"
#include "orchestrator/process/ready_keeper.hpp"
#include "orchestrator/process/start_error.hpp"

namespace orchestrator {

namespace {

/// The ends of a command's pipes.
struct Streams {
  LocalPipes ours;
  std::array<Descriptor, 3> theirs;  // closed here once the command has them
};

/// \return whether there were enough descriptors; if not, errno says of what kind they lack.
bool prepare_streams(asio::io_context& io, const Command& command, Streams& streams) {
  const std::array<StreamUse, 3> uses{command.input, command.output, command.errors};
  for (std::size_t stream = 0; stream < uses.size(); ++stream) {
    if (uses[stream] != StreamUse::Pipe) continue;
    std::optional<PipeEnds> ends = make_pipe();
    if (!ends) return false;
    if (stream == STDIN_FILENO) {
      streams.theirs[stream] = std::move(ends->reading);
      streams.ours.input = std::make_unique<PipeSink>(io, std::move(ends->writing));
    } else {
      streams.theirs[stream] = std::move(ends->writing);
      auto& source = stream == STDOUT_FILENO ? streams.ours.output : streams.ours.errors;
      source = std::make_unique<PipeSource>(io, std::move(ends->reading));
    }
  }
  return true;
}

using Attempt = std::variant<std::unique_ptr<LocalProcess>, LaunchFailure>;

Attempt attempt(asio::io_context& io, OrphanReaper& reaper, Containment& containment, const Command& command,
                const LaunchSpec& spec) {
  Streams streams;
  if (!prepare_streams(io, command, streams)) return LaunchFailure{LaunchStage::Streams, errno};
  const Descriptor order = keeper_order(spec);
  if (!order) return LaunchFailure{LaunchStage::Streams, errno};
  KeeperGifts gifts{{}, order.get(), command.locks};
  for (std::size_t i = 0; i < gifts.streams.size(); ++i) gifts.streams[i] = streams.theirs[i].get();
  std::optional<KeeperHandle> keeper = give_to_ready(containment, gifts);
  if (!keeper) {
    auto outcome = launch_keeper(containment, gifts);
    if (const auto* failure = std::get_if<LaunchFailure>(&outcome)) return *failure;
    keeper = std::get<KeeperHandle>(std::move(outcome));
  }
  return std::make_unique<LocalProcess>(io, reaper, std::move(*keeper), std::move(streams.ours), command);
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
