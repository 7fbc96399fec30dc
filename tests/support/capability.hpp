#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace orchestrator::test {

/// Whether the tests that need `name` are waived on this machine: ORCHESTRATOR_TEST_WITHOUT lists
/// it
/// ("root ipv6", or with commas).
[[nodiscard]] bool goes_without(std::string_view name);

/// What to tell somebody whose machine lacks `name`.
[[nodiscard]] std::string lacks(std::string_view name);

}  // namespace orchestrator::test

/// Ends the test unless the machine has what it needs: `present` says so. The test fails and names
/// the capability; it is skipped where ORCHESTRATOR_TEST_WITHOUT lists it.
#define REQUIRE_CAPABILITY(name, present)                                               \
  if (!(present)) {                                                                     \
    if (::orchestrator::test::goes_without(name)) GTEST_SKIP() << "without " << (name); \
    FAIL() << ::orchestrator::test::lacks(name);                                        \
  }                                                                                     \
  static_assert(true, "a semicolon follows")
