#include "tests/support/tidy_test.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>

namespace orchestrator::test {

namespace fs = std::filesystem;

namespace {

std::map<int, std::string> open_descriptors() {
  std::map<int, std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const fs::path target = fs::read_symlink(entry.path(), gone);
    if (!gone) found.emplace(std::stoi(entry.path().filename()), target.string());
  }
  // Without the one that has just read the folder.
  std::erase_if(found, [](const auto& entry) { return ::fcntl(entry.first, F_GETFD) == -1; });
  return found;
}

std::set<pid_t> children_of_this_process() {
  std::set<pid_t> found;
  for (const fs::directory_entry& thread : fs::directory_iterator("/proc/self/task")) {
    std::ifstream list(thread.path() / "children");
    found.insert(std::istream_iterator<pid_t>(list), std::istream_iterator<pid_t>());
  }
  return found;
}

std::string command_of(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  return line.substr(0, line.find(' ', line.rfind(')') + 2));  // "4711 (sleep) Z"
}

}  // namespace

Belongings Belongings::now() { return Belongings{open_descriptors(), children_of_this_process()}; }

TidyTest::~TidyTest() {
  const Belongings after = Belongings::now();
  for (const auto& [fd, target] : after.descriptors) {
    if (!before_.descriptors.contains(fd)) {
      ADD_FAILURE() << "the test left descriptor " << fd << " open: " << target;
    }
  }
  for (const pid_t pid : after.children) {
    if (!before_.children.contains(pid)) ADD_FAILURE() << "the test left a child: " << command_of(pid);
  }
}

}  // namespace orchestrator::test
