#include "tests/support/capability.hpp"

#include <cstdlib>

namespace orchestrator::test {

bool goes_without(std::string_view name) {
  const char* listed = std::getenv("ORCHESTRATOR_TEST_WITHOUT");
  std::string_view rest = listed ? listed : "";
  while (!rest.empty()) {
    const auto end = rest.find_first_of(", ");
    if (rest.substr(0, end) == name) return true;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return false;
}

std::string lacks(std::string_view name) {
  const std::string quoted = "'" + std::string(name) + "'";
  return "this machine lacks " + quoted + "; list it in ORCHESTRATOR_TEST_WITHOUT to go without";
}

}  // namespace orchestrator::test
