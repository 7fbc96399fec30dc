#pragma once
#include <string>
#include <vector>

namespace orchestrator {

/// What of `sudo -n` works on a host with `sudo = true`.
struct SudoFacts {
  bool is_installed = false;
  std::string problem;             ///< what does not work; empty: all that we need does
  std::vector<std::string> rules;  ///< lines of sudoers with which it would
};

/// What a warden on a host with `sudo = true` found out about sudo over there, and the rules of sudoers that would let it
/// do its work: end what belongs to root, and see by its cookie what is ours. They match, word by word, what
/// `warden/sudo.sh` calls (ADR 0008).
///
/// \param words of the warden's first answer, after the boot id: "kill:/usr/bin/kill", "grep:/usr/bin/grep", and for what
/// does not work "no-sudo", "no-kill", "no-grep", "no-cookie". Others are ignored.
/// \param user the login's name over there.
[[nodiscard]] SudoFacts read_sudo_facts(const std::vector<std::string>& words, const std::string& user);

}  // namespace orchestrator
