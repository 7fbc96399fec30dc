#include "tests/integration/orphans/run_cell.hpp"

#include <algorithm>
#include <csignal>
#include <functional>

#include <fmt/format.h>
#include <poll.h>

#include "tests/integration/orphans/expectation.hpp"
#include "tests/integration/orphans/program.hpp"
#include "tests/integration/orphans/promises.hpp"
#include "tests/integration/orphans/watch.hpp"

namespace orchestrator::test {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Until the actor is there, on a machine on which many cells run at once.
constexpr auto kStartLimit = 25s;
// Two Ctrl-C within a tenth of a second count as one.
constexpr auto kBetweenSignals = 150ms;
// Of a silence, over there: within two of its ticks.
constexpr auto kNoticed = 2s;

class CellRun {
 public:
  CellRun(const Premises& premises, const Cell& cell, const std::filesystem::path& folder, const CellOptions& options)
      : options_(options),
        cell_(cell),
        room_(premises, cell, folder, options.shell),
        watch_(room_.events()),
        program_(room_.words(), room_.environment(), room_.output(), room_.errors(), room_.user()) {}

  CellResult run() {
    if (wait_until_there()) {
      bring_about_the_end();
      if (result_.complaints.empty()) check_the_end();
    }
    check_what_is_left();
    if (!result_.complaints.empty()) explain();
    clean_up();
    return std::move(result_);
  }

 private:
  void complain(std::string text) { result_.complaints.push_back(std::move(text)); }

  [[nodiscard]] bool has_said(const std::string& text) const {
    return read_file(room_.output()).find(text) != std::string::npos;
  }

  // --- until the actor is there --------------------------------------------------------------------------------------

  bool wait_until_there() {
    const Moment limit = Clock::now() + kStartLimit;
    bool there = false;
    switch (cell_.ending) {
      case Ending::Succeeds:
      case Ending::Fails:
      case Ending::Timeout: return true;
      case Ending::CancelConnecting:
      case Ending::CancelAuthenticating: {
        pollfd stalled{room_.proxy()->stalled(), POLLIN, 0};
        there = ::poll(&stalled, 1, milliseconds_until(limit)) > 0;
        break;
      }
      default: there = watch_.until([this] { return actor_is_there(); }, limit, program_.end());
    }
    if (there && options_.delay > 0ms) {
      static_cast<void>(watch_.until([] { return false; }, Clock::now() + options_.delay, program_.end()));
    }
    if (!there) complain("the actor did not get there");
    return there;
  }

  [[nodiscard]] bool actor_is_there() {
    if (is_rsync(cell_.placement)) {
      if (!has_said(cell_.ending == Ending::CancelSpawning ? "\"syncing\"" : "\"bytes\":")) return false;
      found_ = that_belong_to(room_.folder(), "rsync");
      return true;
    }
    const std::size_t wanted = cell_.ending == Ending::CancelSpawning ? 1 : room_.expected_registrations();
    return registered(room_.registry()).size() >= wanted;
  }

  // --- the end -------------------------------------------------------------------------------------------------------

  void bring_about_the_end() {
    ended_at_ = Clock::now();
    switch (cell_.ending) {
      case Ending::Sigterm: return program_.signal(SIGTERM);
      case Ending::SigintTwice: return interrupt_twice();
      case Ending::SiblingFails: return room_.fail_sibling();
      case Ending::DiskTrips: return room_.fill_disk();
      case Ending::Killed: return program_.signal(SIGKILL);
      case Ending::GroupKilled: return program_.signal_group(SIGKILL);
      case Ending::TcpReset: return room_.proxy()->reset_all();
      case Ending::TcpClosed: return room_.proxy()->close_all();
      case Ending::SilentDrop: return room_.proxy()->become(Proxy::Mode::Silent);
      case Ending::PowerCut: return room_.cut_power();
      case Ending::SessionKilled: return kill_session();
      case Ending::Frozen: return freeze();
      case Ending::Sigint:
      case Ending::CancelConnecting:
      case Ending::CancelAuthenticating:
      case Ending::CancelQueued:
      case Ending::CancelSpawning: return program_.signal(SIGINT);
      default: return;
    }
  }

  void interrupt_twice() {
    program_.signal(SIGINT);
    static_cast<void>(watch_.until([this] { return has_said("\"stopping\"") || is_undo(cell_.placement); },
                                   Clock::now() + options_.bound, program_.end()));
    static_cast<void>(watch_.until([] { return false; }, Clock::now() + kBetweenSignals, program_.end()));
    program_.signal(SIGINT);
  }

  void kill_session() {
    const std::vector<Identity> sessions = sshd_sessions(room_.sshd()->pid());
    if (sessions.empty()) complain("there is no session of sshd");
    for (const Identity& session : sessions) end_process(session);
  }

  // The other side has to notice alone, while orchestratord can do nothing.
  void freeze() {
    program_.signal(SIGSTOP);
    // Who may get away does not show when it has noticed.
    if (may_escape(cell_, guarantee_)) {
      static_cast<void>(watch_.until([] { return false; }, Clock::now() + kSilence + kNoticed, program_.end()));
    }
    const std::vector<Identity> left =
        until_gone([this] { return without_escapees(there()); }, Clock::now() + kSilence + options_.bound);
    if (!left.empty()) {
      complain("alive over there though no heartbeat came: " + list(left));
    }
    program_.signal(SIGCONT);
  }

  /// What runs over there and not here: of an rsync its other end.
  [[nodiscard]] std::vector<Identity> there() const {
    if (!is_rsync(cell_.placement)) return registered(room_.registry());
    std::vector<Identity> other_end = that_belong_to(room_.folder(), "rsync");
    std::erase_if(other_end, [](const Identity& one) { return command_line(one).find("--server") == std::string::npos; });
    return other_end;
  }

  [[nodiscard]] std::vector<Identity> actors() const {
    std::vector<Identity> all = registered(room_.registry());
    all.insert(all.end(), found_.begin(), found_.end());
    return all;
  }

  /// Those that must not be left: all but what the table lets get away. Under a cookie that is who has none.
  [[nodiscard]] std::vector<Identity> without_escapees(std::vector<Identity> some) const {
    if (!may_escape(cell_, guarantee_)) return some;
    std::erase_if(some, [this](const Identity& one) {
      return guarantee_ != "cookie" || !environment_has(one, "ORCHESTRATOR_COMMAND=");
    });
    return some;
  }

  // --- what is said, and what is true --------------------------------------------------------------------------------

  void check_the_end() {
    const auto extra = cell_.ending == Ending::Timeout ? 3s + kStartLimit : kSilence + kConnectLimit;
    const bool ended = program_.wait(Clock::now() + options_.bound + extra);
    // At this moment, not a little later: the report is written when all is over.
    const std::vector<Identity> alive = alive_among(actors());
    if (!ended) return complain("orchestratord has not ended within its bound");
    if (kills_orchestratord(cell_.ending)) {
      if (program_.code() != -SIGKILL) complain("was not killed, but ended with " + std::to_string(program_.code()));
      return;
    }
    const auto report = read_report(room_.output());
    if (!report) return complain("no report at the end of the output");
    guarantee_ = guarantee_of(cell_, *report);
    const std::vector<Identity> unnoticed = alive_among(without_escapees(alive));
    const bool escaped = alive.size() > unnoticed.size();
    for (std::string& wrong : check_report(cell_, program_.code(), *report, escaped)) complain(std::move(wrong));
    if (escaped && report->leftovers.empty() && must_be_named(cell_, guarantee_)) {
      complain("'nothing left' was reported while these lived, whom the table lets live but not be denied: " + list(alive));
    }
    if (report->leftovers.empty() && !unnoticed.empty()) {
      complain("'nothing left' was reported while these lived: " + list(unnoticed));
    }
  }

  void check_what_is_left() {
    const Moment limit = Clock::now() + (cuts_connection(cell_.ending) ? kSilence + options_.bound : options_.bound);
    // After complaints there may be somebody who was never to be ended.
    const bool lost = !result_.complaints.empty() && !program_.ended();
    const std::vector<Identity> left =
        until_gone([this] { return without_escapees(actors()); }, lost ? Clock::now() : limit);
    result_.until_gone = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - ended_at_);
    if (!left.empty()) complain("left behind: " + list(left));
    for (const Identity& escapee : alive_among(actors())) {
      result_.escaped = true;
      end_process(escapee);
    }
    if (lost) return;
    // Keepers, wardens, shells and what did not register.
    const std::vector<Identity> others = until_gone([this] { return that_belong_to(room_.folder()); }, limit);
    if (!others.empty() && left.empty()) complain("left behind without being registered: " + list(others));
    if (!others.empty()) return;
    for (const std::string& lock : room_.held_locks()) complain("the lock '" + lock + "' is still held");
    if (options_.runs_again && result_.complaints.empty()) run_again();
  }

  void run_again() {
    room_.make_harmless();
    Program again(room_.words(), room_.environment(), room_.events() / "output_again", room_.events() / "errors_again",
                  room_.user());
    if (!again.wait(Clock::now() + kStartLimit)) return complain("the following run hangs");
    if (again.code() == 0) return;
    complain(fmt::format("the following run ends with {}: {}{}", again.code(),
                         read_file(room_.events() / "output_again"), read_file(room_.events() / "errors_again")));
  }

  // --- afterwards ----------------------------------------------------------------------------------------------------

  [[nodiscard]] static std::string list(const std::vector<Identity>& some) {
    std::string text;
    for (const Identity& one : some) text += "\n      " + describe(one);
    return text;
  }

  void explain() {
    constexpr std::size_t kShown = 1500;
    const auto report = read_report(room_.output());
    const std::string output = report ? report->text.substr(report->text.find("\"state\"")) : read_file(room_.output());
    const std::string errors = read_file(room_.errors());
    for (const std::string& text : {output, errors}) {
      if (!text.empty()) complain("it said: " + text.substr(text.size() > kShown ? text.size() - kShown : 0));
    }
  }

  void clean_up() {
    program_.signal_group(SIGKILL);
    for (const Identity& one : actors()) end_process(one);
    for (const Identity& one : that_belong_to(room_.folder())) end_process(one);
  }

  CellOptions options_;
  Cell cell_;
  Room room_;
  FolderWatch watch_;
  Program program_;
  CellResult result_;
  std::vector<Identity> found_;
  Moment ended_at_ = Clock::now();
  std::string guarantee_{least_guarantee(cell_)};
};

}  // namespace

CellResult run_cell(const Premises& premises, const Cell& cell, const std::filesystem::path& folder,
                    const CellOptions& options) {
  return CellRun(premises, cell, folder, options).run();
}

}  // namespace orchestrator::test
