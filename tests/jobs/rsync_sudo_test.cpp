// rsync jobs with `sudo = true`: the other end is root, if sudoers lets the login be that.
#include <gmock/gmock.h>

#include <unistd.h>

#include "ssh/ssh_host.hpp"
#include "tests/jobs/rsync_fixture.hpp"
#include "tests/support/capability.hpp"
#include "tests/support/sshd.hpp"

namespace orchestrator::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

/// A host 'rooted' with a login that may run rsync as root, or not, and a directory "vault" that is root's alone.
class RsyncBySudo : public RsyncTest {
 protected:
  RsyncBySudo() {
    std::filesystem::create_directory(vault());
    std::filesystem::permissions(vault(), std::filesystem::perms(0700));
  }

  [[nodiscard]] std::filesystem::path vault() const { return directory_.path() / "vault"; }

  Outcome run(const std::string& job_keys, const std::string& rule) {
    SshdOptions options;
    options.plain_user = true;
    options.sudoers = "Defaults env_reset, !syslog, !mail_no_user, !mail_no_perms, !mail_badpass\n" + rule + "\n";
    const Sshd sshd(options);
    HostSettings settings = sshd.host();
    settings.name = "rooted";
    settings.sudo = true;
    const std::unique_ptr<Job> job = make_item(job_keys);
    Outcome outcome;
    loop_.run([&]() -> awaitable<void> {
      auto in_group = [&](TaskGroup& connections) -> awaitable<void> {
        SshHost host(settings, connections);
        context_.add_host(host);
        outcome = co_await run_job(*job, context_);
        host.close();
      };
      co_await with_task_group(std::move(in_group));
    });
    return outcome;
  }
};

constexpr auto kMayRsync = "plain ALL=(root) NOPASSWD: /usr/bin/rsync";

#define REQUIRE_SUDO_HERE()                                                                    \
  REQUIRE_CAPABILITY("root", ::getuid() == 0);                                                 \
  REQUIRE_CAPABILITY("sudo", std::filesystem::exists("/usr/bin/sudo"))

TEST_F(RsyncBySudo, PushesToWhatIsRootsAlone) {
  REQUIRE_SUDO_HERE();
  directory_.write("from/a b", "one");
  directory_.write("vault/old", "x");
  const Outcome outcome = run(keys(from().string() + "/", "rooted:" + vault().string() + "/", "delete = true\nsudo = true"), kMayRsync);
  EXPECT_TRUE(outcome.ok()) << ::testing::PrintToString(outcome);
  EXPECT_EQ(tree_of(vault()), tree_of(from()));
}

TEST_F(RsyncBySudo, PullsWhatIsRootsAlone) {
  REQUIRE_SUDO_HERE();
  directory_.write("vault/a", "one");
  const Outcome outcome =
      run(keys("rooted:" + vault().string() + "/", to(), "delete = true\nsource_must_contain = \"a\"\nsudo = true"), kMayRsync);
  EXPECT_TRUE(outcome.ok()) << ::testing::PrintToString(outcome);
  EXPECT_EQ(tree_of(to()), tree_of(vault()));
}

TEST_F(RsyncBySudo, FindsAnEmptySourceBeforeItDeletes) {
  REQUIRE_SUDO_HERE();
  const Outcome outcome = run(keys("rooted:" + vault().string() + "/", to(), "delete = true\nsudo = true"), kMayRsync);
  EXPECT_THAT(outcome.problems, Contains(HasSubstr("is empty, and 'delete' would empty the target")));
}

TEST_F(RsyncBySudo, SaysWhatIsNeededWhereSudoAsksForAPassword) {
  REQUIRE_SUDO_HERE();
  directory_.write("from/a", "one");
  const Outcome outcome = run(keys(from().string() + "/", "rooted:" + vault().string() + "/", "sudo = true"), "");
  EXPECT_THAT(outcome.error, HasSubstr("sudo: a password is required"));
  EXPECT_THAT(outcome.remedy, AllOf(HasSubstr("'sudo -n rsync' has to work on 'rooted'"), HasSubstr("NOPASSWD: /usr/bin/rsync")));
}

TEST_F(RsyncBySudo, IsNobodysButTheJobsThatSaySo) {
  REQUIRE_SUDO_HERE();
  directory_.write("from/a", "one");
  const Outcome outcome = run(keys(from().string() + "/", "rooted:" + vault().string() + "/"), kMayRsync);
  EXPECT_THAT(outcome.problems, Contains(HasSubstr("cannot be written")));
}

}  // namespace
}  // namespace orchestrator::test
