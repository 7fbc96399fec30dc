#pragma once

#include <string>
#include <string_view>

#include "orchestrator/config/section.hpp"

namespace orchestrator {

/// Every table and key as a part of a manual page, roff with man(7) macros: what is expected, the help, the default,
/// where else it may stand, and what this version does not support yet.
[[nodiscard]] std::string manual_of_keys(const ConfigSections& sections);

/// `text` as roff that shows it as it is.
[[nodiscard]] std::string roff(std::string_view text);

}  // namespace orchestrator
