#include "orchestrator/process/helper_program.hpp"

#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "orchestrator/error.hpp"

namespace orchestrator {

std::string helper_program(const std::string& name) {
  std::vector<std::filesystem::path> folders;
  const char* wanted = std::getenv("ORCHESTRATOR_LIBEXEC");
  if (wanted != nullptr && *wanted != '\0') {
    folders.emplace_back(wanted);
  } else {
    std::error_code ec;
    const std::filesystem::path here =
        std::filesystem::read_symlink("/proc/self/exe", ec).parent_path();
    folders.push_back(here);
    folders.push_back(here.parent_path() / "libexec/orchestratord");
  }
  std::string looked;
  for (const std::filesystem::path& folder : folders) {
    const std::string path = folder / name;
    if (::access(path.c_str(), X_OK) == 0) return path;
    looked += (looked.empty() ? "'" : " and '") + folder.string() + "'";
  }
  throw Error("cannot find the helper program '" + name + "', looked in " + looked,
              "install the orchestrator again, or set ORCHESTRATOR_LIBEXEC to the folder that "
              "has it");
}

}  // namespace orchestrator
