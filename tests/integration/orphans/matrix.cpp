#include "tests/integration/orphans/matrix.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace orchestrator::test {

namespace {

// The names are the modes of tests/actors/hostile.cpp.
constexpr std::array kActorNames{
    std::pair{Actor::Sleeps, "sleeps"},
    std::pair{Actor::Shell, "shell"},
    std::pair{Actor::IgnoresTerm, "ignores_term"},
    std::pair{Actor::Stopped, "stopped"},
    std::pair{Actor::SetsidGrandchild, "setsid_grandchild"},
    std::pair{Actor::Daemon, "daemon"},
    std::pair{Actor::ForkChain, "fork_chain"},
    std::pair{Actor::ForkChainLeaves, "fork_chain_leaves"},
    std::pair{Actor::Scrubbed, "scrubbed"},
    std::pair{Actor::FloodsStdout, "floods_stdout"},
    std::pair{Actor::FloodsStderr, "floods_stderr"},
    std::pair{Actor::ReadsStdin, "reads_stdin"},
    std::pair{Actor::Overwrites, "overwrites"},
    std::pair{Actor::OverwritesLeaves, "overwrites_leaves"},
    std::pair{Actor::Rsync, "rsync"},
    std::pair{Actor::SudoChild, "sudo_child"},
    std::pair{Actor::SudoRefused, "sudo_refused"},
};

constexpr std::array kPlacementNames{
    std::pair{Placement::Local, "local"},
    std::pair{Placement::RemoteUser, "remote_user"},
    std::pair{Placement::RemoteRoot, "remote_root"},
    std::pair{Placement::Rsync, "rsync"},
    std::pair{Placement::RsyncFetch, "rsync_fetch"},
    std::pair{Placement::RsyncRestricted, "rsync_restricted"},
    std::pair{Placement::ValidateHere, "validate_here"},
    std::pair{Placement::ValidateThere, "validate_there"},
    std::pair{Placement::HookHere, "hook_here"},
    std::pair{Placement::HookThere, "hook_there"},
    std::pair{Placement::UndoHere, "undo_here"},
    std::pair{Placement::UndoThere, "undo_there"},
};

constexpr std::array kEndingNames{
    std::pair{Ending::Succeeds, "succeeds"},
    std::pair{Ending::Fails, "fails"},
    std::pair{Ending::Sigint, "sigint"},
    std::pair{Ending::SigintTwice, "sigint_twice"},
    std::pair{Ending::Sigterm, "sigterm"},
    std::pair{Ending::Timeout, "timeout"},
    std::pair{Ending::SiblingFails, "sibling_fails"},
    std::pair{Ending::Killed, "killed"},
    std::pair{Ending::GroupKilled, "group_killed"},
    std::pair{Ending::TcpReset, "tcp_reset"},
    std::pair{Ending::TcpClosed, "tcp_closed"},
    std::pair{Ending::SilentDrop, "silent_drop"},
    std::pair{Ending::SessionKilled, "session_killed"},
    std::pair{Ending::Frozen, "frozen"},
    std::pair{Ending::CancelConnecting, "cancel_connecting"},
    std::pair{Ending::CancelAuthenticating, "cancel_authenticating"},
    std::pair{Ending::CancelQueued, "cancel_queued"},
    std::pair{Ending::CancelSpawning, "cancel_spawning"},
    std::pair{Ending::DiskTrips, "disk_trips"},
    std::pair{Ending::PowerCut, "power_cut"},
};

constexpr std::string_view kAsUser = "/as_user";

template <class Table>
auto values_of(const Table& table) {
  std::vector<typename Table::value_type::first_type> values;
  for (const auto& [value, name] : table) values.push_back(value);
  return values;
}

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& [other, name] : table) {
    if (other == value) return name;
  }
  return "?";
}

template <class Table>
auto value_in(const Table& table, std::string_view wanted) {
  std::optional<typename Table::value_type::first_type> found;
  for (const auto& [value, name] : table) {
    if (wanted == name) found = value;
  }
  return found;
}

bool is_one_of(Ending ending, std::initializer_list<Ending> some) {
  return std::find(some.begin(), some.end(), ending) != some.end();
}

std::string impossible_actor(const Cell& cell) {
  if (is_sudo(cell.actor) && !is_remote(cell.placement)) return "'sudo' is a key of other hosts";
  if (is_sudo(cell.actor) && cell.placement == Placement::RemoteRoot) return "root does not need sudo";
  if ((cell.actor == Actor::Rsync) != is_rsync(cell.placement)) return "an rsync job runs rsync, and nothing else does";
  if (cell.actor != Actor::ReadsStdin) return {};
  const bool command = cell.placement <= Placement::RemoteRoot;
  const bool phases = is_one_of(cell.ending, {Ending::SiblingFails, Ending::CancelQueued});
  return command && !phases ? "" : "only a job of type 'command' gives a standard input";
}

std::string impossible_ending(const Cell& cell) {
  if (cell.ending == Ending::DiskTrips && is_validate(cell.placement)) {
    return "disks are watched from the first phase that changes anything";
  }
  if (cell.ending == Ending::PowerCut && cell.actor == Actor::ForkChainLeaves) {
    return "nothing but a power cut ends such a chain at one stroke, and a test cannot cut the power";
  }
  const bool needs_connection =
      cuts_connection(cell.ending) ||
      is_one_of(cell.ending, {Ending::CancelConnecting, Ending::CancelAuthenticating, Ending::CancelQueued});
  if (needs_connection && !is_remote(cell.placement)) return "no connection is used";
  if (cell.ending == Ending::Frozen && cell.placement == Placement::RsyncRestricted) {
    return "nothing over there hears heartbeats, so that a pause ends nothing";
  }
  if (is_rsync(cell.placement)) {
    if (is_one_of(cell.ending, {Ending::Succeeds, Ending::Fails})) return "rsync leaves no descendants when it ends";
    if (is_one_of(cell.ending, {Ending::SiblingFails, Ending::CancelQueued})) return "an rsync job has one item";
  }
  if (cell.ending == Ending::CancelQueued && cell.placement > Placement::RemoteRoot) {
    return "the items of a phase queue alike, whatever phase it is";
  }
  if (cell.ending == Ending::SiblingFails && is_validate(cell.placement)) {
    return "all validations end, whatever the others find";
  }
  if (!is_undo(cell.placement)) return {};
  if (is_one_of(cell.ending, {Ending::SiblingFails, Ending::Timeout, Ending::Sigterm, Ending::DiskTrips})) {
    return "nothing but its own limit, or a kill, ends an undo: as with SIGINT";
  }
  if (is_one_of(cell.ending, {Ending::CancelConnecting, Ending::CancelAuthenticating})) {
    return "no undo is registered before the host was reached";
  }
  return {};
}

}  // namespace

const std::vector<Actor>& all_actors() {
  static const auto all = values_of(kActorNames);
  return all;
}

const std::vector<Placement>& all_placements() {
  static const auto all = values_of(kPlacementNames);
  return all;
}

const std::vector<Ending>& all_endings() {
  static const auto all = values_of(kEndingNames);
  return all;
}

std::string_view to_string(Actor actor) { return name_in(kActorNames, actor); }
std::string_view to_string(Placement placement) { return name_in(kPlacementNames, placement); }
std::string_view to_string(Ending ending) { return name_in(kEndingNames, ending); }

std::string to_string(const Cell& cell) {
  std::string text(to_string(cell.actor));
  text += "/";
  text += to_string(cell.placement);
  text += "/";
  text += to_string(cell.ending);
  if (cell.as_user) text += kAsUser;
  return text;
}

std::optional<Cell> parse_cell(std::string_view text) {
  const bool as_user = text.ends_with(kAsUser);
  if (as_user) text.remove_suffix(kAsUser.size());
  const std::size_t first = text.find('/');
  const std::size_t second = text.rfind('/');
  if (first == text.npos || first == second) return std::nullopt;
  const auto actor = value_in(kActorNames, text.substr(0, first));
  const auto placement = value_in(kPlacementNames, text.substr(first + 1, second - first - 1));
  const auto ending = value_in(kEndingNames, text.substr(second + 1));
  if (!actor || !placement || !ending) return std::nullopt;
  return Cell{*actor, *placement, *ending, as_user};
}

bool is_sudo(Actor actor) { return actor == Actor::SudoChild || actor == Actor::SudoRefused; }

bool is_remote(Placement placement) {
  switch (placement) {
    case Placement::Local:
    case Placement::ValidateHere:
    case Placement::HookHere:
    case Placement::UndoHere: return false;
    default: return true;
  }
}

bool is_rsync(Placement placement) {
  return placement == Placement::Rsync || placement == Placement::RsyncFetch ||
         placement == Placement::RsyncRestricted;
}

bool is_undo(Placement placement) { return placement == Placement::UndoHere || placement == Placement::UndoThere; }

bool is_validate(Placement placement) {
  return placement == Placement::ValidateHere || placement == Placement::ValidateThere;
}

bool cuts_connection(Ending ending) {
  return is_one_of(ending, {Ending::TcpReset, Ending::TcpClosed, Ending::SilentDrop, Ending::SessionKilled,
                            Ending::Frozen, Ending::PowerCut});
}

bool kills_orchestratord(Ending ending) { return ending == Ending::Killed || ending == Ending::GroupKilled; }

std::vector<Cell> all_cells() {
  std::vector<Cell> cells;
  for (const Actor actor : all_actors()) {
    for (const Placement placement : all_placements()) {
      for (const Ending ending : all_endings()) {
        for (const bool as_user : {false, true}) cells.push_back({actor, placement, ending, as_user});
      }
    }
  }
  return cells;
}

std::string impossible_because(const Cell& cell) {
  std::string reason = impossible_actor(cell);
  return reason.empty() ? impossible_ending(cell) : reason;
}

}  // namespace orchestrator::test
