#include "orchestrator/process/local_lock.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temporary_directory.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator {
namespace {

class LocalLockTest : public test::TidyTest {
 protected:
  [[nodiscard]] std::filesystem::path state() const { return directory_.path() / "state"; }
  [[nodiscard]] std::unique_ptr<LocalLock> take(const std::string& name) const {
    return take_local_lock(state(), name, "run 1a2b (job 'srv')");
  }

  test::TemporaryDirectory directory_;
};

TEST_F(LocalLockTest, NamesItsHolderToWhoComesTooLate) {
  const auto lock = take("job-srv");
  try {
    (void)take("job-srv");
    FAIL() << "taken twice";
  } catch (const LockBusy& busy) {
    EXPECT_EQ(busy.holder(), "run 1a2b (job 'srv')");
    EXPECT_EQ(std::string(busy.what()), "'job-srv' is busy: held by run 1a2b (job 'srv')");
  }
}

TEST_F(LocalLockTest, IsSharedByThoseWhoShareIt) {
  auto one = take_local_lock(state(), "path", "one", LockKind::Shared);
  const auto other = take_local_lock(state(), "path", "other", LockKind::Shared);
  const auto holder = [this] {
    try {
      (void)take("path");
    } catch (const LockBusy& busy) {
      return busy.holder();
    }
    return std::string("free");
  };
  EXPECT_EQ(holder(), "other");
  one.reset();
  EXPECT_EQ(holder(), "other");
}

TEST_F(LocalLockTest, NamesNobodyWhoSharedItAndIsGone) {
  const auto one = take_local_lock(state(), "path", "one", LockKind::Shared);
  take_local_lock(state(), "path", "other", LockKind::Shared).reset();
  try {
    (void)take("path");
    FAIL() << "taken, though it is shared";
  } catch (const LockBusy& busy) {
    EXPECT_EQ(busy.holder(), "");
  }
}

TEST_F(LocalLockTest, IsNotSharedWithWhoHasItAlone) {
  const auto alone = take("path");
  EXPECT_THROW((void)take_local_lock(state(), "path", "other", LockKind::Shared), LockBusy);
}

TEST_F(LocalLockTest, IsFreeWhenItsHolderIsGone) {
  take("job-srv").reset();
  EXPECT_TRUE(take("job-srv"));
}

TEST_F(LocalLockTest, IsHeldOnByWhoInheritsItsDescriptor) {
  auto lock = take("job-srv");
  const Descriptor inherited(::fcntl(lock->descriptor(), F_DUPFD_CLOEXEC, 0));
  lock.reset();
  try {
    (void)take("job-srv");
    FAIL() << "taken twice";
  } catch (const LockBusy& busy) {
    EXPECT_EQ(busy.holder(), "") << "who wrote its name there is done with it";
  }
}

TEST_F(LocalLockTest, IsOneOfManyByItsName) {
  const auto one = take("job-srv");
  const auto other = take("job-www");
  EXPECT_TRUE(one && other);
}

TEST_F(LocalLockTest, IsForItsOwnerOnlyAndStays) {
  take("job-srv").reset();
  EXPECT_EQ(test::mode_of(state()), mode_t{0700});
  EXPECT_EQ(test::mode_of(state() / "locks"), mode_t{0700});
  EXPECT_EQ(test::mode_of(state() / "locks" / "job-srv"), mode_t{0600});
}

TEST_F(LocalLockTest, BelongsToTheOwnerOfItsDirectoryThoughRootTakesIt) {
  const uid_t owner = ::geteuid() == 0 ? 12345 : ::geteuid();
  std::filesystem::create_directory(state());
  ASSERT_EQ(::chown(state().c_str(), owner, static_cast<gid_t>(-1)), 0);
  take("job-srv").reset();
  for (const auto& path : {state() / "locks", state() / "locks" / "job-srv"}) {
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, owner) << path;
  }
}

TEST_F(LocalLockTest, FollowsNoLinkThatAnotherUserMayHavePut) {
  take("job-srv").reset();
  const auto victim = directory_.write("victim", "precious");
  std::filesystem::create_symlink(victim, state() / "locks" / "job-www");
  EXPECT_THROW((void)take("job-www"), Error);
  EXPECT_EQ(test::read_file(victim), "precious");
}

TEST_F(LocalLockTest, SaysWhatToDoWhenItsDirectoryCannotBeMade) {
  const auto file = directory_.write("file", "");
  try {
    (void)take_local_lock(file / "state", "job-srv", "run 1a2b");
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("cannot create '" + file.string())) << error.what();
    EXPECT_FALSE(error.remedy().empty());
  }
}

TEST_F(LocalLockTest, HasNoNameThatLeavesItsDirectory) {
  for (const char* name : {"", ".", "..", "../job-srv", "a/b"}) EXPECT_THROW((void)take(name), Error) << name;
}

}  // namespace
}  // namespace orchestrator
