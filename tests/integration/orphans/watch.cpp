#include "tests/integration/orphans/watch.hpp"

#include <algorithm>
#include <stdexcept>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace orchestrator::test {

int milliseconds_until(Moment limit) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

FolderWatch::FolderWatch(const std::filesystem::path& folder) : descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (descriptor_ < 0 || ::inotify_add_watch(descriptor_, folder.c_str(), IN_MODIFY | IN_CREATE) < 0) {
    throw std::runtime_error("cannot watch '" + folder.string() + "'");
  }
}

FolderWatch::~FolderWatch() { ::close(descriptor_); }

bool FolderWatch::until(const std::function<bool()>& condition, Moment limit, int process) const {
  for (;;) {
    if (condition()) return true;
    pollfd both[2] = {{descriptor_, POLLIN, 0}, {process, POLLIN, 0}};
    if (::poll(both, 2, milliseconds_until(limit)) == 0) return condition();
    if (both[1].revents != 0) return condition();
    char events[4096];
    while (::read(descriptor_, events, sizeof events) > 0) {
    }
  }
}

std::vector<Identity> until_gone(const std::function<std::vector<Identity>()>& who, Moment limit) {
  for (;;) {
    const std::vector<Identity> alive = alive_among(who());
    if (alive.empty()) return alive;
    std::vector<pollfd> ends;
    for (const Identity& one : alive) {
      if (const int end = watch_process(one); end >= 0) ends.push_back({end, POLLIN, 0});
    }
    const bool late = ::poll(ends.data(), ends.size(), ends.empty() ? 0 : milliseconds_until(limit)) == 0;
    for (const pollfd& end : ends) ::close(end.fd);
    if (late && !ends.empty()) return alive_among(who());
  }
}

}  // namespace orchestrator::test
