#pragma once

/// What systemd's manager is called on the bus (org.freedesktop.systemd1(5)).
namespace orchestrator::systemd1 {

inline constexpr const char* kName = "org.freedesktop.systemd1";
inline constexpr const char* kPath = "/org/freedesktop/systemd1";
inline constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
inline constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";
inline constexpr const char* kService = "org.freedesktop.systemd1.Service";
inline constexpr const char* kTimer = "org.freedesktop.systemd1.Timer";

}  // namespace orchestrator::systemd1
