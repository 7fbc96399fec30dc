#include "orchestrator/run/run_locks.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string_view>
#include <tuple>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace orchestrator {

namespace {

constexpr std::size_t kReadablePart = 48;

/// FNV-1a: the names are on disk, so they must be the same in every build.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

std::string normal_path(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

std::string readable(const std::string& text) {
  std::string result = text.substr(text.size() > kReadablePart ? text.size() - kReadablePart : 0);
  for (char& c : result) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-') c = '_';
  }
  return result;
}

std::string quoted(const std::string& host, const std::string& path) {
  return "'" + path + "'" + (host.empty() ? "" : " on '" + host + "'");
}

void want_path(const PlannedPath& path, std::vector<WantedLock>& wanted) {
  const std::string real = normal_path(path.real.empty() ? path.path : path.real);
  const std::string what = quoted(path.host, path.path);
  wanted.push_back({"", path_lock_name(path.host, real), what});
  wanted.push_back({path.host, path_lock_name("", real), what});
  std::filesystem::path around = real;
  while (around.has_relative_path() && around.has_parent_path()) {
    around = around.parent_path();
    const std::string where = quoted(path.host, around.string()) + ", which " + what + " lies in,";
    wanted.push_back({"", path_lock_name(path.host, around.string()), where, true});
  }
}

}  // namespace

std::string path_lock_name(const std::string& host, const std::string& path) {
  const std::string whole = host + ":" + normal_path(path);
  return fmt::format("path-{:016x}-{}", hash_of(whole), readable(host.empty() ? normal_path(path) : whole));
}

std::vector<WantedLock> path_locks(const std::vector<JobPlan>& plans) {
  std::vector<WantedLock> wanted;
  for (const JobPlan& plan : plans) {
    for (const PlannedPath& path : plan.paths) {
      if (path.written) want_path(path, wanted);
    }
  }
  // What is wanted alone comes before the same shared: who has it needs no part of it.
  std::ranges::stable_sort(wanted, {}, [](const WantedLock& lock) { return std::tie(lock.host, lock.name, lock.shared); });
  const auto same_lock = [](const WantedLock& a, const WantedLock& b) { return a.host == b.host && a.name == b.name; };
  wanted.erase(std::unique(wanted.begin(), wanted.end(), same_lock), wanted.end());
  return wanted;
}

std::string lock_holder(const std::string& run_id, const std::string& job) {
  std::array<char, 256> machine{};
  ::gethostname(machine.data(), machine.size() - 1);
  const std::time_t now = std::time(nullptr);
  return fmt::format("run {} of job '{}', pid {} on '{}', since {:%Y-%m-%d %H:%M:%S} UTC", run_id, job, ::getpid(),
                     machine.data(), fmt::gmtime(now));
}

}  // namespace orchestrator
