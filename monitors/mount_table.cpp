#include "monitors/mount_table.hpp"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "orchestrator/fields.hpp"

namespace orchestrator {

namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

/// Blanks and the like are written as "\040".
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

/// The fifth field of a line.
std::string mount_point_in(std::string_view line) {
  for (int skipped = 0; skipped < 4; ++skipped) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return {};
    line.remove_prefix(blank + 1);
  }
  return unescaped(line.substr(0, line.find(' ')));
}

bool holds(const std::string& mount, const std::string& path) {
  if (mount == "/") return true;
  return path.starts_with(mount) && (path.size() == mount.size() || path[mount.size()] == '/');
}

std::string whole_text(int file) {
  std::string text;
  std::array<char, 8192> bytes{};
  ::lseek(file, 0, SEEK_SET);
  for (ssize_t count = 0; (count = ::read(file, bytes.data(), bytes.size())) > 0;) {
    text.append(bytes.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

std::vector<std::string> mount_points(std::string_view table) {
  std::vector<std::string> mounts;
  for (const std::string_view line : lines_of(table)) {
    std::string mount = mount_point_in(line);
    if (!mount.empty()) mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::string mount_of(const std::vector<std::string>& mounts, const std::string& path) {
  const std::string plain = std::filesystem::path(path).lexically_normal().string();
  std::string_view best = "/";
  for (const std::string& mount : mounts) {
    if (mount.size() >= best.size() && holds(mount, plain)) best = mount;
  }
  return std::string(best);
}

std::string MountTable::mount_of(const std::string& path) {
  if (has_changed()) mounts_ = mount_points(whole_text(file_.get()));
  return orchestrator::mount_of(mounts_, path);
}

/// The kernel tells each opened file once of a change (proc(5)), so it is asked before the table is read.
bool MountTable::has_changed() {
  if (!file_) {
    file_.reset(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
    return static_cast<bool>(file_);
  }
  pollfd change{file_.get(), POLLPRI, 0};
  return ::poll(&change, 1, 0) > 0;
}

}  // namespace orchestrator
