#pragma once
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "orchestrator/tasks/task_group.hpp"
#include "systemd/authority.hpp"
#include "systemd/bus_connection.hpp"
#include "systemd/sdbus.hpp"

namespace orchestrator {

/// An exception as it goes over the bus: org.orchestratord.Orchestrator1.Error.*, the message, the remedy on a line of its own.
[[nodiscard]] sdbus::Error bus_error(const std::exception_ptr& thrown);

/// Calls that are being answered: each is a task, so none holds the others.
class BusAnswers {
 public:
  static constexpr std::size_t kMostCalls = 1024;  ///< at once

  /// \param calls a group that lives as long as the connection.
  BusAnswers(BusConnection& bus, Authority& authority, TaskGroup& calls)
      : bus_(bus), authority_(authority), calls_(calls) {}

  /// Answers with what `body`, an `awaitable<void>(Caller, const sdbus::Result<Values...>&)`, does or throws.
  /// \param object in a handler of which this is.
  template <class... Values, class Body>
  void answer(const sdbus::IObject& object, sdbus::Result<Values...>&& result, Body body) {
    auto reply = std::make_shared<sdbus::Result<Values...>>(std::move(result));
    auto work = [reply, body = std::move(body)](Caller caller) -> awaitable<void> {
      return body(std::move(caller), *reply);
    };
    begin(bus::sender_of(object), std::move(work), [reply](const sdbus::Error& error) { reply->returnError(error); });
  }

 private:
  using Work = std::function<awaitable<void>(Caller)>;
  using Fail = std::function<void(const sdbus::Error&)>;
  void begin(std::string sender, Work work, Fail fail);
  [[nodiscard]] awaitable<void> run(std::string sender, Work work, Fail fail);

  BusConnection& bus_;
  Authority& authority_;
  TaskGroup& calls_;
};

}  // namespace orchestrator
