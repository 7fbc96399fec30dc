#pragma once
#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "orchestrator/output/output_queue.hpp"

namespace orchestrator::detail {

/// The entries of one stream that wait to be written, and which of them go when there is no room:
/// progress first, then the oldest ordinary ones, essential ones never.
class OutputBuffer {
 public:
  explicit OutputBuffer(std::size_t room) : room_(room) {}

  void add(std::string text, OutputPriority priority);
  /// Progress that takes the place of the entry of the same key.
  void add_progress(std::string text, const std::string& key);

  /// The first entry, which is the caller's to write from then on.
  [[nodiscard]] std::optional<std::string> take();

  /// Forgets everything; counts it as dropped.
  void clear();

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }

 private:
  struct Entry {
    std::string text;
    OutputPriority priority;
    std::string key;
  };

  void push(Entry entry);
  void make_room();
  void drop_oldest(OutputPriority priority);
  void erase(std::deque<Entry>::iterator entry);

  std::size_t room_;
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace orchestrator::detail
