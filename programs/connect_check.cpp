#include "programs/connect_check.hpp"

#include <map>
#include <optional>
#include <string>

#include <unistd.h>

#include "orchestrator/process/run_process.hpp"
#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "programs/configured_hosts.hpp"
#include "programs/standard_streams.hpp"
#include "programs/terminal/terminal_style.hpp"

namespace orchestrator {

namespace {

constexpr auto kAskMissing = "for p in flock rsync; do command -v $p >/dev/null || echo $p; done";

struct Finding {
  bool fine = false;
  std::string text;
};

std::string reason_of(Guarantee guarantee, bool lacks_rules) {
  switch (guarantee) {
    case Guarantee::Complete: return "its logins have session scopes: nothing gets away";
    case Guarantee::Cookie:
      return "processes are found by their environment; one that scrubs it and leaves its session gets away "
             "(a session scope of pam_systemd would catch it)";
    case Guarantee::Group:
      if (lacks_rules) return "of what sudo starts, nothing can be ended by force, and what leaves its session gets away";
      return "there is no /proc that shows environments: what leaves its session gets away";
    case Guarantee::EndOfInput:
      return "its key is restricted (forced_command): what runs there ends when its input ends";
  }
  return {};
}

std::string missing_text(const std::string& program) {
  if (program == "flock") return "  missing: flock; no locks are taken there; install util-linux\n";
  return "  missing: " + program + "; jobs that need it fail there; install " + program + "\n";
}

std::string facts_text(const HostSettings& host, const HostFacts& facts, const std::optional<SudoFacts>& sudo) {
  std::string text = host.name + ": reachable as '" + facts.user + "'";
  if (!facts.system.empty()) text += ", " + facts.system;
  const bool lacks_rules = sudo && !sudo->problem.empty();
  text += "\n  guarantee: " + std::string(to_string(facts.guarantee)) + "; " + reason_of(facts.guarantee, lacks_rules) + "\n";
  return text;
}

std::string sudo_text(const SudoFacts& sudo) {
  if (sudo.problem.empty()) return "  sudo: works; what it starts is seen and ended\n";
  std::string text = "  sudo: " + sudo.problem + "\n";
  if (!sudo.is_installed) return text + "  install it over there, or set 'sudo = false'\n";
  text += "  add these rules over there, by 'visudo -f /etc/sudoers.d/orchestratord' (sudo 1.9.10 or later):\n";
  for (const std::string& rule : sudo.rules) text += "    " + rule + "\n";
  return text;
}

awaitable<void> look_at(SshHost& host, const HostSettings& settings, Finding& finding) {
  const HostFacts facts = co_await host.facts();
  const std::optional<SudoFacts>& sudo = host.sudo_facts();
  finding.text = facts_text(settings, facts, sudo);
  if (sudo) finding.text += sudo_text(*sudo);
  finding.fine = !sudo || sudo->is_installed;
  if (settings.forced_command != ForcedCommand::None) co_return;
  Command command;
  command.program = ShellScript{kAskMissing};
  const ProcessResult result = co_await run_process(host, std::move(command));
  std::string program;
  for (const char c : result.output) {
    if (c != '\n') {
      program += c;
    } else {
      finding.text += missing_text(program);
      program.clear();
    }
  }
}

awaitable<void> check_host(SshHost& host, const HostSettings& settings, Finding& finding) {
  try {
    co_await look_at(host, settings, finding);
  } catch (const Error& error) {
    finding.fine = false;
    finding.text = settings.name + ": " + error.what() + "\n";
    if (!error.remedy().empty()) finding.text += "  " + error.remedy() + "\n";
  }
}

awaitable<void> check_all(Loop& loop, const Config& config, const LoadOptions& options,
                          std::map<std::string, Finding>& findings) {
  auto body = [&](TaskGroup& connections) -> awaitable<void> {
    ConfiguredHosts hosts(loop, config, options, connections);
    auto every = [&](TaskGroup& group) -> awaitable<void> {
      for (const auto& [name, settings] : config.hosts) {
        Finding& finding = findings[name];
        SshHost& host = hosts.remote(name);
        group.spawn("check '" + name + "'", [&host, &about = settings, &finding] { return check_host(host, about, finding); });
      }
      co_return;
    };
    co_await with_task_group(std::move(every));
    hosts.close();
  };
  co_await with_task_group(std::move(body));
}

}  // namespace

int check_connections(const Config& config, const LoadOptions& options) {
  Loop loop;
  std::map<std::string, Finding> findings;
  auto check = [&]() -> awaitable<void> { co_await check_all(loop, config, options, findings); };
  loop.run("check", check);
  bool fine = true;
  const Charset charset = terminal_style(STDOUT_FILENO).charset;
  for (const auto& [name, finding] : findings) {
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = finding.text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      write_all(STDOUT_FILENO, printable(finding.text.substr(begin, end - begin), charset) + "\n");
    }
    fine = fine && finding.fine;
  }
  return fine ? 0 : kExitFailed;
}

}  // namespace orchestrator
