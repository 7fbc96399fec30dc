#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/config.hpp"

namespace orchestrator::test {

/// A user "alice" with home /home/alice and just these environment variables.
[[nodiscard]] UserContext plain_user(std::map<std::string, std::string> environment = {});

/// The core sections with job types "copy" (like rsync) and "command" that use every type of key.
[[nodiscard]] ConfigSections sections_with_two_types();

/// One file "test.toml" against those sections.
[[nodiscard]] Config check_text(std::string_view text);

/// What `action` throws as ConfigErrors, one text per error; empty when it throws nothing.
[[nodiscard]] std::vector<std::string> errors_of(const std::function<void()>& action);

/// The errors of check_text.
[[nodiscard]] std::vector<std::string> errors_in(std::string_view text);

}  // namespace orchestrator::test
