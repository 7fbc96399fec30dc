#include "monitors/mount_table.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

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

}  // namespace

std::string mount_of(std::string_view table, const std::string& path) {
  const std::string plain = std::filesystem::path(path).lexically_normal().string();
  std::string best = "/";
  while (!table.empty()) {
    const std::size_t end = std::min(table.find('\n'), table.size());
    std::string mount = mount_point_in(table.substr(0, end));
    if (!mount.empty() && mount.size() >= best.size() && holds(mount, plain)) best = std::move(mount);
    table.remove_prefix(std::min(end + 1, table.size()));
  }
  return best;
}

std::string mount_of(const std::string& path) {
  std::ifstream file("/proc/self/mountinfo");
  const std::string table{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return mount_of(table, path);
}

}  // namespace orchestrator
