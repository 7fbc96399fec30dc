#pragma once
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "orchestrator/error.hpp"

namespace orchestrator {

/// A user of this machine, as whom a command runs.
struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  ///< all of them, as initgroups(3) has it
  std::string home;
  std::string shell;
};

/// Looks in the user database, which may be far away: blocks.
/// \param name a login name. \throws Error when there is no such user, or nobody can say.
[[nodiscard]] Account find_account(const std::string& name);

/// What this process lacks to run commands as `account` and to end them again, such as "CAP_KILL"; empty: nothing. Root has it
/// all, and nobody needs anything to stay who he is.
[[nodiscard]] std::string lacking_to_become(const Account& account);

/// Both: why a command cannot run as `name` here, with a remedy that names the drop-in; none: it can. Blocks.
[[nodiscard]] std::optional<Error> why_not_run_as(const std::string& name);

/// What of our environment is about us becomes about them: HOME, USER, LOGNAME, SHELL. XDG_RUNTIME_DIR and TMPDIR, when they are
/// ours, go. What somebody has set to other values than ours stays.
void make_theirs(std::vector<std::string>& environment, const Account& account);

}  // namespace orchestrator
