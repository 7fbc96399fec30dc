#include "orchestrator/engine/engine_run.hpp"

#include <utility>

namespace orchestrator {

namespace {

// What a follower that comes late would have heard.
void tell_how_things_stand(const EngineRun& run, EventSink& follower) {
  const RunView& view = run.view();
  std::vector<std::string> items;
  for (const ItemView& item : view.items()) items.push_back(item.name);
  if (!items.empty()) follower.run_began(run.id(), run.order().job, items);
  follower.state_changed(view.state());
  for (const ItemView& item : view.items()) {
    if (item.running || item.end) follower.item_began(item.name, item.phase);
    if (item.running) follower.item_progress(item.name, item.progress);
    if (!item.running && item.end) follower.item_ended(item.name, item.phase, *item.end);
  }
}

}  // namespace

EngineRun::EngineRun(std::string id, RunOrder order, std::shared_ptr<JobSource> source, Clock& clock, Watcher& watcher)
    : id_(std::move(id)), order_(std::move(order)), source_(std::move(source)), clock_(clock), watcher_(watcher) {
  view_.run_began(id_, order_.job, {}, clock_.now());
}

std::optional<Phase> EngineRun::phase() const {
  switch (view_.state()) {
    case RunState::Validating: return Phase::Validate;
    case RunState::PreSync: return Phase::PreSync;
    case RunState::Syncing: return Phase::Sync;
    case RunState::PostSync: return Phase::PostSync;
    default: return std::nullopt;
  }
}

void EngineRun::follow(std::unique_ptr<RunFollower> follower) {
  tell_how_things_stand(*this, *follower);
  if (result_) {
    follower->run_ended(*result_);
  } else {
    followers_.push_back(std::move(follower));
  }
}

void EngineRun::cancel(CancelReason reason, CancelLevel level) {
  if (ended()) return;
  waiting_scope_.cancel(reason, level);
  scope_.cancel(std::move(reason), level);
}

void EngineRun::run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) {
  view_.run_began(id, job, items, clock_.now());
  for (const auto& follower : followers_) follower->run_began(id, job, items);
}

void EngineRun::state_changed(RunState state) {
  view_.state_changed(state);
  for (const auto& follower : followers_) follower->state_changed(state);
  // The end is told as a whole.
  if (!is_final(state)) watcher_.state_of(*this);
}

void EngineRun::item_began(const std::string& item, Phase phase) {
  view_.item_began(item, phase, clock_.now());
  progressed_ = true;
  for (const auto& follower : followers_) follower->item_began(item, phase);
}

void EngineRun::item_progress(const std::string& item, const Progress& progress) {
  view_.item_progress(item, progress);
  progressed_ = true;
  for (const auto& follower : followers_) follower->item_progress(item, progress);
}

void EngineRun::item_ended(const std::string& item, Phase phase, ItemEnd end) {
  view_.item_ended(item, phase, end);
  progressed_ = true;
  for (const auto& follower : followers_) follower->item_ended(item, phase, end);
}

void EngineRun::failed(const RunError& error) {
  for (const auto& follower : followers_) follower->failed(error);
}

void EngineRun::log_line(const LogLine& line) {
  for (const auto& follower : followers_) follower->log_line(line);
}

void EngineRun::stopping(const Stopping& what) {
  for (const auto& follower : followers_) follower->stopping(what);
}

void EngineRun::run_ended(const RunResult& result) {
  for (const auto& follower : followers_) follower->run_ended(result);
  told_end_ = followers_.size();
}

bool EngineRun::tick() {
  for (const auto& follower : followers_) follower->tick();
  return std::exchange(progressed_, false);
}

void EngineRun::settle(RunResult result) {
  result_ = std::move(result);
  for (std::size_t late = told_end_; late < followers_.size(); ++late) followers_[late]->run_ended(*result_);
  followers_.clear();
  source_.reset();
}

}  // namespace orchestrator
