#pragma once
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "orchestrator/process/exit_status.hpp"
#include "orchestrator/tasks/limiter.hpp"
#include "orchestrator/tasks/wait_queue.hpp"
#include "ssh/engine.hpp"

namespace orchestrator {

class SshSession;

/// A command on the other side: one channel of a session, with its three streams. Everything that waits here waits for
/// plain memory to change, so any of it may be cancelled at any time; the session alone talks to the engine.
///
/// Both streams are read into buffers of `kStreamLimit`, whoever reads here or not; beyond these the channel's window
/// (2 MiB, which stdout and stderr share) holds the other side back. A reader that stops therefore stalls its own
/// channel, both streams of it, and no other one.
class SshChannel {
 public:
  static constexpr std::size_t kStreamLimit = 256UL * 1024;
  static constexpr std::size_t kInputLimit = 64UL * 1024;
  static constexpr std::size_t kLastWords = 32UL * 1024;

  SshChannel(std::shared_ptr<SshSession> session, std::string command);
  ~SshChannel();
  SshChannel(const SshChannel&) = delete;
  SshChannel& operator=(const SshChannel&) = delete;

  /// \return 0 at the end. \throws the session's error when that failed; what had arrived before is given out first.
  [[nodiscard]] awaitable<std::size_t> read_some(SshStream stream, std::span<char> buffer);

  /// Waits until all of `bytes` is taken. \return false when the command reads no more. \throws the session's error.
  [[nodiscard]] awaitable<bool> write(std::string_view bytes);

  /// The same without waiting, however much is pending: for a line now and then.
  void put(std::string_view bytes);

  /// The command sees the end of its input after what was written.
  void finish_input();

  /// Reads the stream from now on and drops it.
  void discard(SshStream stream);
  /// The same, but a task that reads the stream at this moment gets what is there, and the first `kLastWords` of what
  /// is still to come: the command is being stopped, and what it says to that matters, but not a flood of it.
  void discard_soon(SshStream stream);

  /// Waits until the server has said how the command ended. \return Unknown when the session failed, or when
  /// the server closed the channel without a word.
  [[nodiscard]] awaitable<ExitStatus> wait_exit();

  /// Nothing of the command is wanted any more: the channel is closed as soon as that is possible. It counts
  /// against the session's limit until the server has closed it too, which is when the command ended.
  void abandon();

  /// The server was asked to start the command, or never will be.
  [[nodiscard]] bool asked() const noexcept { return phase_ >= Phase::Asking; }
  /// How the command ended, if that is known.
  [[nodiscard]] const std::optional<ExitStatus>& status() const noexcept { return status_; }
  /// The server has closed the channel: the process that it started has ended.
  [[nodiscard]] bool closed() const noexcept { return phase_ == Phase::Ended; }
  /// Until anything changes.
  [[nodiscard]] awaitable<void> wait_change() { return changed_.wait("a change of a channel"); }

 private:
  friend class SshSession;
  enum class Phase : std::uint8_t { Waiting, Opening, Asking, Running, Ended };
  static constexpr std::size_t kAll = std::string::npos;
  /// Of one `read_some`, so that all channels take turns.
  static constexpr std::size_t kReadLimit = 16UL * 1024;

  struct Incoming {
    std::string bytes;
    std::size_t taken = 0;
    bool at_end = false;
    std::size_t wanted = kAll;  // of what is still to come
    bool read = false;  // by a task, at this moment

    [[nodiscard]] std::size_t size() const noexcept { return bytes.size() - taken; }
    [[nodiscard]] bool drops() const noexcept { return wanted == 0; }
  };

  [[nodiscard]] Incoming& incoming(SshStream stream) { return incoming_[stream == SshStream::Errors ? 1 : 0]; }

  // For the session, with an engine that is not busy opening this channel:
  /// One step of everything that is possible now. \return whether anything changed.
  bool advance(SshEngine& engine, std::span<char> scratch);
  bool send(SshEngine& engine);
  bool fetch(SshEngine& engine, SshStream stream, std::span<char> scratch);
  void end(std::optional<ExitStatus> status);

  std::shared_ptr<SshSession> session_;
  std::string command_;
  std::unique_ptr<EngineChannel> raw_;  // of the engine, between confirmation and close
  std::optional<LimiterSlot> slot_;
  std::array<Incoming, 2> incoming_;
  std::string outgoing_;
  std::size_t sent_ = 0;  // of `outgoing_`
  std::optional<ExitStatus> status_;
  std::exception_ptr refusal_;  // the channel, or the command, was refused
  Phase phase_ = Phase::Waiting;
  bool input_finished_ = false;
  bool end_sent_ = false;
  bool abandoned_ = false;
  WaitQueue changed_;
};

}  // namespace orchestrator
