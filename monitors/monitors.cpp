#include "monitors/monitors.hpp"

#include "monitors/disk_monitor.hpp"
#include "monitors/remote_probe.hpp"

namespace orchestrator {

MakeMonitors make_monitors(LocalProbe& here) {
  return [&here](const MonitorSubject& subject) {
    DiskProbes probes{here, [](Host& host) { return std::make_unique<RemoteProbe>(host); }};
    std::vector<std::unique_ptr<Monitor>> monitors;
    monitors.push_back(std::make_unique<DiskMonitor>(subject, std::move(probes)));
    return monitors;
  };
}

}  // namespace orchestrator
