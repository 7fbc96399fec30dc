#include "orchestrator/process/tail.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/process/stream.hpp"

namespace orchestrator {

void Tail::append(std::string_view bytes) {
  if (bytes.size() >= limit_) {
    kept_.assign(bytes.substr(bytes.size() - limit_));
    return;
  }
  kept_ += bytes;
  if (kept_.size() > 2 * limit_) kept_.erase(0, kept_.size() - limit_);
}

std::string Tail::text() const { return kept_.substr(kept_.size() - std::min(kept_.size(), limit_)); }

void LineSplitter::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::size_t room = kLongestLine - begun_.size();
    if (end <= room) {
      give(bytes.substr(0, end));
      bytes.remove_prefix(end + 1);
    } else if (bytes.size() > room) {
      give(bytes.substr(0, room));
      bytes.remove_prefix(room);
    } else {
      begun_ += bytes;
      return;
    }
  }
}

void LineSplitter::finish() {
  if (!begun_.empty()) give({});
}

void LineSplitter::give(std::string_view rest) {
  if (begun_.empty()) {  // the usual case needs no copy
    on_line_(rest);
    return;
  }
  const std::string line = std::exchange(begun_, {}).append(rest);
  on_line_(line);
}

}  // namespace orchestrator
