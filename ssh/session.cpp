#include "ssh/session.hpp"

#include "orchestrator/host.hpp"
#include "orchestrator/tasks/group_error.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/sleep.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kScratch = 64UL * 1024;

std::exception_ptr channel_refusal(const std::string& name, const EngineError& error, std::size_t open) {
  if (error.failure() == EngineFailure::ChannelRefused) {
    return std::make_exception_ptr(StartError(
        StartFailure::NoResources,
        "cannot open a channel to " + name + " beside " + std::to_string(open) + " that are open: " + error.what(),
        "raise MaxSessions in /etc/ssh/sshd_config over there (10 is its default), or say here what it allows: "
        "'max_sessions' of the host"));
  }
  return std::make_exception_ptr(StartError(StartFailure::NotPossible,
                                            "cannot start a command on " + name + ": " + error.what(),
                                            "see what the key is allowed to do in ~/.ssh/authorized_keys over there"));
}

}  // namespace

SshSession::SshSession(std::shared_ptr<SshEngine> engine, std::string name, std::size_t max_sessions)
    : engine_(std::move(engine)),
      name_(std::move(name)),
      scratch_(kScratch),
      limiter_("channels to " + name_, max_sessions - 1) {}

SshSession::~SshSession() = default;

awaitable<std::shared_ptr<SshChannel>> SshSession::start(std::string command, Purpose purpose) {
  ChannelPtr channel = co_await enqueue(std::move(command), purpose);
  try {
    co_return co_await started(channel);
  } catch (const Cancelled&) {
    channel->abandon();
    throw;
  }
}

awaitable<std::shared_ptr<SshChannel>> SshSession::enqueue(std::string command, Purpose purpose) {
  throw_if_failed();
  auto channel = std::make_shared<SshChannel>(shared_from_this(), std::move(command));
  if (purpose == Purpose::Work) {
    try {
      LimiterSlot slot = co_await limiter_.acquire();
      channel->slot_.emplace(std::move(slot));
    } catch (const LimiterClosed&) {
      // The session failed meanwhile: said below.
    }
  }
  throw_if_failed();
  // The one for control comes next; the turn of the first may have begun.
  const bool begun = !starting_.empty() && starting_.front()->phase_ != SshChannel::Phase::Waiting;
  starting_.insert(purpose == Purpose::Control ? starting_.begin() + (begun ? 1 : 0) : starting_.end(), channel);
  pump();
  co_return channel;
}

awaitable<std::shared_ptr<SshChannel>> SshSession::started(ChannelPtr channel) {
  using Phase = SshChannel::Phase;
  Turn turn(*this);
  for (;;) {
    while (channel->phase_ < Phase::Running && !channel->refusal_) {
      throw_if_failed();
      co_await channel->changed_.wait("a channel to open");
    }
    if (!channel->refusal_) {
      turn.told_of_room = false;
      co_return channel;
    }
    co_await wait_for_room(channel->refusal_, turn);
    channel->refusal_ = nullptr;
    throw_if_failed();
    starting_.push_back(channel);
    pump();
  }
}

SshSession::Turn::~Turn() {
  if (told_of_room) session.room_.wake_one();
}

// sshd counts a channel for a moment longer than we do, and nothing tells when it no longer does; and it may allow fewer
// than we think. So who is refused tries again for a second, and then waits for the end of a channel, which one hears of.
awaitable<void> SshSession::wait_for_room(std::exception_ptr refusal, Turn& turn) {
  const std::optional<StartError> error = first<StartError>(refusal);
  if (!error || error->failure() != StartFailure::NoResources) std::rethrow_exception(refusal);
  // Others may have had the room meanwhile.
  if (turn.linger > kLongestLinger && channels_.empty() && turn.ended != ended_) turn.linger = kFirstLinger;
  if (ended_ > 0 && turn.linger <= kLongestLinger) {
    if (turn.linger == kFirstLinger) turn.ended = ended_;
    co_await sleep_for(std::exchange(turn.linger, turn.linger * 2));
    co_return;
  }
  if (channels_.empty()) std::rethrow_exception(refusal);
  turn.told_of_room = false;
  auto room = [this] { return room_.wait("a channel to end"); };
  const ScopeEnd end = co_await with_limit(kRefusedLimit, std::move(room));
  if (end == ScopeEnd::Cancelled) std::rethrow_exception(refusal);
  turn.told_of_room = true;
  turn.linger = kFirstLinger;
}

void SshSession::receive(std::span<const char> bytes) {
  engine_->receive(bytes);
  pump();
}

std::string SshSession::take_unsent() {
  std::string bytes = engine_->take_unsent();
  // Channels that waited for room go on.
  if (!bytes.empty()) guarded([this] { advance_all(); });
  return bytes;
}

template <class Step>
void SshSession::guarded(Step step) {
  if (pumping_ || failed()) return;
  pumping_ = true;
  try {
    step();
  } catch (const EngineError& error) {
    pumping_ = false;
    fail(std::make_exception_ptr(StartError(StartFailure::Unreachable,
                                            "connection to " + name_ + " lost: " + error.what(),
                                            "see sshd's log over there")));
    return;
  }
  pumping_ = false;
  activity_.wake_all();
}

void SshSession::pump() {
  guarded([this] {
    start_next();
    advance_all();
    start_next();
  });
}

void SshSession::advance(SshChannel& channel) {
  if (engine_->unread() > 0) return pump();
  guarded([this, &channel] {
    if (channel.advance(*engine_, scratch_)) channel.changed_.wake_all();
    if (engine_->unread() > 0 || channel.phase_ == SshChannel::Phase::Ended) advance_all();
  });
}

void SshSession::abandoned(SshChannel& channel) {
  // One whose turn has begun is closed when it is open.
  const auto is_it = [&channel](const ChannelPtr& other) { return other.get() == &channel; };
  if (channel.phase_ == SshChannel::Phase::Waiting) std::erase_if(starting_, is_it);
  if (channel.phase_ == SshChannel::Phase::Waiting) channel.slot_.reset();
  advance(channel);
}

void SshSession::start_next() {
  while (!starting_.empty()) {
    const ChannelPtr channel = starting_.front();
    try {
      if (!start_step(*channel)) return;
    } catch (const EngineError& error) {
      if (error.ends_session()) throw;
      channel->refusal_ = channel_refusal(name_, error, channels_.size());
    }
    starting_.pop_front();
    if (channel->raw_) {
      channel->phase_ = SshChannel::Phase::Running;
      if (channel->refusal_) channel->abandoned_ = true;
      channels_.push_back(channel);
    } else {
      channel->phase_ = SshChannel::Phase::Waiting;
      if (channel->abandoned_) channel->slot_.reset();
    }
    channel->changed_.wake_all();
  }
}

bool SshSession::start_step(SshChannel& channel) {
  using Phase = SshChannel::Phase;
  if (channel.phase_ == Phase::Waiting) channel.phase_ = Phase::Opening;
  if (channel.phase_ == Phase::Opening) {
    channel.raw_ = engine_->open();
    if (!channel.raw_) return false;
    if (channel.abandoned_) return true;
    channel.phase_ = Phase::Asking;
  }
  return engine_->exec(*channel.raw_, channel.command_);
}

void SshSession::advance_all() {
  for (auto at = channels_.begin(); at != channels_.end();) {
    SshChannel& channel = **at;
    if (channel.advance(*engine_, scratch_)) channel.changed_.wake_all();
    if (channel.phase_ == SshChannel::Phase::Ended) {
      ++ended_;
      at = channels_.erase(at);
      room_.wake_one();
    } else {
      ++at;
    }
  }
}

void SshSession::fail(std::exception_ptr error) {
  if (failed()) return;
  error_ = std::move(error);
  channels_.insert(channels_.end(), starting_.begin(), starting_.end());
  starting_.clear();
  for (const ChannelPtr& channel : channels_) {
    channel->slot_.reset();
    channel->changed_.wake_all();
  }
  channels_.clear();
  limiter_.close();
  room_.wake_all();
  activity_.wake_all();
  failure_.wake_all();
}

awaitable<void> SshSession::wait_failed() {
  while (!failed()) co_await failure_.wait("the end of a connection");
}

void SshSession::throw_if_failed() const {
  if (error_) std::rethrow_exception(error_);
}

void SshSession::disconnect() {
  if (failed()) return;
  engine_->disconnect();
  activity_.wake_all();
}

}  // namespace orchestrator
