#include "orchestrator/run/run_context.hpp"

namespace orchestrator {

void RunContext::log(LogLevel level, std::string_view item, std::string_view host, std::string_view text) {
  const std::string shown = references.mask(text);
  LogLine line;
  line.level = level;
  line.item = item;
  line.host = host;
  line.text = shown;
  events.log_line(line);
}

void RunContext::warn(std::string_view item, std::string_view text) {
  warnings.push_back(references.mask(text));
  log(LogLevel::Warning, item, {}, text);
}

}  // namespace orchestrator
