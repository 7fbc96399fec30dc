#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "orchestrator/process/process.hpp"
#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

struct StreamHandlers {
  std::function<void(std::string_view)> on_output{};  ///< bytes as they come
  ByteSink* output_to = nullptr;  ///< or where they go, no faster than it takes them
  std::function<void(std::string_view)> on_error_line{};
  /// How long to read on when the command has ended but a descendant of it still holds a stream;
  /// none: to the end. `Process::stop` sees to the descendant.
  std::optional<Duration> drain_limit = std::chrono::seconds(2);
};

/// Reads both outputs of a command until it has ended.
[[nodiscard]] awaitable<ExitStatus> read_streams(Process& process, StreamHandlers handlers);

}  // namespace orchestrator
