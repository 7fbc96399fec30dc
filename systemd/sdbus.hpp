#pragma once
// The one place that knows which sdbus-c++ this is: 1.2 and 2.x differ in names and in how strong their types are.
#include <optional>
#include <string>
#include <vector>

#include <sdbus-c++/sdbus-c++.h>

#if __has_include(<sdbus-c++/VTableItems.h>)
#define ORCHESTRATOR_SDBUS_2 1
#else
#define ORCHESTRATOR_SDBUS_2 0
#endif

namespace orchestrator::bus {

#if ORCHESTRATOR_SDBUS_2

using BusName = sdbus::ServiceName;
using InterfaceName = sdbus::InterfaceName;
using MethodName = sdbus::MethodName;
using PropertyName = sdbus::PropertyName;
using MaybeError = std::optional<sdbus::Error>;

inline sdbus::Error make_error(const std::string& name, const std::string& message) {
  return sdbus::Error(sdbus::Error::Name(name), message);
}
inline bool process_one(sdbus::IConnection& connection) { return connection.processPendingEvent(); }
inline int wake_descriptor(const sdbus::IConnection::PollData& data) { return data.eventFd; }
inline std::string sender_of(const sdbus::IObject& object) {
  return object.getCurrentlyProcessedMessage().getSender();
}
/// After the last `uponSignal`.
inline void begin_hearing(sdbus::IProxy&) {}

#else

using BusName = std::string;
using InterfaceName = std::string;
using MethodName = std::string;
using PropertyName = std::string;
using MaybeError = const sdbus::Error*;

inline sdbus::Error make_error(const std::string& name, const std::string& message) {
  return sdbus::Error(name, message);
}
inline bool process_one(sdbus::IConnection& connection) { return connection.processPendingRequest(); }
/// None: only 2.x can be told something from another thread.
inline int wake_descriptor(const sdbus::IConnection::PollData&) { return -1; }
inline std::string sender_of(const sdbus::IObject& object) {
  const sdbus::Message* message = object.getCurrentlyProcessedMessage();
  return message == nullptr ? std::string() : message->getSender();
}
inline void begin_hearing(sdbus::IProxy& proxy) { proxy.finishRegistration(); }

#endif

inline void emit_changed(sdbus::IObject& object, const char* interface, const std::vector<std::string>& properties) {
  std::vector<PropertyName> names;
  for (const std::string& property : properties) names.push_back(PropertyName(property));
  object.emitPropertiesChangedSignal(InterfaceName(interface), names);
}

}  // namespace orchestrator::bus
