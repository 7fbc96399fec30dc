#include "orchestrator/state_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "orchestrator/error.hpp"
#include "orchestrator/process/descriptor.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

TEST(StateDirectory, IsMadeForItsUserAlone) {
  const TemporaryDirectory temporary;
  const std::filesystem::path runs = temporary.path() / "state" / "runs";
  make_state_directory(runs);
  make_state_directory(runs);
  EXPECT_EQ(mode_of(runs), 0700U);
  EXPECT_EQ(mode_of(runs.parent_path()), 0700U);
}

TEST(StateDirectory, HasFilesForItsUserAlone) {
  const TemporaryDirectory temporary;
  const std::filesystem::path file = temporary.path() / "log";
  const Descriptor made(make_state_file(file));
  EXPECT_EQ(mode_of(file), 0600U);
}

TEST(StateDirectory, DoesNotFollowALinkToWriteElsewhere) {
  const TemporaryDirectory temporary;
  std::filesystem::create_directory(temporary.path() / "elsewhere");
  std::filesystem::create_directory_symlink("elsewhere", temporary.path() / "runs");
  EXPECT_THROW((void)make_state_file(temporary.path() / "runs" / "log"), Error);
  EXPECT_TRUE(std::filesystem::is_empty(temporary.path() / "elsewhere"));
}

TEST(StateDirectory, SaysWhatToDoWhenItCannotBeMade) {
  const TemporaryDirectory temporary;
  const std::filesystem::path file = temporary.write("file", "");
  try {
    make_state_directory(file / "state");
    FAIL() << "made below a file";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "cannot create '" + file.string() + "': Not a directory");
    EXPECT_NE(error.remedy().find("$ORCHESTRATOR_STATE"), std::string::npos);
  }
}

TEST(StateDirectory, BelongsToTheOwnerOfWhatItIsIn) {
  if (::geteuid() != 0) return;  // only root can give files away
  const TemporaryDirectory temporary;
  constexpr uid_t kSomebody = 65534;
  ASSERT_EQ(::chown(temporary.path().c_str(), kSomebody, kSomebody), 0);
  make_state_directory(temporary.path() / "state" / "runs");
  const Descriptor made(make_state_file(temporary.path() / "state" / "runs" / "log"));
  for (const char* name : {"state", "state/runs", "state/runs/log"}) {
    struct stat status {};
    ASSERT_EQ(::stat((temporary.path() / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, kSomebody) << name;
  }
}

}  // namespace
}  // namespace orchestrator::test
