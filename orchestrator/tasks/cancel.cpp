#include "orchestrator/tasks/cancel.hpp"

namespace orchestrator {

std::string_view to_string(CancelLevel level) noexcept {
  switch (level) {
    case CancelLevel::None: return "none";
    case CancelLevel::Stop: return "stop";
    case CancelLevel::Kill: return "kill";
  }
  return "unknown";
}

std::string_view to_string(CancelCause cause) noexcept {
  switch (cause) {
    case CancelCause::Operator: return "operator";
    case CancelCause::Signal: return "signal";
    case CancelCause::Deadline: return "deadline";
    case CancelCause::SiblingFailed: return "sibling failed";
    case CancelCause::Disk: return "disk";
    case CancelCause::Stall: return "stall";
    case CancelCause::ConnectionLost: return "connection lost";
    case CancelCause::ClientGone: return "client gone";
    case CancelCause::Shutdown: return "shutdown";
    case CancelCause::Sleep: return "sleep";
  }
  return "unknown";
}

std::string to_string(const CancelReason& reason) {
  std::string text(to_string(reason.cause));
  if (!reason.detail.empty()) text += ": " + reason.detail;
  return text;
}

}  // namespace orchestrator
