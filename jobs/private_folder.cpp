#include "jobs/private_folder.hpp"

#include <sys/un.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "orchestrator/error.hpp"

namespace orchestrator {

namespace {

std::string temporary_directory() {
  constexpr std::size_t kRoom = 40;  // for what is added to it
  const char* wanted = std::getenv("TMPDIR");
  if (wanted == nullptr || *wanted != '/') return "/tmp";
  std::string path = wanted;
  return path.size() + kRoom < sizeof(sockaddr_un::sun_path) ? path : "/tmp";
}

}  // namespace

PrivateFolder::PrivateFolder() : path_(temporary_directory() + "/orchestrator-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) {  // mode 0700
    throw Error("cannot make a folder like '" + path_ + "': " + std::strerror(errno),
                "set TMPDIR to a directory that can be written");
  }
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace orchestrator
