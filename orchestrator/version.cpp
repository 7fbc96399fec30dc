#include "orchestrator/version.hpp"

namespace orchestrator {

std::string_view version() noexcept { return ORCHESTRATORD_VERSION; }

}  // namespace orchestrator
