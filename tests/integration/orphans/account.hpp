#pragma once
#include <filesystem>
#include <string>

#include <sys/types.h>

namespace orchestrator::test {

/// A plain user who exists for this process and its children alone: /etc/passwd is covered by a copy with more lines in
/// a mount namespace of our own, so nothing of the machine is changed and nothing has to be removed.
/// The account has three names, one for each login shell: dash (sh), bash, and busybox.
struct PlainAccount {
  uid_t id = 0;
  std::filesystem::path home;
};

/// Enters a mount namespace that has the account, its home in `folder`. Root only; once per process, with one thread.
/// \throws std::runtime_error with the reason where it cannot.
[[nodiscard]] PlainAccount make_plain_account(const std::filesystem::path& folder);

/// The name of the account whose login shell is number `shell`; any number will do.
[[nodiscard]] std::string login_name(std::size_t shell);

}  // namespace orchestrator::test
