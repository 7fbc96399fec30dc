#include "orchestrator/config/trusted_file.hpp"

#include <pwd.h>
#include <sys/stat.h>

#include <cstdio>
#include <set>
#include <system_error>
#include <vector>

#include "orchestrator/config/error.hpp"
#include "orchestrator/config/small_file.hpp"

namespace orchestrator {
namespace {

namespace fs = std::filesystem;

std::string shell_quoted(const fs::path& path) {
  std::string quoted = "'";
  for (const char c : path.string()) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

std::string octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

std::string user_name(uid_t uid) {
  const passwd* const entry = ::getpwuid(uid);
  return entry == nullptr ? std::to_string(uid) : entry->pw_name;
}

// Looks at one file or directory on the way to a configuration file.
class WriterCheck {
 public:
  WriterCheck(std::string file, uid_t uid) : file_(std::move(file)), uid_(uid) {}

  void look_at(const fs::path& path, const struct stat& status, bool sticky_is_enough) {
    if (status.st_uid != 0 && status.st_uid != uid_)
      add("'" + path.string() + "' belongs to '" + user_name(status.st_uid) +
          "', who could change the commands that we run; run: chown " + user_name(uid_) + " " +
          shell_quoted(path));
    const bool sticky = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !(sticky && sticky_is_enough))
      add("'" + path.string() + "' can be written by others (mode " + octal(status.st_mode) +
          "), who could change the commands that we run; run: chmod go-w " + shell_quoted(path));
  }

  void look_at_folders(const fs::path& file) {
    const fs::path folder = file.parent_path();
    for (fs::path path = folder;; path = path.parent_path()) {
      struct stat status {};
      if (seen_.insert(path).second && ::stat(path.c_str(), &status) == 0)
        look_at(path, status, path != folder);
      if (path == path.parent_path()) break;
    }
  }

  void throw_errors() {
    if (!errors_.empty()) throw ConfigErrors(std::move(errors_));
  }

 private:
  void add(std::string message) { errors_.push_back({{file_}, "", std::move(message)}); }

  std::string file_;
  uid_t uid_;
  std::set<fs::path> seen_;
  std::vector<ConfigError> errors_;
};

}  // namespace

std::string read_config_file(const fs::path& file, Writers writers, uid_t uid, std::size_t limit) {
  const auto refuse_others = [&](const struct stat& status) {
    if (writers == Writers::Anybody) return;
    WriterCheck check(file.string(), uid);
    check.look_at(file, status, false);
    // Both ways to the file count: the one that was given, and the one behind symbolic links.
    std::error_code ec;
    check.look_at_folders(fs::absolute(file, ec).lexically_normal());
    check.look_at_folders(fs::canonical(file, ec));
    check.throw_errors();
  };
  try {
    return read_small_file(file, limit, refuse_others);
  } catch (const ParseError& error) {
    throw ConfigErrors(ConfigError{{file.string()}, "", error.what()});
  }
}

}  // namespace orchestrator
