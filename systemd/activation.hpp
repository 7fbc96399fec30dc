#pragma once

#include "systemd/bus_connection.hpp"

namespace sdbus {
class IConnection;
}

namespace orchestrator {

/// Has the daemon started on the bus when it is not there: by the machine's systemd or the user's. dbus-daemon alone would
/// wait half a minute for a service that has failed long ago, and say nothing of why; here systemd is watched meanwhile.
/// Blocks. Where there is no systemd nothing is done.
///
/// \throws NoDaemon with what the daemon has said last, when it does not start.
void start_daemon_if_absent(sdbus::IConnection& connection, BusKind kind);

}  // namespace orchestrator
