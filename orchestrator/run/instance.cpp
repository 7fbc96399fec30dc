#include "orchestrator/run/instance.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "orchestrator/error.hpp"
#include "orchestrator/random_id.hpp"
#include "orchestrator/state_directory.hpp"

namespace orchestrator {

namespace {

std::filesystem::path instances(const std::filesystem::path& state_directory) { return state_directory / "instances"; }

[[noreturn]] void could_not(const std::string& doing, const std::filesystem::path& file) {
  throw Error("cannot " + doing + " '" + file.string() + "': " + std::strerror(errno),
              "it must be an ordinary file of the user who runs this, in a directory on a local disk");
}

}  // namespace

void Instance::forget() noexcept {
  if (lock_) ::unlink(file_.c_str());
}

Instance begin_instance(const std::filesystem::path& state_directory) {
  const std::filesystem::path directory = instances(state_directory);
  make_state_directory(directory);
  for (;;) {
    std::string id = random_id();
    std::filesystem::path file = directory / id;
    Descriptor lock(make_state_file(file));
    // Until it is locked it looks like one that a dead program has left: somebody may be clearing it away.
    struct stat status {};
    const bool locked = ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno != EWOULDBLOCK) could_not("lock", file);
    if (locked && ::fstat(lock.get(), &status) == 0 && status.st_nlink > 0) {
      return Instance(std::move(id), std::move(file), std::move(lock));
    }
  }
}

std::optional<Instance> take_dead_instance(const std::filesystem::path& state_directory, const std::string& id) {
  std::filesystem::path file = instances(state_directory) / id;
  // What stands in the store is the name of a file of ours, or nothing.
  if (id.empty() || id.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
  Descriptor lock(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!lock && errno != ENOENT) could_not("open", file);
  // An instance has its file before it has a row: without one it is dead.
  if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    could_not("lock", file);
  }
  return Instance(id, std::move(file), std::move(lock));
}

std::vector<std::string> all_instances(const std::filesystem::path& state_directory) {
  std::vector<std::string> ids;
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(instances(state_directory), ec)) {
    ids.push_back(entry.path().filename().string());
  }
  return ids;
}

}  // namespace orchestrator
