#include "ssh/channel.hpp"

#include <algorithm>
#include <cstring>

#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task.hpp"
#include "ssh/session.hpp"

namespace orchestrator {

namespace {

struct Reading {
  explicit Reading(bool& f) : flag(f) { flag = true; }
  ~Reading() { flag = false; }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  bool& flag;
};

}  // namespace

SshChannel::SshChannel(std::shared_ptr<SshSession> session, std::string command)
    : session_(std::move(session)), command_(std::move(command)) {}

SshChannel::~SshChannel() = default;

awaitable<std::size_t> SshChannel::read_some(SshStream stream, std::span<char> buffer) {
  Incoming& in = incoming(stream);
  const Reading reading(in.read);
  // Who finds data whenever he asks would keep the loop to himself, and the warden's answers waiting.
  if (in.size() > 0) co_await yield_now();
  while (in.size() == 0) {
    if (in.at_end) co_return 0;
    session_->throw_if_failed();
    co_await changed_.wait("data from a host");
  }
  const std::size_t count = std::min({buffer.size(), in.size(), kReadLimit});
  std::memcpy(buffer.data(), in.bytes.data() + in.taken, count);
  in.taken += count;
  if (in.size() == 0) {
    in.bytes.clear();
    in.taken = 0;
  }
  session_->advance(*this);
  co_return count;
}

awaitable<bool> SshChannel::write(std::string_view bytes) {
  while (!bytes.empty()) {
    session_->throw_if_failed();
    if (phase_ != Phase::Running || input_finished_) co_return false;
    const std::size_t pending = outgoing_.size() - sent_;
    const std::size_t count = std::min(bytes.size(), kInputLimit - std::min(kInputLimit, pending));
    if (count == 0) {
      co_await changed_.wait("a host to take data");
      continue;
    }
    outgoing_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    session_->advance(*this);
  }
  co_await throw_if_cancelled();
  co_return true;
}

void SshChannel::put(std::string_view bytes) {
  if (phase_ != Phase::Running || input_finished_) return;
  outgoing_.append(bytes);
  session_->advance(*this);
}

void SshChannel::finish_input() {
  input_finished_ = true;
  session_->advance(*this);
}

void SshChannel::discard(SshStream stream) {
  Incoming& in = incoming(stream);
  in.wanted = 0;
  in.bytes.clear();
  in.taken = 0;
  session_->advance(*this);
}

void SshChannel::discard_soon(SshStream stream) {
  Incoming& in = incoming(stream);
  if (!in.read) return discard(stream);
  in.wanted = std::min(in.wanted, kLastWords);
  session_->advance(*this);
}

awaitable<ExitStatus> SshChannel::wait_exit() {
  while (!status_) {
    if (phase_ == Phase::Ended || session_->failed()) co_return Unknown{};
    co_await changed_.wait("a command on a host");
  }
  co_return *status_;
}

void SshChannel::abandon() {
  abandoned_ = true;
  session_->abandoned(*this);
}

bool SshChannel::advance(SshEngine& engine, std::span<char> scratch) {
  if (!raw_ || phase_ != Phase::Running) return false;
  bool changed = false;
  if (!abandoned_) {
    changed = send(engine);
    for (const SshStream stream : {SshStream::Output, SshStream::Errors}) {
      if (fetch(engine, stream, scratch)) changed = true;
    }
    if (!status_) {
      status_ = engine.exit_status(*raw_);
      if (status_) changed = true;
    }
    if (!incoming_[0].at_end || !incoming_[1].at_end || !engine.closed(*raw_)) return changed;
  }
  const std::optional<ExitStatus> status = engine.exit_status(*raw_);
  if (!engine.close(*raw_)) return changed;
  end(status);
  return true;
}

bool SshChannel::send(SshEngine& engine) {
  bool changed = false;
  while (sent_ < outgoing_.size() && engine.unsent() < SshSession::kUnsentLimit) {
    const std::optional<std::size_t> count = engine.write(*raw_, std::string_view(outgoing_).substr(sent_));
    if (!count) break;
    sent_ += *count;
    changed = true;
  }
  if (sent_ == outgoing_.size()) {
    outgoing_.clear();
    sent_ = 0;
    if (input_finished_ && !end_sent_) end_sent_ = engine.send_end(*raw_);
  }
  return changed;
}

bool SshChannel::fetch(SshEngine& engine, SshStream stream, std::span<char> scratch) {
  Incoming& in = incoming(stream);
  bool changed = false;
  while (!in.at_end && (in.drops() || in.size() < kStreamLimit)) {
    const std::optional<std::size_t> count = engine.read(*raw_, stream, scratch);
    if (!count) break;
    changed = true;
    if (*count == 0) {
      in.at_end = true;
    } else if (!in.drops()) {
      if (in.taken >= kStreamLimit) {
        in.bytes.erase(0, in.taken);
        in.taken = 0;
      }
      const std::size_t taken = std::min(*count, in.wanted);
      in.bytes.append(scratch.data(), taken);
      if (in.wanted != kAll) in.wanted -= taken;
    }
  }
  return changed;
}

void SshChannel::end(std::optional<ExitStatus> status) {
  if (!status_) status_ = std::move(status);
  phase_ = Phase::Ended;
  raw_.reset();
  slot_.reset();
}

}  // namespace orchestrator
