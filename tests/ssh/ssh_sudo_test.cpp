// Hosts with `sudo = true`: children of `sudo -n` belong to root, and are seen and ended where the rules of sudoers allow it.
// The rules are those that the host itself says it needs, and hold in the mount namespace of the test's sshd alone.
#include <algorithm>
#include <csignal>

#include <unistd.h>

#include "orchestrator/random_id.hpp"
#include "ssh/warden_script.hpp"
#include "tests/ssh/escape_fixture.hpp"
#include "tests/support/capability.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

/// What jobs may do over there in any case: run a shell as root.
constexpr auto kRulesOfJobs =
    "Defaults env_reset, use_pty, !syslog, !mail_no_user, !mail_no_perms, !mail_badpass\n"
    "Defaults secure_path=\"/usr/sbin:/usr/bin:/sbin:/bin\"\n"
    "plain ALL=(root) NOPASSWD: /usr/bin/sh\n";

/// How far root's children may go. Each says "up" when it is there; every process of it has NAP in its command line.
const Escapes kRootEscapes{
    {"ignores TERM", "exec sudo -n sh -c \"trap '' TERM; echo up; while :; do NAP; done\""},
    {"beside ours", "NAP & sudo -n sh -c \"trap '' TERM; echo up; while :; do NAP; done\""},
    {"its own children", "sudo -n sh -c 'NAP & echo up; wait'"},
    {"setsid", "sudo -n sh -c \"trap '' TERM; setsid NAP & sleep 0.05; echo up; NAP; NAP\""},
    {"all in a new session", "sudo -n sh -c 'setsid sh -c \"echo up; NAP; NAP\"'"},
    {"double fork", "sudo -n sh -c '(cd /; setsid sh -c \"NAP & exec NAP\" >/dev/null 2>&1 &); sleep 0.1; echo up; NAP'"},
    {"stopped", "sudo -n sh -c 'echo up; kill -STOP $$; NAP; NAP'"},
    {"sudo was killed", "sudo -n sh -c \"trap '' TERM; echo up; while :; do NAP; done\" & sleep 0.3; kill -KILL $!; NAP"},
};

struct SudoShell {
  const char* name;
  std::string program;  ///< what `sh` is over there
  friend void PrintTo(const SudoShell& shell, std::ostream* out) { *out << shell.name; }
};

class SshSudoFixture : public EscapeFixture {
 protected:
  SshSudoFixture() : nap_("sleep 1000." + std::to_string(::getpid()) + "0" + std::to_string(++count_)) {
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
  }
  ~SshSudoFixture() override {
    for (const pid_t pid : alive()) ::kill(pid, SIGKILL);
  }

  void use_shell(const std::string& program) {
    const std::string path = std::filesystem::exists("/bin/" + program) ? "/bin/" + program : "/usr/bin/" + program;
    if (std::filesystem::exists(path)) std::filesystem::create_symlink(path, directory_.path() / "sh");
  }

  [[nodiscard]] SshdOptions with_rules(const std::string& more) const {
    SshdOptions options;
    options.plain_user = true;
    options.sudoers = kRulesOfJobs + more;
    options.environment = "PATH=" + directory_.path().string() + ":/usr/bin:/bin";
    return options;
  }

  [[nodiscard]] static HostSettings settings_of(const Sshd& sshd) {
    HostSettings settings = sshd.host();
    settings.sudo = true;
    return settings;
  }

  struct Facts {
    Guarantee guarantee = Guarantee::Complete;
    std::optional<SudoFacts> sudo;
  };
  [[nodiscard]] Facts facts_of(const Sshd& sshd) {
    Facts facts;
    run_on(settings_of(sshd), [&facts](SshHost& host) -> awaitable<void> {
      const HostFacts found = co_await host.facts();
      facts.guarantee = found.guarantee;
      facts.sudo = host.sudo_facts();
    });
    return facts;
  }

  /// The lines that a host without them asks for.
  [[nodiscard]] std::string needed_rules() {
    Sshd sshd(with_rules(""));
    const Facts facts = facts_of(sshd);
    std::string text;
    if (facts.sudo) {
      for (const std::string& rule : facts.sudo->rules) text += rule + "\n";
    }
    return text;
  }

  [[nodiscard]] Command command_for(const std::string& text) const final {
    std::string script = text;
    for (std::size_t at = 0; (at = script.find("NAP", at)) != std::string::npos;) script.replace(at, 3, nap_);
    Command command = shell_of(script);
    command.environment["ORCHESTRATOR_RUN"] = random_id();
    command.environment["ORCHESTRATOR_COMMAND"] = random_id() + ".00000001";
    command.stop = short_ladder();
    return command;
  }

  /// Those that nap, or are shells that would: not zombies.
  [[nodiscard]] std::vector<pid_t> alive() const final {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      std::ifstream words(entry.path() / "cmdline", std::ios::binary);
      std::string all;
      std::getline(words, all, '\x01');
      std::replace(all.begin(), all.end(), '\0', ' ');
      if (all.find(nap_) != std::string::npos) found.push_back(std::stoi(name));
    }
    return found;
  }

  static inline int count_ = 0;
  std::string nap_;
  TemporaryDirectory directory_;
};

std::string parent_of(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("PPid:\t")) return line.substr(6);
  }
  return {};
}

std::string program_of(pid_t pid) {
  std::string name;
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::getline(file, name);
  return name;
}

class SshSudoTest : public SshSudoFixture, public testing::WithParamInterface<SudoShell> {};

#define REQUIRE_SUDO()                                                  \
  REQUIRE_CAPABILITY("root", ::getuid() == 0);                          \
  REQUIRE_CAPABILITY("sudo", std::filesystem::exists("/usr/bin/sudo"))

TEST_P(SshSudoTest, EndsWhatSudoHasStarted) {
  REQUIRE_SUDO();
  use_shell(GetParam().program);
  Sshd sshd(with_rules(needed_rules()));
  run_on(
      settings_of(sshd),
      [this](SshHost& host) -> awaitable<void> {
        const HostFacts facts = co_await host.facts();
        EXPECT_EQ(facts.guarantee, Guarantee::Cookie);
        EXPECT_EQ(host.sudo_facts()->problem, "");
        for (const auto& [name, script] : kRootEscapes) {
          SCOPED_TRACE(name);
          const std::vector<Leftover> left = co_await start_and_stop(host, script);
          EXPECT_THAT(left, IsEmpty());
          EXPECT_THAT(alive(), IsEmpty());
        }
      },
      kPatience);
}

TEST_P(SshSudoTest, SweepsItWhenItsInputEnds) {
  REQUIRE_SUDO();
  use_shell(GetParam().program);
  Sshd sshd(with_rules(needed_rules()));
  static_cast<void>(swept_after(kRootEscapes, settings_of(sshd), [&sshd] { sshd.signal_connections(SIGKILL); }));
}

TEST_P(SshSudoTest, SweepsItWhenTheHeartbeatsStop) {
  REQUIRE_SUDO();
  use_shell(GetParam().program);
  Sshd sshd(with_rules(needed_rules()));
  HostSettings settings = settings_of(sshd);
  settings.heartbeat.every = 300ms;
  settings.heartbeat.misses = 3;
  static_cast<void>(swept_after(kRootEscapes, settings, [&sshd] { sshd.signal_connections(SIGSTOP); }));
}

TEST_P(SshSudoTest, WithoutRulesNamesWhatIsLeftAndNeverKillsSudo) {
  REQUIRE_SUDO();
  use_shell(GetParam().program);
  Sshd sshd(with_rules(""));
  run_on(
      settings_of(sshd),
      [this](SshHost& host) -> awaitable<void> {
        const HostFacts facts = co_await host.facts();
        EXPECT_EQ(facts.guarantee, Guarantee::Group);
        const std::vector<Leftover> none = co_await start_and_stop(host, "exec sudo -n sh -c 'echo up; exec NAP'");
        EXPECT_THAT(none, IsEmpty()) << "sudo passes TERM on";
        const std::vector<Leftover> left = co_await start_and_stop(host, kRootEscapes.at("beside ours"));
        EXPECT_EQ(left.size(), 1U);
        if (left.empty()) co_return;
        EXPECT_THAT(left.front().why, AllOf(HasSubstr("sudo"), HasSubstr("--check --connect")));
        EXPECT_FALSE(left.front().group.empty());
        // sudo, root's shell, and what that runs; ours beside it is gone.
        const std::vector<pid_t> still = alive();
        EXPECT_EQ(still.size(), 3U);
        const auto is_sudo = [](pid_t pid) { return program_of(pid) == "sudo"; };
        EXPECT_EQ(std::count_if(still.begin(), still.end(), is_sudo), 1);
        for (const pid_t pid : still) {
          if (is_sudo(pid)) continue;
          EXPECT_NE(parent_of(pid), "1") << pid;
        }
        // The warden would look for a minute.
        for (const pid_t pid : still) ::kill(pid, SIGKILL);
      },
      kPatience);
}

INSTANTIATE_TEST_SUITE_P(Real, SshSudoTest,
                         testing::Values(SudoShell{"dash", "dash"}, SudoShell{"bash", "bash"},
                                         SudoShell{"busybox", "busybox"}, SudoShell{"mksh", "mksh"},
                                         SudoShell{"zsh", "zsh"}),
                         [](const auto& param) { return std::string(param.param.name); });

class SshSudoFactsTest : public SshSudoFixture {};

TEST_F(SshSudoFactsTest, SayWhatIsMissing) {
  REQUIRE_SUDO();
  const std::string rules = needed_rules();
  EXPECT_THAT(rules, AllOf(HasSubstr("Defaults:plain env_keep"), HasSubstr("plain ALL=(root) NOPASSWD: /usr/bin/kill ^"),
                           HasSubstr("plain ALL=(root) NOPASSWD: /usr/bin/grep ^")));
  const Sshd refusing(with_rules(""));
  EXPECT_EQ(facts_of(refusing).sudo->problem,
            "'sudo -n kill' is refused or asks for a password, 'sudo -n grep' is refused or asks for a password");
  const Sshd forgetful(with_rules(rules.substr(rules.find('\n') + 1)));
  const Facts facts = facts_of(forgetful);
  EXPECT_EQ(facts.sudo->problem, "sudo does not let our cookies through");
  EXPECT_EQ(facts.guarantee, Guarantee::Group);
}

TEST_F(SshSudoFactsTest, SayThatThereIsNoSudo) {
  REQUIRE_SUDO();
  for (const char* name : {"sh", "grep", "sed", "tr", "cat", "sleep", "id", "uname", "mkdir", "rm", "mkfifo", "flock"}) {
    std::filesystem::create_symlink("/usr/bin/" + std::string(name), directory_.path() / name);
  }
  SshdOptions options = with_rules("");
  options.environment = "PATH=" + directory_.path().string();
  const Sshd sshd(options);
  const Facts facts = facts_of(sshd);
  EXPECT_FALSE(facts.sudo->is_installed);
  EXPECT_EQ(facts.sudo->problem, "sudo is not installed there");
  EXPECT_EQ(facts.guarantee, Guarantee::Group);
}

TEST_F(SshSudoFactsTest, AreNotAskedOfRoot) {
  REQUIRE_SUDO();
  const Sshd sshd;
  const Facts facts = facts_of(sshd);
  EXPECT_FALSE(facts.sudo);
  EXPECT_EQ(facts.guarantee, Guarantee::Cookie);
}

TEST_F(SshSudoFactsTest, RulesAllowNothingElse) {
  REQUIRE_SUDO();
  Sshd sshd(with_rules(needed_rules()));
  constexpr auto kForbidden =
      "for refused in 'kill -KILL -- -1' 'kill -KILL -- 1' 'kill -KILL 2' 'kill -KILL -- 20 --help' 'kill -KILL -- -01' \\\n"
      "  'grep -aosHE .* /proc/self/environ' 'grep -aosHE root /etc/passwd' 'cat /etc/passwd'; do\n"
      "  sudo -n -l $refused >/dev/null 2>&1 && echo \"$refused\"; done\n"
      "p='ORCHESTRATOR_(COMMAND|CONNECTION)=[0-9a-f.]*'\n"
      "sudo -n -l grep -aosHE \"$p\" /proc/self/environ /etc/passwd >/dev/null 2>&1 && echo passwd\n"
      "sudo -n -l grep -aosHE \"$p\" /proc/1/../../etc/passwd >/dev/null 2>&1 && echo way\n"
      "sudo -n -l grep -aosHE \"$p\" /proc/self/environ >/dev/null && echo allowed\n";
  run_on(settings_of(sshd), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of(kForbidden);
    const ProcessResult result = co_await run_process(host, std::move(command));
    EXPECT_EQ(result.output, "allowed\n") << result.errors;
  });
}

TEST_F(SshSudoFactsTest, CostNothingWhereTheyAreNotAskedFor) {
  const std::string code = warden_code("0123", Heartbeat(), false);
  EXPECT_EQ(code.find("sudo"), std::string::npos);
  EXPECT_TRUE(warden_code("0123", Heartbeat(), true).starts_with(code.substr(0, code.rfind("speak | serve"))));
}

}  // namespace
}  // namespace orchestrator::test
