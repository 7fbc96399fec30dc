#include "tests/support/mounted_disk.hpp"

#include <cerrno>
#include <fstream>
#include <sched.h>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <system_error>
#include <vector>

#include "tests/support/sshd.hpp"

namespace orchestrator::test {

namespace fs = std::filesystem;

namespace {

bool there_is(const std::string& name) { return !system_program(name).empty(); }

}  // namespace

std::string system_program(const std::string& name) {
  for (const char* folder : {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"}) {
    if (fs::exists(folder + name)) return folder + name;
  }
  return {};
}

bool begin_own_mounts() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool can_make_disk(const std::string& type) {
  return type == "tmpfs" || (there_is("mkfs." + type) && fs::exists("/dev/loop-control"));
}

void mount_disk(const fs::path& path, const std::string& type, unsigned mebibytes, const std::string& options) {
  fs::create_directories(path);
  if (type == "tmpfs") {
    const std::string all = "size=" + std::to_string(mebibytes) + "m" + (options.empty() ? "" : "," + options);
    if (::mount("none", path.c_str(), "tmpfs", 0, all.c_str()) != 0) {
      throw std::system_error(errno, std::system_category(), "cannot mount a tmpfs");
    }
    return;
  }
  const std::string image = path.string() + ".image";
  std::ofstream(image).flush();
  fs::resize_file(image, static_cast<std::uintmax_t>(mebibytes) << 20);
  run_program({system_program("mkfs." + type), "-q", image});
  run_program({system_program("mount"), "-o", "loop", image, path.string()});
}

DiskRoom room_on(const fs::path& path) {
  struct statvfs space {};
  if (::statvfs(path.c_str(), &space) != 0) throw std::system_error(errno, std::system_category(), path.string());
  return {space.f_bavail * space.f_frsize, (space.f_blocks - space.f_bfree + space.f_bavail) * space.f_frsize};
}

}  // namespace orchestrator::test
