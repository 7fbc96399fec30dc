#include "programs/started_by.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include <unistd.h>

namespace orchestrator {

namespace {

/// cron's own process, the one that it forks, and a shell; env(1) or nice(1) may be between.
constexpr int kNearestAncestors = 5;
constexpr std::array<std::string_view, 5> kCronNames{"cron", "CRON", "crond", "fcron", "anacron"};

/// "PID (NAME) STATE PARENT ...": the name may have anything in it.
struct ProcessLine {
  std::string name;
  int parent = 0;
};

ProcessLine process_line(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text, '\0');
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  ProcessLine line;
  if (open == std::string::npos || close == std::string::npos || close + 4 >= text.size()) return line;
  line.name = text.substr(open + 1, close - open - 1);
  line.parent = std::atoi(text.c_str() + close + 4);
  return line;
}

bool cron_is_above() {
  int pid = ::getppid();
  for (int i = 0; i < kNearestAncestors && pid > 1; ++i) {
    const ProcessLine line = process_line(pid);
    if (std::ranges::find(kCronNames, line.name) != kCronNames.end()) return true;
    pid = line.parent;
  }
  return false;
}

}  // namespace

std::string trigger_of_this_program() {
  const char* const unit = std::getenv("TRIGGER_UNIT");  // systemd.exec(7)
  if (unit != nullptr && std::string_view(unit).ends_with(".timer")) return unit;
  return cron_is_above() ? "cron" : "";
}

std::string started_by(const std::string& trigger, const std::string& who) {
  return trigger.empty() ? who : trigger + " (" + who + ")";
}

}  // namespace orchestrator
