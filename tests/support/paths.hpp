#pragma once

#include <filesystem>
#include <string_view>

namespace orchestrator::test {

/// The test actor `name`: the program built from `tests/actors/NAME.cpp`, or the script `name` when
/// it has an extension ("ignores_term.sh").
[[nodiscard]] std::filesystem::path actor(std::string_view name);

/// The program `name` of this build: "orchestratord", "rsync_shell".
[[nodiscard]] std::filesystem::path program(std::string_view name);

/// `relative` in the source tree.
[[nodiscard]] std::filesystem::path source_file(std::string_view relative);

}  // namespace orchestrator::test
