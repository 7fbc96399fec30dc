#include "ssh/loader.hpp"

#include <algorithm>
#include <cstring>

namespace orchestrator {

namespace {

constexpr std::size_t kNoiseLimit = 64UL * 1024;

void keep_tail(std::string& text) {
  if (text.size() > kNoiseLimit) text.erase(0, text.size() - kNoiseLimit);
}

awaitable<void> read_noise(SshSource& source, std::string& noise) {
  for (;;) {
    const std::optional<std::string> line = co_await source.read_line();
    if (!line) break;
    noise += *line + "\n";
    keep_tail(noise);
  }
  noise += source.rest();
}

}  // namespace

awaitable<std::size_t> SshSource::read_some(std::span<char> buffer) {
  if (ahead_.empty()) co_return co_await channel_->read_some(stream_, buffer);
  const std::size_t count = std::min(buffer.size(), ahead_.size());
  std::memcpy(buffer.data(), ahead_.data(), count);
  ahead_.erase(0, count);
  co_return count;
}

awaitable<std::optional<std::string>> SshSource::read_line() {
  for (;;) {
    const std::size_t end = ahead_.find('\n');
    if (end != std::string::npos) {
      std::string line = ahead_.substr(0, end);
      ahead_.erase(0, end + 1);
      co_return line;
    }
    char buffer[4096];
    const std::size_t count = co_await channel_->read_some(stream_, buffer);
    if (count == 0) co_return std::nullopt;
    ahead_.append(buffer, count);
    keep_tail(ahead_);
  }
}

awaitable<LoaderGreeting> await_loader(SshSource& output, SshSource& errors, const std::string& nonce) {
  LoaderGreeting greeting;
  while (!greeting.process) {
    const std::optional<std::string> line = co_await errors.read_line();
    if (!line) break;
    // Login scripts may print without ending their line.
    const std::size_t begin = std::min(line->find(nonce), line->size());
    greeting.process = parse_started(std::string_view(*line).substr(begin), nonce);
    if (!greeting.process) greeting.noise += *line + "\n";
    keep_tail(greeting.noise);
  }
  while (greeting.process) {
    const std::optional<std::string> line = co_await output.read_line();
    if (!line) greeting.process.reset();
    if (!line || line->ends_with(nonce)) break;
  }
  if (greeting.process) {
    greeting.noise.clear();
  } else {
    greeting.noise += errors.rest();
    co_await read_noise(output, greeting.noise);
  }
  co_return greeting;
}

std::string last_words(const std::string& text) {
  constexpr std::size_t kShown = 300;
  std::string shown = text.size() > kShown ? "…" + text.substr(text.size() - kShown) : text;
  while (!shown.empty() && (shown.back() == '\n' || shown.back() == '\r')) shown.pop_back();
  std::replace(shown.begin(), shown.end(), '\n', ' ');
  return shown;
}

}  // namespace orchestrator
