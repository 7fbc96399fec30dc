#pragma once
#include <functional>
#include <memory>
#include <string>

#include "orchestrator/host.hpp"
#include "orchestrator/process/process.hpp"
#include "ssh/channel.hpp"
#include "ssh/link.hpp"
#include "ssh/loader.hpp"

namespace orchestrator {

class SshSink final : public ByteSink {
 public:
  explicit SshSink(std::shared_ptr<SshChannel> channel) : channel_(std::move(channel)) {}

  [[nodiscard]] awaitable<bool> write(std::string_view bytes) override;
  [[nodiscard]] awaitable<void> close() override;

 private:
  std::shared_ptr<SshChannel> channel_;
};

/// A command on a host that is reached over SSH.
class SshProcess final : public Process {
 public:
  /// Ends what a lost connection may have left, over a new one.
  using Reaper = std::function<awaitable<std::vector<Leftover>>(ProcessTrace trace, StopLadder ladder)>;

  SshProcess(SshLink::Use use, std::shared_ptr<SshChannel> channel, const Command& command, std::string host,
             Reaper reaper = Reaper());
  ~SshProcess() override;

  /// Waits for the loader on the other side, and for the warden to watch. Nothing of the command has been sent then.
  /// \throws StartError
  [[nodiscard]] awaitable<void> meet(std::string nonce);

  /// Then talks to the loader until it has become the program. \throws StartError
  /// Cancellation: the program may run; `stop` ends it.
  [[nodiscard]] awaitable<void> load(std::string code, std::string nonce);
  /// After `load` has failed: it never became a program.
  void forget() { use_.warden().forget(*process_); }

  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] ProcessTrace trace() const override;
  [[nodiscard]] ByteSink& input() override { return input_; }
  [[nodiscard]] ByteSource& output() override { return output_; }
  [[nodiscard]] ByteSource& errors() override { return errors_; }
  [[nodiscard]] awaitable<ExitStatus> wait() override { return channel_->wait_exit(); }
  [[nodiscard]] awaitable<std::vector<Leftover>> stop() override;

 private:
  [[nodiscard]] awaitable<void> check_answer(const std::string& nonce);
  [[nodiscard]] awaitable<void> end_group();
  [[nodiscard]] awaitable<void> end_by_another_connection();
  [[nodiscard]] awaitable<void> end_input();
  [[nodiscard]] awaitable<void> wait_until_closed(Duration limit, Shield shield);
  [[nodiscard]] std::vector<Leftover> left() const;
  [[nodiscard]] StartError unwatched(const std::string& why) const;
  [[nodiscard]] StartError not_loaded(const std::string& said) const;

  SshLink::Use use_;
  std::shared_ptr<SshChannel> channel_;
  std::string host_;
  std::string command_;  // for people
  std::string program_;
  std::string cookie_;
  std::string directory_;
  Reaper reaper_;
  StopLadder ladder_;
  std::optional<RemoteProcess> process_;  // none: the login shell was given a string of its own
  bool raw_;
  bool input_open_;
  bool gone_ = false;     // seen to be
  std::string why_left_;  // not
  bool unanswered_ = false;  // the warden said nothing
  SshSink input_;
  SshSource output_;
  SshSource errors_;
};

}  // namespace orchestrator
