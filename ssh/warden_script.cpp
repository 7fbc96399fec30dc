#include "ssh/warden_script.hpp"

#include <algorithm>
#include <chrono>

#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

namespace {

/// What the end of a connection leaves to its processes between TERM and KILL.
constexpr Duration kSweepGrace = std::chrono::milliseconds(500);

/// What cannot be killed (a dead file system) is given up then, and the locks with it.
constexpr Duration kSweepLimit = std::chrono::minutes(1);

// Shell files, each of which is a string literal for C++ by its first and its last line.
constexpr std::string_view kLook =
#include "ssh/warden/look.sh"
    ;
constexpr std::string_view kFind =
#include "ssh/warden/find.sh"
    ;
constexpr std::string_view kStop =
#include "ssh/warden/stop.sh"
    ;
constexpr std::string_view kServe =
#include "ssh/warden/serve.sh"
    ;
constexpr std::string_view kSudo =
#include "ssh/warden/sudo.sh"
    ;
constexpr std::string_view kBegin = "speak | serve\nexit 0\n";

/// What travels: without comments, indentation, and the line that is for C++.
std::string shortened(std::string_view part) {
  std::string text;
  part.remove_prefix(part.find('\n') + 1);
  while (!part.empty()) {
    const std::size_t end = std::min(part.find('\n'), part.size() - 1);
    std::string_view line = part.substr(0, end + 1);
    part.remove_prefix(line.size());
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!line.starts_with('#') && line != "\n") text += line;
  }
  return text;
}

long long count_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

/// For sleep(1): "1", or "0.250".
std::string seconds(long long ms) {
  if (ms % 1000 == 0) return std::to_string(ms / 1000);
  const std::string digits = std::to_string(1000 + ms % 1000);
  return std::to_string(ms / 1000) + "." + digits.substr(1);
}

}  // namespace

std::string warden_code(const std::string& connection, const Heartbeat& heartbeat, bool sudo) {
  // A tick is a second, so that a silence is noticed within two of them; for quicker hearts it is a beat.
  const long long every = std::max(1LL, count_ms(heartbeat.every));
  const long long tick = std::min(1000LL, every);
  const long long limit = (every * heartbeat.misses + tick - 1) / tick;
  std::string code = "connection=" + connection + " tick=" + seconds(tick) + " tick_limit=" + std::to_string(limit) +
                     " sweep_grace=" + std::to_string(count_ms(kSweepGrace)) +
                     " sweep_limit=" + std::to_string(count_ms(kSweepLimit)) + "\n";
  for (const std::string_view part : {kLook, kFind, kStop, kServe}) code += shortened(part);
  if (sudo) code += shortened(kSudo);
  return code.append(kBegin);
}

}  // namespace orchestrator
