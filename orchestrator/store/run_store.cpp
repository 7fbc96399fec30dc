#include "orchestrator/store/run_store.hpp"

namespace orchestrator {

std::string_view to_string(CommandState state) noexcept {
  switch (state) {
    case CommandState::Intended: return "intended";
    case CommandState::Started: return "started";
    case CommandState::Gone: return "gone";
    case CommandState::Left: return "left";
  }
  return "unknown";
}

}  // namespace orchestrator
