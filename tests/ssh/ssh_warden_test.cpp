#include <csignal>

#include <unistd.h>

#include "orchestrator/random_id.hpp"
#include "tests/ssh/escape_fixture.hpp"
#include "tests/support/capability.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

using testing::IsEmpty;

/// How far a command may go to get away. Each says "up" when it is there, and all of it carries MARK. Chains end by
/// themselves after a minute or so.
const Escapes kEscapes{
    {"setsid", "setsid sleep 1000 & sleep 0.05; echo up; wait"},
    {"double fork", "(cd /; setsid sh -c 'sleep 1000 & exec sleep 1000' >/dev/null 2>&1 &); sleep 0.1; echo up; sleep 1000"},
    {"ignores TERM", "trap '' TERM; (setsid sleep 1000 &); echo up; while :; do sleep 1000; done"},
    {"stopped", "setsid sh -c 'kill -STOP $$; sleep 1000' & sleep 0.05; echo up; kill -STOP $$; sleep 1000"},
    {"fork chain", "chain() { [ $1 -lt 4000 ] || exit; (sleep 0.01; chain $(($1+1))) & exit 0; }; (chain 0) & echo up; sleep 1000"},
    {"fork chain into new sessions",
     "export N=0 CHAIN='N=$((N+1)); [ $N -lt 3000 ] || exit; sleep 0.02; setsid sh -c \"$CHAIN\" & exit 0'; "
     "setsid sh -c \"$CHAIN\" & echo up; sleep 1000"},
    {"scrubbed, in its group", "exec env -i MARK=$MARK sh -c 'echo up; sleep 1000; :'"},
};

struct Shell {
  const char* name;
  std::string program;  ///< what `sh` is over there
  friend void PrintTo(const Shell& shell, std::ostream* out) { *out << shell.name; }
};

class SshWardenFixture : public EscapeFixture {
 protected:
  SshWardenFixture() : mark_(std::to_string(::getpid()) + "-warden-" + std::to_string(++count_)) {}
  ~SshWardenFixture() override {
    for (const pid_t pid : alive()) ::kill(pid, SIGKILL);
  }

  [[nodiscard]] Command command_for(const std::string& script) const final {
    Command command = shell_of(script);
    command.environment["MARK"] = mark_;
    command.environment["ORCHESTRATOR_COMMAND"] = random_id() + ".00000001";
    command.stop = short_ladder();
    return command;
  }
  [[nodiscard]] std::vector<pid_t> alive() const final { return marked_processes(mark_); }

  static inline int count_ = 0;
  std::string mark_;
};

class SshWardenTest : public SshWardenFixture, public testing::WithParamInterface<Shell> {
 protected:
  SshWardenTest() {
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
    const std::string& program = GetParam().program;
    program_ = std::filesystem::exists("/bin/" + program) ? "/bin/" + program : "/usr/bin/" + program;
    if (std::filesystem::exists(program_)) std::filesystem::create_symlink(program_, directory_.path() / "sh");
  }

  [[nodiscard]] SshdOptions with_shell() const {
    SshdOptions options;
    options.environment = "PATH=" + directory_.path().string() + ":/usr/bin:/bin";
    return options;
  }

  TemporaryDirectory directory_;
  std::string program_;
};

TEST_P(SshWardenTest, IsReadInParts) {
  REQUIRE_CAPABILITY(GetParam().name, std::filesystem::exists(program_));
  for (const char* part : {"look", "find", "stop", "serve", "sudo"}) {
    const auto file = source_file("ssh/warden/" + std::string(part) + ".sh");
    EXPECT_NO_THROW(run_program({directory_.path() / "sh", "-n", file}));
  }
}

TEST_P(SshWardenTest, EndsWhateverGotAwayFromItsCommand) {
  REQUIRE_CAPABILITY(GetParam().name, std::filesystem::exists(program_));
  Sshd sshd(with_shell());
  run_on(
      sshd.host(),
      [this](SshHost& host) -> awaitable<void> {
        const HostFacts facts = co_await host.facts();
        EXPECT_EQ(facts.guarantee, Guarantee::Cookie);
        EXPECT_EQ(facts.boot_id.size(), 36U);
        for (const auto& [name, script] : kEscapes) {
          SCOPED_TRACE(name);
          const std::vector<Leftover> left = co_await start_and_stop(host, script);
          EXPECT_THAT(left, IsEmpty());
          EXPECT_THAT(alive(), IsEmpty());
        }
      },
      kPatience);
}

TEST_P(SshWardenTest, SweepsWhenItsInputEnds) {
  REQUIRE_CAPABILITY(GetParam().name, std::filesystem::exists(program_));
  Sshd sshd(with_shell());
  // The listener lives: what is left of the commands is looked after over a new connection.
  const std::vector<Leftover> left = swept_after(kEscapes, sshd.host(), [&sshd] { sshd.signal_connections(SIGKILL); });
  EXPECT_THAT(left, IsEmpty());
}

TEST_P(SshWardenTest, SweepsWhenTheHeartbeatsStop) {
  REQUIRE_CAPABILITY(GetParam().name, std::filesystem::exists(program_));
  Sshd sshd(with_shell());
  HostSettings settings = sshd.host();
  settings.heartbeat.every = 300ms;
  settings.heartbeat.misses = 3;
  // Nothing is closed, nothing is reset, and nothing arrives any more.
  static_cast<void>(swept_after(kEscapes, settings, [&sshd] { sshd.signal_connections(SIGSTOP); }));
}

INSTANTIATE_TEST_SUITE_P(Real, SshWardenTest,
                         testing::Values(Shell{"dash", "dash"}, Shell{"bash", "bash"}, Shell{"busybox", "busybox"},
                                         Shell{"mksh", "mksh"}, Shell{"zsh", "zsh"}),
                         [](const auto& param) { return std::string(param.param.name); });

class SshGuaranteeTest : public SshWardenFixture {};

TEST_F(SshGuaranteeTest, IsTheSameForAPlainUser) {
  REQUIRE_CAPABILITY("root", ::getuid() == 0);
  SshdOptions options;
  options.plain_user = true;
  Sshd sshd(options);
  const std::vector<Leftover> left = swept_after(kEscapes, sshd.host(), [&sshd] { sshd.signal_connections(SIGKILL); });
  EXPECT_THAT(left, IsEmpty());
  auto stops = [this](SshHost& host) -> awaitable<void> {
    const HostFacts facts = co_await host.facts();
    EXPECT_EQ(facts.user, "plain");
    EXPECT_EQ(facts.guarantee, Guarantee::Cookie);
    for (const auto& [name, script] : kEscapes) {
      SCOPED_TRACE(name);
      const std::vector<Leftover> still = co_await start_and_stop(host, script);
      EXPECT_THAT(still, IsEmpty());
      EXPECT_THAT(alive(), IsEmpty());
    }
  };
  run_on(sshd.host(), std::move(stops), kPatience);
}

constexpr auto kScrubbed = "setsid env -i MARK=$MARK sleep 1000 & sleep 0.1; echo up; sleep 1000";

TEST_F(SshGuaranteeTest, OfACookieDoesNotHoldForAScrubbedEnvironmentInASessionOfItsOwn) {
  Sshd sshd;
  run_on(sshd.host(), [this](SshHost& host) -> awaitable<void> {
    const HostFacts facts = co_await host.facts();
    EXPECT_EQ(facts.guarantee, Guarantee::Cookie);
    const std::vector<Leftover> left = co_await start_and_stop(host, kScrubbed);
    EXPECT_THAT(left, IsEmpty());
    EXPECT_EQ(alive().size(), 1U) << "it got away, which the table of guarantees says";
  });
}

/// A cgroup with the name of a session scope, which each connection moves into as pam_systemd would do it.
class SessionScope {
 public:
  SessionScope() : path_(mount_of_cgroup2() / ("orchestratord-test-" + std::to_string(::getpid())) / "session-1.scope") {
    std::filesystem::create_directories(path_);
  }
  ~SessionScope() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    std::filesystem::remove(path_.parent_path(), ignored);
  }
  SessionScope(const SessionScope&) = delete;
  SessionScope& operator=(const SessionScope&) = delete;

  [[nodiscard]] static std::filesystem::path mount_of_cgroup2() {
    std::ifstream mounts("/proc/self/mounts");
    std::string device, place, type, rest;
    while (mounts >> device >> place >> type && std::getline(mounts, rest)) {
      if (type == "cgroup2") return place;
    }
    return {};
  }

  /// The login shell's first act.
  [[nodiscard]] std::string enter() const {
    const std::string file = (path_ / "cgroup.procs").string();
    return "echo $PPID >" + file + "; echo $$ >" + file + "\n";
  }

 private:
  std::filesystem::path path_;
};

class SshSessionScopeTest : public SshGuaranteeTest {
 protected:
  [[nodiscard]] SshdOptions with_scope() {
    const auto file = directory_.write("shell", "#!/bin/sh\n" + scope_.enter() + "exec /bin/sh \"$@\"\n");
    std::filesystem::permissions(file, std::filesystem::perms(0755));
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
    SshdOptions options;
    options.shell = file;
    return options;
  }

  TemporaryDirectory directory_;
  SessionScope scope_;
};

TEST_F(SshSessionScopeTest, CatchesAScrubbedEnvironmentInASessionOfItsOwn) {
  REQUIRE_CAPABILITY("cgroup2", ::getuid() == 0 && !SessionScope::mount_of_cgroup2().empty());
  Sshd sshd(with_scope());
  run_on(sshd.host(), [this](SshHost& host) -> awaitable<void> {
    const HostFacts facts = co_await host.facts();
    EXPECT_EQ(facts.guarantee, Guarantee::Complete);
    const std::vector<Leftover> left = co_await start_and_stop(host, kScrubbed);
    EXPECT_THAT(left, IsEmpty());
    EXPECT_THAT(alive(), IsEmpty());
  });
}

TEST_F(SshSessionScopeTest, IsSweptAtTheEndOfTheConnectionWhereARunWasNotAlone) {
  REQUIRE_CAPABILITY("cgroup2", ::getuid() == 0 && !SessionScope::mount_of_cgroup2().empty());
  Sshd sshd(with_scope());
  run_on(sshd.host(), [this](SshHost& host) -> awaitable<void> {
    Command other = shell_of("echo up; exec sleep 1000");
    OnLeftovers none;
    auto body = [this, &host](Process& process) -> awaitable<void> {
      char line[10];
      static_cast<void>(co_await process.output().read_some(line));
      const std::vector<Leftover> left = co_await start_and_stop(host, kScrubbed);
      EXPECT_THAT(left, IsEmpty());
      EXPECT_EQ(alive().size(), 1U) << "it may belong to the other command";
      host.close();
      while (!alive().empty()) co_await sleep_for(20ms);
    };
    co_await with_process(host, std::move(other), std::move(none), std::move(body));
  });
}

}  // namespace
}  // namespace orchestrator::test
