#pragma once
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/process/stream.hpp"
#include "ssh/channel.hpp"
#include "ssh/remote_script.hpp"

namespace orchestrator {

/// A stream of a channel; what was read beyond the answers of the loader comes first.
class SshSource final : public ByteSource {
 public:
  SshSource(std::shared_ptr<SshChannel> channel, SshStream stream) : channel_(std::move(channel)), stream_(stream) {}

  [[nodiscard]] awaitable<std::size_t> read_some(std::span<char> buffer) override;

  /// One line, without its end. \return none at the end of the stream, with `rest` what there was.
  [[nodiscard]] awaitable<std::optional<std::string>> read_line();
  [[nodiscard]] const std::string& rest() const noexcept { return ahead_; }

 private:
  std::shared_ptr<SshChannel> channel_;
  SshStream stream_;
  std::string ahead_;
};

/// What the loader said when it came up, or what was there instead of it.
struct LoaderGreeting {
  std::optional<RemoteProcess> process;
  std::string noise;  ///< what a login shell printed instead; empty with a process
};

/// Reads until the loader has said that it is there, on both streams. What login scripts print before is dropped.
[[nodiscard]] awaitable<LoaderGreeting> await_loader(SshSource& output, SshSource& errors, const std::string& nonce);

/// The end of what a shell printed, in one line, for a message.
[[nodiscard]] std::string last_words(const std::string& text);

}  // namespace orchestrator
