#pragma once

#include "orchestrator/config/section.hpp"

#include <filesystem>
#include <string>

namespace orchestrator {

/// A first configuration file: a small job on top, then every supported key with its help and its
/// default. Everything is commented out: "# " before prose, "#" alone before what may be
/// uncommented.
[[nodiscard]] std::string commented_example(const ConfigSections& sections);

/// \throws std::logic_error when a default or example of `section` is refused by its own
/// description, or a required key has no example: a mistake in the program, found at its start.
void require_valid_examples(const ConfigSection& section);

/// Writes commented_example to `file` (mode 0600), with the folders that are missing.
/// \throws ConfigErrors when the file exists already or cannot be written.
void write_commented_example(const ConfigSections& sections, const std::filesystem::path& file);

}  // namespace orchestrator
