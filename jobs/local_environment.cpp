#include "jobs/local_environment.hpp"

#include <unistd.h>
#include <cstring>
#include <string_view>

namespace orchestrator {

namespace {

bool is_passed_on(std::string_view name) {
  constexpr std::string_view kNames[] = {"PATH", "HOME",     "USER", "LOGNAME", "SHELL",
                                         "LANG", "LANGUAGE", "TZ",   "TMPDIR",  "XDG_RUNTIME_DIR"};
  for (const std::string_view known : kNames) {
    if (name == known) return true;
  }
  return name.starts_with("LC_");
}

}  // namespace

std::map<std::string, std::string> base_environment(const Host& host) {
  std::map<std::string, std::string> environment;
  if (!host.is_local()) return environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == text.npos || !is_passed_on(text.substr(0, equals))) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  environment.emplace("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  return environment;
}

}  // namespace orchestrator
