#pragma once
#include <string>

#include "orchestrator/config/settings.hpp"

namespace orchestrator {

/// The warden: shell code for a channel of its own. It ends process groups and whatever carries a cookie, confirms that
/// they are gone, holds locks, answers heartbeats, and sweeps everything of its connection when its input ends or the
/// heartbeats stop. Needs a POSIX `sh`; where there is /proc (Linux) also grep with -o, sed, tr and cat.
///
/// It is in `ssh/warden/`, four files of shell code in the order in which one reads them, and a fifth one where `sudo`,
/// which replaces some of their functions. It is sent without comments and indentation. Each line of its input is a request or comes from itself:
///
///     beat N                                          → beat N
///     run GROUP:START                                 a command's group, before it becomes the program
///     forget GROUP:START                              it is gone
///     stop N GROUP START COOKIE CONFIRM SIGNAL MS …   → gone N | left N [sudo]
///     reap N GROUP START COOKIE BOOT CONFIRM SIGNAL … → gone N | left N; of any connection
///     lock N FILE HOLDER…                             → locked N | busy N HOLDER… | noflock N | nolock N WHY…
///     unlock N
///
/// Its first answer is "hello 0 GUARANTEE BOOT MISSING…". "-" stands for what is not known. "left N sudo": what is left
/// is somebody else's, and the rules of sudo do not let us end it. MISSING is "flock", and with `sudo` what `SudoRules` reads.
///
/// \param connection the id that every command of the connection carries in `ORCHESTRATOR_CONNECTION`.
[[nodiscard]] std::string warden_code(const std::string& connection, const Heartbeat& heartbeat, bool sudo);

}  // namespace orchestrator
