"""What `cmake --install` puts into a machine, and a configuration for the tests."""

from asking import must

CONFIGURATION = """
[jobs.quick]
type = "command"
command = ["true"]
[jobs.slow]
type = "command"
shell = "echo begun; sleep 3600"
"""

POLKIT_RULE = """
polkit.addRule(function(action, subject) {
  if (action.id == "org.orchestratord.run" && subject.user == "nobody" && action.lookup("job") == "quick")
    return polkit.Result.YES;
});
"""

# Leaks cannot be looked for inside the sandbox; where there are no sanitizers, nobody reads this. And the steps start the
# service again more often than systemd allows in ten seconds.
FOR_THE_TEST = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nEnvironment=ASAN_OPTIONS=detect_leaks=0\n"

# For timers: systemd waits up to a minute to wake up for several at once.
ON_TIME = "[Timer]\nAccuracySec=1us\n"


def install(machine, source):
    """As `cmake --install` does it."""
    units = source / "systemd/units"
    unit = (units / "orchestratord.service.in").read_text().replace("@bindir@", "/opt/orchestratord")
    machine.write("/etc/systemd/system/orchestratord.service", unit)
    machine.write("/etc/systemd/system/orchestratord.service.d/test.conf", FOR_THE_TEST)
    machine.write("/usr/share/dbus-1/system-services/org.orchestratord.Orchestrator1.service",
                  (units / "org.orchestratord.Orchestrator1.service.in").read_text())
    machine.write("/usr/share/dbus-1/system.d/org.orchestratord.Orchestrator1.conf",
                  (units / "org.orchestratord.Orchestrator1.conf").read_text())
    machine.write("/usr/share/polkit-1/actions/org.orchestratord.policy", (units / "org.orchestratord.policy").read_text())
    machine.write("/usr/lib/sysusers.d/orchestratord.conf", (units / "orchestratord.sysusers.conf").read_text())
    machine.write("/etc/polkit-1/rules.d/10-test.rules", POLKIT_RULE)
    machine.write("/etc/orchestratord/orchestrator.toml", CONFIGURATION)
    for words in (("systemd-sysusers",), ("systemctl", "daemon-reload"), ("systemctl", "reload", "dbus")):
        must(machine, *words)


def install_generator(machine):
    must(machine, "mkdir", "-p", "/etc/systemd/system-generators")
    must(machine, "ln", "-s", "/opt/orchestratord/orchestratord-generator", "/etc/systemd/system-generators/")
    machine.write("/etc/systemd/system/orchestrator-job-.service.d/test.conf", FOR_THE_TEST)
    machine.write("/etc/systemd/system/orchestrator-job-.timer.d/test.conf", ON_TIME)
