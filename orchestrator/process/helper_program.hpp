#pragma once
#include <string>

namespace orchestrator {

/// The path of one of our helper programs: in $ORCHESTRATOR_LIBEXEC, beside the running program (in
/// a build tree), or in ../libexec/orchestratord seen from there (installed).
/// \throws Error that says where was looked.
[[nodiscard]] std::string helper_program(const std::string& name);

}  // namespace orchestrator
