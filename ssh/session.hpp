#pragma once
#include <deque>
#include <exception>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/tasks/clock.hpp"
#include "ssh/channel.hpp"

namespace orchestrator {

/// Many channels on one engine. Does no I/O: whoever owns the network puts what arrived into `receive` and sends what
/// `take_unsent` gives.
///
/// Every step on the engine is taken here, one after the other, and repeated after each input; tasks only wait for the
/// result. That is why they may be cancelled anywhere without a trace in the protocol, and why a channel is opened and
/// its command started before the next one's turn (libssh2 mixes up two answers that arrive together, libssh2 #671).
///
/// Threads: the loop's thread only.
class SshSession : public std::enable_shared_from_this<SshSession> {
 public:
  /// So far a stop may be behind data.
  static constexpr std::size_t kUnsentLimit = 256UL * 1024;
  /// How long a channel that was refused waits for another one of ours to end.
  static constexpr Duration kRefusedLimit = std::chrono::seconds(30);
  /// Before it does so, it tries again after these times, each twice as long as the one before: the server may still count
  /// one that has ended.
  static constexpr Duration kFirstLinger = std::chrono::milliseconds(4);
  static constexpr Duration kLongestLinger = std::chrono::milliseconds(512);

  /// What a channel is for; the one for control does not queue behind work.
  enum class Purpose : std::uint8_t { Work, Control };

  /// \param name for messages: "'nas' (backup@nas.lan port 22)"
  /// \param max_sessions how many channels the server allows; one of them is for control.
  SshSession(std::shared_ptr<SshEngine> engine, std::string name, std::size_t max_sessions = 10);
  ~SshSession();
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;

  /// Opens a channel and starts `command` on it, when its turn comes.
  /// \throws StartError. Cancellation: the channel is abandoned; the command may have been started, and its
  /// input has ended then.
  [[nodiscard]] awaitable<std::shared_ptr<SshChannel>> start(std::string command, Purpose purpose);

  /// The first half of `start`: waits for a place and queues the channel.
  [[nodiscard]] awaitable<std::shared_ptr<SshChannel>> enqueue(std::string command, Purpose purpose);
  /// The second half: waits for the command to be started. \return the channel, or the one that took its place.
  /// Cancellation: the channel is still there, and may start the command.
  [[nodiscard]] awaitable<std::shared_ptr<SshChannel>> started(std::shared_ptr<SshChannel> channel);

  void receive(std::span<const char> bytes);
  [[nodiscard]] std::string take_unsent();
  [[nodiscard]] std::size_t unsent() const noexcept { return engine_->unsent(); }
  [[nodiscard]] std::size_t unread() const noexcept { return engine_->unread(); }
  /// Woken after every step: there may be something to send, input may have been consumed, the session may have failed.
  [[nodiscard]] WaitQueue& activity() noexcept { return activity_; }
  [[nodiscard]] awaitable<void> wait_failed();

  /// From now on everything fails with `error`; the first one is kept.
  void fail(std::exception_ptr error);
  [[nodiscard]] bool failed() const noexcept { return error_ != nullptr; }
  [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }
  void throw_if_failed() const;

  /// Sends a goodbye. Everything fails from then on.
  void disconnect();

  /// Channels that the server has not closed yet.
  [[nodiscard]] std::size_t open_channels() const noexcept { return channels_.size() + starting_.size(); }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  friend class SshChannel;
  using ChannelPtr = std::shared_ptr<SshChannel>;

  /// Of a channel that may be refused. Who is told of room and does not take it tells the next one that waits.
  struct Turn {
    explicit Turn(SshSession& its_session) : session(its_session) {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    SshSession& session;
    bool told_of_room = false;
    Duration linger = kFirstLinger;  ///< before it tries again
    std::size_t ended = 0;           ///< channels, when it began to try again
  };

  /// Takes every step that is possible.
  void pump();
  /// The same, but only for `channel` if nothing has arrived meanwhile.
  void advance(SshChannel& channel);
  void abandoned(SshChannel& channel);
  void start_next();
  bool start_step(SshChannel& channel);
  void advance_all();
  template <class Step>
  void guarded(Step step);
  [[nodiscard]] awaitable<void> wait_for_room(std::exception_ptr refusal, Turn& turn);

  std::shared_ptr<SshEngine> engine_;
  std::string name_;
  std::deque<ChannelPtr> starting_;  // the first one has its turn
  std::list<ChannelPtr> channels_;   // started, and not closed by the server
  std::vector<char> scratch_;
  std::exception_ptr error_;
  std::size_t ended_ = 0;  // channels, ever
  bool pumping_ = false;
  Limiter limiter_;
  WaitQueue activity_;
  WaitQueue room_;  // woken one by one, as channels end
  WaitQueue failure_;
};

}  // namespace orchestrator
