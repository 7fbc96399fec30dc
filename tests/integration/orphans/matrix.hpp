#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator::test {

/// Who does not want to end: the modes of tests/actors/hostile.cpp, and a real rsync.
enum class Actor : std::uint8_t {
  Sleeps,
  Shell,
  IgnoresTerm,
  Stopped,
  SetsidGrandchild,
  Daemon,
  ForkChain,
  ForkChainLeaves,
  Scrubbed,
  FloodsStdout,
  FloodsStderr,
  ReadsStdin,
  Overwrites,
  OverwritesLeaves,
  Rsync,
  SudoChild,    ///< a child of `sudo -n` that ignores TERM, on a host whose sudoers lets us end it
  SudoRefused,  ///< the same where it does not
};

/// Where it runs.
enum class Placement : std::uint8_t {
  Local,
  RemoteUser,     ///< over SSH, as a plain user
  RemoteRoot,
  Rsync,          ///< both ends of a push
  RsyncFetch,     ///< both ends of a pull
  RsyncRestricted,  ///< a push to a key that rrsync restricts
  ValidateHere,
  ValidateThere,
  HookHere,       ///< `pre_sync`
  HookThere,
  UndoHere,       ///< what `on_failure` runs
  UndoThere,
};

/// What ends it.
enum class Ending : std::uint8_t {
  Succeeds,  ///< the main process, with descendants left
  Fails,
  Sigint,
  SigintTwice,
  Sigterm,
  Timeout,
  SiblingFails,
  Killed,         ///< SIGKILL of orchestratord
  GroupKilled,    ///< of its whole process group
  TcpReset,
  TcpClosed,
  SilentDrop,
  SessionKilled,  ///< SIGKILL of sshd's process for this connection
  Frozen,         ///< SIGSTOP of orchestratord until the heartbeats are missed, then SIGCONT
  CancelConnecting,
  CancelAuthenticating,
  CancelQueued,   ///< while further items wait for a channel
  CancelSpawning,  ///< as soon as the first process is there
  DiskTrips,      ///< the disk with our own state, while the run works
  PowerCut,       ///< of the other machine, which then starts again
};

struct Cell {
  Actor actor = Actor::Sleeps;
  Placement placement = Placement::Local;
  Ending ending = Ending::Succeeds;
  bool as_user = false;  ///< orchestratord runs as the plain user, not as the one who runs the tests

  friend auto operator<=>(const Cell&, const Cell&) = default;
};

[[nodiscard]] const std::vector<Actor>& all_actors();
[[nodiscard]] const std::vector<Placement>& all_placements();
[[nodiscard]] const std::vector<Ending>& all_endings();

[[nodiscard]] std::string_view to_string(Actor actor);
[[nodiscard]] std::string_view to_string(Placement placement);
[[nodiscard]] std::string_view to_string(Ending ending);
/// "daemon/remote_user/sigint", "daemon/remote_user/sigint/as_user"
[[nodiscard]] std::string to_string(const Cell& cell);
[[nodiscard]] std::optional<Cell> parse_cell(std::string_view text);

[[nodiscard]] bool is_sudo(Actor actor);
[[nodiscard]] bool is_remote(Placement placement);
[[nodiscard]] bool is_rsync(Placement placement);
[[nodiscard]] bool is_undo(Placement placement);
[[nodiscard]] bool is_validate(Placement placement);
/// The connection ends, or nothing comes through it, while orchestratord lives.
[[nodiscard]] bool cuts_connection(Ending ending);
/// No report: orchestratord did not live to write one.
[[nodiscard]] bool kills_orchestratord(Ending ending);

/// Every combination, in a fixed order.
[[nodiscard]] std::vector<Cell> all_cells();

/// Why the cell cannot be; empty when it can.
[[nodiscard]] std::string impossible_because(const Cell& cell);

}  // namespace orchestrator::test
