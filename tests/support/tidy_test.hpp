#pragma once
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <sys/types.h>

namespace orchestrator::test {

/// What a process has that a test must give back.
struct Belongings {
  std::map<int, std::string> descriptors;  ///< what each one refers to
  std::set<pid_t> children;                ///< zombies too

  [[nodiscard]] static Belongings now();
};

/// The fixture of every test that starts something. Each test ends with no child of this process and no
/// open descriptor more than before; that no task is left is seen to by the loops of `tests/support`.
///
/// The check comes last, when the members of derived fixtures are gone: these may be loops and hosts.
class TidyTest : public ::testing::Test {
 protected:
  TidyTest() : before_(Belongings::now()) {}
  ~TidyTest() override;

 private:
  Belongings before_;
};

}  // namespace orchestrator::test
