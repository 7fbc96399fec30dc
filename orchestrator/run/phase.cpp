#include "orchestrator/run/phase.hpp"

namespace orchestrator {

std::string_view to_string(Phase phase) noexcept {
  switch (phase) {
    case Phase::Validate: return "validate";
    case Phase::PreSync: return "pre_sync";
    case Phase::Sync: return "sync";
    case Phase::PostSync: return "post_sync";
  }
  return "unknown";
}

}  // namespace orchestrator
