#include "orchestrator/process/launch_keeper.hpp"

#include <cerrno>
#include <sys/eventfd.h>

#include "orchestrator/process/keeper_line.hpp"

namespace orchestrator {

std::variant<KeeperHandle, LaunchFailure> launch_keeper(const Containment& containment, const KeeperGifts& gifts) {
  KeeperHandle keeper;
  keeper.event.reset(::eventfd(0, EFD_CLOEXEC));
  std::optional<KeeperLineEnds> line = keeper.event ? make_keeper_line() : std::nullopt;
  if (!line) return LaunchFailure{LaunchStage::Streams, errno};
  keeper.line = std::move(line->ours);
  if (containment.cgroup.directory) {
    static unsigned number = 0;
    keeper.cgroups = containment.cgroup.directory.get();
    keeper.cgroup = containment.cgroup.prefix + std::to_string(++number);
  }
  LaunchSpec spec;
  spec.candidates.push_back(containment.keeper);
  spec.words.emplace_back("orchestratord-keeper");
  spec.words.push_back(keeper.cgroup);
  spec.streams = gifts.streams;
  spec.more.assign({line->keepers.get(), gifts.order, keeper.cgroups});
  spec.more.insert(spec.more.end(), gifts.locks.begin(), gifts.locks.end());
  auto outcome = launch(spec);
  if (const auto* failure = std::get_if<LaunchFailure>(&outcome)) return *failure;
  keeper.process = std::get<Launched>(std::move(outcome));
  return keeper;
}

}  // namespace orchestrator
