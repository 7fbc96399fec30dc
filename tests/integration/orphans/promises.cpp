#include "tests/integration/orphans/promises.hpp"

#include <algorithm>
#include <array>

namespace orchestrator::test {

namespace {

constexpr std::string_view kComplete = "complete";
constexpr std::string_view kCookie = "cookie";
constexpr std::string_view kGroup = "group";
constexpr std::string_view kEndOfInput = "end of input";

// From the strongest to the weakest.
constexpr std::array kGuarantees{kComplete, kCookie, kGroup, kEndOfInput};

constexpr std::string_view kScrubbed = "a program that leaves its session *and* drops its environment (`env -i setsid …`)";
constexpr std::string_view kOverwritten =
    "a program that leaves its session *and* overwrites its environment (`setproctitle`)";
constexpr std::string_view kSession = "what leaves its session (`setsid`, daemons) and belongs to root";
constexpr std::string_view kSudo = "a child of `sudo` that ignores TERM; it is named, with exit code 7";

constexpr std::string_view kNoHeartbeat =
    "after a silent drop of the network, rsync over there until its TCP connection ends (sshd's `ClientAliveInterval`)";

struct Row {
  std::string_view where;
  std::string_view guarantee;
  std::string_view how;
};

// The matrix runs all but the second row, which tests/ssh holds: the sshd of a cell has no PAM.
constexpr std::array kRows{
    Row{"this machine", kComplete,
        "a keeper per command adopts all its descendants and ends them, also when `orchestratord` is killed"},
    Row{"a host over SSH whose logins have a session scope (pam_systemd)", kComplete,
        "a warden per connection ends what is in the scope of the connection"},
    Row{"any other host over SSH", kCookie,
        "the warden ends process groups, and whatever has the command's cookie in its environment"},
    Row{"the same with `sudo = true` and the rules of sudoers that `--check --connect` shows", kCookie,
        "the warden looks and ends by `sudo -n`; sudo itself is never killed before its child"},
    Row{"the same with `sudo = true` and without these rules", kGroup,
        "as above for what belongs to the login's user; sudo gets TERM, and passes it on"},
    Row{"a host whose key is restricted to `rrsync`", kEndOfInput, "rsync over there ends when its input ends"},
};

std::size_t rank_of(std::string_view guarantee) {
  return static_cast<std::size_t>(std::find(kGuarantees.begin(), kGuarantees.end(), guarantee) - kGuarantees.begin());
}

}  // namespace

const std::vector<Hole>& holes() {
  static const std::vector<Hole> all{
      {kCookie, Actor::Scrubbed, {}, kScrubbed},
      {kCookie, Actor::OverwritesLeaves, {}, kOverwritten},
      {kGroup, Actor::Scrubbed, {}, kSession},
      {kGroup, Actor::OverwritesLeaves, {}, kSession},
      {kGroup, Actor::SetsidGrandchild, {}, kSession},
      {kGroup, Actor::Daemon, {}, kSession},
      {kGroup, Actor::ForkChainLeaves, {}, kSession},
      {kGroup, Actor::SudoRefused, {}, kSudo, true},
      {kEndOfInput, Actor::Rsync, Ending::SilentDrop, kNoHeartbeat},
  };
  return all;
}

bool may_escape(const Cell& cell, std::string_view guarantee) {
  return std::any_of(holes().begin(), holes().end(), [&](const Hole& hole) {
    return hole.actor == cell.actor && hole.guarantee == guarantee && hole.ending.value_or(cell.ending) == cell.ending;
  });
}

bool must_be_named(const Cell& cell, std::string_view guarantee) {
  return std::any_of(holes().begin(), holes().end(), [&](const Hole& hole) {
    return hole.actor == cell.actor && hole.guarantee == guarantee && hole.is_named;
  });
}

std::string_view guarantee_here() { return kComplete; }

std::string_view least_guarantee(const Cell& cell) {
  if (!is_remote(cell.placement)) return guarantee_here();
  if (cell.actor == Actor::SudoRefused) return kGroup;
  return cell.placement == Placement::RsyncRestricted ? kEndOfInput : kCookie;
}

bool is_at_least(std::string_view named, std::string_view least) { return rank_of(named) <= rank_of(least); }

std::string_view known_failure(const Cell&) { return {}; }

std::string guarantee_table() {
  std::string text = "| where | guarantee, as reports name it | how | what gets away |\n|---|---|---|---|\n";
  for (const Row& row : kRows) {
    std::vector<std::string_view> gaps;
    for (const Hole& hole : holes()) {
      const bool known = std::find(gaps.begin(), gaps.end(), hole.what) != gaps.end();
      if (hole.guarantee == row.guarantee && !known) gaps.push_back(hole.what);
    }
    std::string gap_text;
    for (const std::string_view gap : gaps) gap_text += (gap_text.empty() ? "" : "; ") + std::string(gap);
    if (gap_text.empty()) gap_text = "nothing";
    text += "| " + std::string(row.where) + " | `" + std::string(row.guarantee) + "` | " + std::string(row.how) +
            " | " + gap_text + " |\n";
  }
  return text;
}

}  // namespace orchestrator::test
