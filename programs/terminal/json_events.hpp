#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/run/events.hpp"
#include "orchestrator/run/result.hpp"

namespace orchestrator {

/// The lines of `json_lines.hpp` as the events that they were made of: what a display elsewhere shows.
class JsonEvents {
 public:
  /// \param sink outlives this; hears everything but the result.
  explicit JsonEvents(EventSink& sink) : sink_(sink) {}

  /// One line, with or without its end. What is no line of ours is passed over.
  void line(std::string_view text);

  /// The last line, once it has come.
  [[nodiscard]] const std::optional<RunResult>& result() const noexcept { return result_; }
  [[nodiscard]] int exit_code() const noexcept { return exit_code_; }

 private:
  EventSink& sink_;
  std::optional<RunResult> result_;
  int exit_code_ = 1;
};

/// A run that has ended, as it was told (`result_line`) or as its log has it (event `run_ended`), and its exit code.
struct ToldResult {
  RunResult result;
  int exit_code = 1;
};
/// \return none when the text is neither.
[[nodiscard]] std::optional<ToldResult> result_of_json(std::string_view text);

}  // namespace orchestrator
