#pragma once
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
  SshProcess(SshLink::Use use, std::shared_ptr<SshChannel> channel, const Command& command, std::string host);
  ~SshProcess() override;

  /// Talks to the loader on the other side until it has become the program. \throws StartError
  /// Cancellation: the program may run; `stop` ends it.
  [[nodiscard]] awaitable<void> load(std::string code, std::string nonce);

  /// What the host said when it was asked; for `trace`.
  void booted_as(std::string boot_id) { boot_id_ = std::move(boot_id); }

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
  [[nodiscard]] awaitable<void> end_input();
  [[nodiscard]] awaitable<void> wait_until_closed(Duration limit, Shield shield);
  [[nodiscard]] std::vector<Leftover> left() const;
  [[nodiscard]] StartError not_loaded(const std::string& said) const;

  SshLink::Use use_;
  std::shared_ptr<SshChannel> channel_;
  std::string host_;
  std::string command_;  // for people
  std::string program_;
  std::string cookie_;
  std::string boot_id_;
  std::string directory_;
  StopLadder ladder_;
  std::optional<RemoteProcess> process_;  // none: the login shell was given a string of its own
  bool input_open_;
  bool gone_ = false;     // seen to be
  std::string why_left_;  // not
  SshSink input_;
  SshSource output_;
  SshSource errors_;
};

}  // namespace orchestrator
