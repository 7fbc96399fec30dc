#include "jobs/rsync_overlap.hpp"

#include <filesystem>

namespace orchestrator {

namespace {

bool lies_inside(const std::string& path, const std::string& directory) {
  if (directory == "/") return path != "/";
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

std::string joined(const std::string& directory, const std::string& name) {
  return (directory == "/" ? "" : directory) + "/" + name;
}

}  // namespace

std::optional<Problem> overlap_problem(const RsyncSettings& settings, const Location& given, const std::string& source,
                                       const std::string& target) {
  const std::string name = "the source '" + given.path + "'";
  const std::string to = "the target '" + settings.target.path + "'";
  // Without a slash at its end the directory itself is copied.
  const bool is_content = given.path.ends_with('/');
  const std::string copy = is_content ? target : joined(target, std::filesystem::path(source).filename().string());
  if (copy == source) return Problem{name + " and its copy in " + to + " are the same directory", "choose another target"};
  if (settings.deletes && lies_inside(source, copy)) {
    return Problem{name + " lies inside of " + to + ", and 'delete' would delete it", "choose another target, or leave out 'delete'"};
  }
  // Who excludes something may well have excluded the target.
  if (settings.exclude.empty() && settings.args.empty() && lies_inside(copy, source)) {
    return Problem{to + " lies inside of " + name + ": each run would copy the copies of the one before",
                   "choose another target, or exclude it"};
  }
  return std::nullopt;
}

}  // namespace orchestrator
