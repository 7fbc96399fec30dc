#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/host.hpp"
#include "orchestrator/process/stop_ladder.hpp"
#include "orchestrator/process/trace.hpp"
#include "orchestrator/tasks/wait_queue.hpp"
#include "ssh/connection.hpp"
#include "ssh/loader.hpp"
#include "ssh/remote_script.hpp"

namespace orchestrator {

/// A shell on a channel of its own, opened with the connection, that ends commands over there and confirms that they are
/// gone, holds locks, and answers heartbeats (`warden_script.hpp`). When its connection ends, however that happens, it
/// ends whatever runs on it by itself.
///
/// Where it cannot be had (a key with a forced command, a host without `sh`), no command is loaded either; commands that
/// are sent as they are can then only be ended by the end of their input, and TCP alone notices a dead peer.
class SshWarden {
 public:
  explicit SshWarden(SshConnection& connection);
  SshWarden(const SshWarden&) = delete;
  SshWarden& operator=(const SshWarden&) = delete;

  /// Opens the channel and reads from it until the connection ends. A warden that ends earlier takes the connection with
  /// it: nobody would end its commands any more.
  [[nodiscard]] awaitable<void> run();

  /// Sends a beat at each of the host's heartbeat intervals, and drops the connection after as many silent intervals as
  /// the host may miss.
  [[nodiscard]] awaitable<void> beat();

  /// Waits until it has its channel, or never will: where there are few, its comes first.
  [[nodiscard]] awaitable<void> opened();

  /// Waits until it watches. \throws Error when there is no warden, the connection's error when that is lost.
  [[nodiscard]] awaitable<void> ready();

  /// What the commands of this connection carry in `ORCHESTRATOR_CONNECTION`.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

  // What it found when it came up:
  [[nodiscard]] Guarantee guarantee() const noexcept { return guarantee_; }
  [[nodiscard]] const std::string& boot_id() const noexcept { return boot_id_; }
  /// Programs that are not there and would be of use: "flock"; and what `read_sudo_facts` reads.
  [[nodiscard]] const std::vector<std::string>& missing() const noexcept { return missing_; }

  /// A command that is about to become its program; and one that never did.
  void announce(const RemoteProcess& process);
  void forget(const RemoteProcess& process);

  enum class Outcome : std::uint8_t {
    Gone,
    Left,
    NotOurs,  ///< left, and somebody else's (sudo): no rule of sudoers lets us end it
  };

  /// Signals the process group, and what left it and carries the cookie, by the rungs until all of it is gone, over
  /// there, with no round trip in between. A group whose leader is another process by now is gone.
  /// \throws Error when there is no warden, the connection's error when that is lost.
  [[nodiscard]] awaitable<Outcome> end_group(const RemoteProcess& process, const std::string& cookie,
                                             std::vector<StopRung> rungs, Duration confirm_limit);

  /// The same for a command of another connection, also of a dead orchestrator. The group is touched only if it is
  /// certainly the one meant; one that may be is `Left`.
  [[nodiscard]] awaitable<Outcome> reap(ProcessTrace trace, StopLadder ladder);

  /// Takes the lock in the file `name` of the login user's lock directory: flock(1) on a file that is never deleted,
  /// held by a process that ends with the warden, after its last sweep. \return its number for `unlock`.
  /// \throws LockBusy; LockNotPossible when there is no flock over there; Error when there is no directory to write to.
  [[nodiscard]] awaitable<unsigned> lock(std::string name, std::string holder);
  void unlock(unsigned number);

 private:
  enum class State : std::uint8_t { Starting, Ready, Unavailable };
  struct Answer {
    std::string word;
    std::string text;
  };
  class Awaited;

  [[nodiscard]] awaitable<void> start();
  void take_hello(const std::string& line);
  [[nodiscard]] awaitable<void> read_answers();
  void take_answer(const std::string& line);
  void send(const std::string& word, unsigned number, const std::string& rest);
  [[nodiscard]] awaitable<Answer> answer_to(unsigned number);
  [[nodiscard]] unsigned lock_given(unsigned number, const std::string& name, const std::optional<Answer>& answer) const;

  SshConnection& connection_;
  std::string id_;
  std::shared_ptr<SshChannel> channel_;
  std::optional<SshSource> output_;
  State state_ = State::Starting;
  std::string why_;  // it is unavailable
  Guarantee guarantee_ = Guarantee::Group;
  std::string boot_id_;
  std::vector<std::string> missing_;
  unsigned last_number_ = 0;
  std::set<unsigned> awaited_;
  std::map<unsigned, Answer> answers_;
  WaitQueue changed_;
};

}  // namespace orchestrator
