#include <gmock/gmock.h>

#include "ssh/ssh_host.hpp"
#include "tests/jobs/rsync_fixture.hpp"
#include "tests/support/sshd.hpp"

namespace orchestrator::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A host 'vault' whose key is restricted by rrsync to the directory "vault".
class RsyncToRestrictedKey : public RsyncTest {
 protected:
  RsyncToRestrictedKey() {
    std::filesystem::create_directory(vault());
    restrict("");
  }

  [[nodiscard]] std::filesystem::path vault() const { return directory_.path() / "vault"; }

  /// From now on the key is restricted in this way: "-ro", "-wo" or "".
  void restrict(const std::string& how) {
    sshd_.emplace();
    settings_ = sshd_->host();
    settings_.name = "vault";
    settings_.forced_command = ForcedCommand::Rrsync;
    // Let in with this restriction only: the first line of a key counts.
    const std::filesystem::path key = sshd_->directory() / "restricted";
    run_program({"/usr/bin/ssh-keygen", "-q", "-f", key, "-t", "ed25519", "-N", ""});
    sshd_->authorize(key,
                     "command=\"/usr/bin/rrsync " + how + " " + vault().string() + "\",restrict");
    settings_.identity = key;
  }

  Outcome run(const std::string& job_keys) {
    const std::unique_ptr<Job> job = make_item(job_keys);
    Outcome outcome;
    loop_.run([&]() -> awaitable<void> {
      auto in_group = [&](TaskGroup& connections) -> awaitable<void> {
        SshHost host(settings_, connections);
        context_.add_host(host);
        outcome = co_await run_job(*job, context_);
        host.close();
      };
      co_await with_task_group(std::move(in_group));
    });
    return outcome;
  }

  std::optional<Sshd> sshd_;
  HostSettings settings_;
};

TEST_F(RsyncToRestrictedKey, PushesAndDeletesAndLeavesNothingOfItsOwn) {
  directory_.write("from/a b/it's $x", "one");
  directory_.write("vault/data/old", "x");
  const Outcome outcome = run(keys(from().string() + "/", "vault:data/", "delete = true"));
  EXPECT_TRUE(outcome.ok()) << ::testing::PrintToString(outcome);
  EXPECT_EQ(tree_of(vault() / "data"), tree_of(from()));
  EXPECT_EQ(tree_of(vault()).size(), 3U) << "data, and what is in it";
}

TEST_F(RsyncToRestrictedKey, Pulls) {
  directory_.write("vault/data/a", "one");
  EXPECT_TRUE(run(keys("vault:data/", to(), "delete = true\nsource_must_contain = \"a\"")).ok());
  EXPECT_EQ(tree_of(to()), tree_of(vault() / "data"));
}

TEST_F(RsyncToRestrictedKey, PushesWhereItMayOnlyWrite) {
  restrict("-wo");
  directory_.write("from/a", "one");
  const Outcome outcome = run(keys(from().string() + "/", "vault:."));
  EXPECT_TRUE(outcome.ok()) << ::testing::PrintToString(outcome);
  EXPECT_EQ(tree_of(vault()), tree_of(from()));
}

TEST_F(RsyncToRestrictedKey, SaysThatItMayOnlyRead) {
  restrict("-ro");
  directory_.write("from/a", "one");
  const Outcome outcome = run(keys(from().string() + "/", "vault:."));
  EXPECT_THAT(outcome.error, HasSubstr("sending to read-only server is not allowed"));
  EXPECT_TRUE(std::filesystem::is_empty(vault()));
}

TEST_F(RsyncToRestrictedKey, FindsAMissingSource) {
  EXPECT_THAT(run(keys("vault:nothing/", to())).problems, ElementsAre(HasSubstr("does not exist")));
}

TEST_F(RsyncToRestrictedKey, DoesNotEmptyTheTargetForAnEmptySource) {
  std::filesystem::create_directory(vault() / "data");
  directory_.write("to/precious", "x");
  EXPECT_THAT(run(keys("vault:data/", to(), "delete = true")).problems,
              ElementsAre(HasSubstr("is empty")));
  directory_.write("vault/data/other", "x");
  EXPECT_THAT(
      run(keys("vault:data/", to(), "delete = true\nsource_must_contain = \".mounted\"")).problems,
      ElementsAre(HasSubstr("does not contain '.mounted'")));
  EXPECT_TRUE(std::filesystem::exists(to() / "precious"));
}

}  // namespace
}  // namespace orchestrator::test
