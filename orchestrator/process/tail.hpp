#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace orchestrator {

/// The last bytes of a text that arrives in pieces.
class Tail {
 public:
  explicit Tail(std::size_t limit) : limit_(limit) {}

  void append(std::string_view bytes);
  [[nodiscard]] std::string text() const;

 private:
  std::size_t limit_;
  std::string kept_;  // up to twice the limit, so that it is moved seldom
};

/// Cuts a text that arrives in pieces into lines, without their ends. A line longer than `kLongestLine`
/// comes in pieces.
class LineSplitter {
 public:
  explicit LineSplitter(std::function<void(std::string_view)> on_line) : on_line_(std::move(on_line)) {}

  void append(std::string_view bytes);
  /// The end has come: what has no "\n" is a line too.
  void finish();

 private:
  void give(std::string_view rest);

  std::function<void(std::string_view)> on_line_;
  std::string begun_;
};

}  // namespace orchestrator
