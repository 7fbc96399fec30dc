// The definitions reach this file alone: with paths in it, a command line is not found in a
// compiler cache that several checkouts share.
#include "tests/support/paths.hpp"

namespace orchestrator::test {

std::filesystem::path actor(std::string_view name) {
  const std::filesystem::path file(name);
  if (file.has_extension()) return source_file("tests/actors") / file;
  return std::filesystem::path(ORCHESTRATORD_ACTORS_DIR) / file;
}

std::filesystem::path program(std::string_view name) {
  return std::filesystem::path(ORCHESTRATORD_PROGRAMS_DIR) / name;
}

std::filesystem::path source_file(std::string_view relative) {
  return std::filesystem::path(ORCHESTRATORD_SOURCE_DIR) / relative;
}

}  // namespace orchestrator::test
