#pragma once
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "orchestrator/tasks/wait_queue.hpp"
#include "systemd/bus_connection.hpp"
#include "systemd/sdbus.hpp"

namespace orchestrator {

/// A method of another program on the bus.
struct BusMethod {
  const char* destination;
  const char* path;
  const char* interface;
  const char* name;
};

/// Calls it, and waits for the answer without holding the loop. \throws sdbus::Error
template <class Result, class... Arguments>
[[nodiscard]] awaitable<Result> call_bus(BusConnection& connection, BusMethod method, Arguments... arguments) {
  struct State {
    WaitQueue answered;
    bool done = false;
    std::optional<sdbus::Error> error;
    Result value{};
  };
  auto state = std::make_shared<State>();
  const auto proxy = sdbus::createProxy(connection.sdbus(), bus::BusName(method.destination), sdbus::ObjectPath(method.path));
  auto on_answer = [state](bus::MaybeError error, const Result& value) {
    if (error) state->error.emplace(*error);
    if (!error) state->value = value;
    state->done = true;
    state->answered.wake_all();
  };
  proxy->callMethodAsync(method.name)
      .onInterface(method.interface)
      .withArguments(std::move(arguments)...)
      .uponReplyInvoke(std::move(on_answer));
  connection.kick();
  while (!state->done) co_await state->answered.wait("an answer from the bus");
  if (state->error) throw sdbus::Error(*state->error);
  co_return std::move(state->value);
}

}  // namespace orchestrator
