#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/process/stop_ladder.hpp"
#include "orchestrator/tasks/wait_queue.hpp"
#include "ssh/connection.hpp"
#include "ssh/remote_script.hpp"

namespace orchestrator {

/// A shell on a channel of its own, opened with the connection, that ends process groups over there and confirms that
/// they are gone, holds locks, and answers heartbeats. Nothing is installed for it, it needs no more than a POSIX `sh`.
///
/// Where it cannot be had (a key with a forced command, a host without `sh`), the connection works without: then TCP
/// alone notices a dead peer, and commands can only be ended by the end of their input.
class SshControl {
 public:
  explicit SshControl(SshConnection& connection) : connection_(connection) {}
  SshControl(const SshControl&) = delete;
  SshControl& operator=(const SshControl&) = delete;

  /// Opens the channel and reads from it until the connection ends. A shell that ends earlier takes the connection with
  /// it: nobody would end its commands any more.
  [[nodiscard]] awaitable<void> run();

  /// Sends a beat whenever nothing was heard for the host's heartbeat interval, and drops the connection after as many
  /// silent intervals as the host may miss.
  [[nodiscard]] awaitable<void> beat();

  enum class Outcome : std::uint8_t { Gone, Left };

  /// Signals the process group by the rungs until it is gone, over there, with no round trip in between. A group whose
  /// leader is another process by now (its start time differs) is gone.
  /// \throws Error when there is no such shell, the connection's error when that is lost.
  [[nodiscard]] awaitable<Outcome> end_group(const RemoteProcess& process, std::vector<StopRung> rungs, Duration confirm_limit);

  /// Takes the lock in the file `name` of the login user's lock directory: flock(1) on a file that is never deleted,
  /// held by a process that ends with this shell. \return its number for `unlock`.
  /// \throws LockBusy; LockNotPossible when there is no flock over there; Error when there is no directory to write to.
  [[nodiscard]] awaitable<unsigned> lock(std::string name, std::string holder);
  void unlock(unsigned number);

 private:
  enum class State : std::uint8_t { Starting, Ready, Unavailable };
  struct Answer {
    std::string word;
    std::string text;
  };

  [[nodiscard]] awaitable<void> start();
  [[nodiscard]] awaitable<void> read_answers();
  void take_answer(const std::string& line);
  void send(const std::string& word, unsigned number, const std::string& rest);
  [[nodiscard]] awaitable<Answer> answer_to(unsigned number);
  [[nodiscard]] awaitable<void> ready();

  SshConnection& connection_;
  std::shared_ptr<SshChannel> channel_;
  State state_ = State::Starting;
  std::string why_;  // it is unavailable
  unsigned last_number_ = 0;
  std::map<unsigned, Answer> answers_;
  WaitQueue changed_;
};

}  // namespace orchestrator
