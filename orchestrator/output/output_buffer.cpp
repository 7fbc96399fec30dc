#include "orchestrator/output/output_buffer.hpp"

#include <algorithm>
#include <utility>

namespace orchestrator::detail {

void OutputBuffer::add(std::string text, OutputPriority priority) {
  push(Entry{std::move(text), priority, {}});
}

void OutputBuffer::add_progress(std::string text, const std::string& key) {
  const auto is_older = [&key](const Entry& entry) {
    return entry.priority == OutputPriority::Progress && entry.key == key;
  };
  const auto older = std::find_if(entries_.begin(), entries_.end(), is_older);
  if (older != entries_.end()) erase(older);
  push(Entry{std::move(text), OutputPriority::Progress, key});
}

std::optional<std::string> OutputBuffer::take() {
  if (entries_.empty()) return std::nullopt;
  std::string text = std::move(entries_.front().text);
  bytes_ -= text.size();
  entries_.pop_front();
  return text;
}

void OutputBuffer::clear() {
  dropped_ += entries_.size();
  entries_.clear();
  bytes_ = 0;
}

void OutputBuffer::push(Entry entry) {
  bytes_ += entry.text.size();
  entries_.push_back(std::move(entry));
  if (bytes_ > room_) make_room();
}

void OutputBuffer::make_room() {
  drop_oldest(OutputPriority::Progress);
  drop_oldest(OutputPriority::Ordinary);
}

void OutputBuffer::drop_oldest(OutputPriority priority) {
  std::deque<Entry> kept;
  for (Entry& entry : entries_) {
    if (bytes_ > room_ && entry.priority == priority) {
      bytes_ -= entry.text.size();
      ++dropped_;
    } else {
      kept.push_back(std::move(entry));
    }
  }
  entries_ = std::move(kept);
}

void OutputBuffer::erase(std::deque<Entry>::iterator entry) {
  bytes_ -= entry->text.size();
  entries_.erase(entry);
}

}  // namespace orchestrator::detail
