"""A user's own systemd: schedules of the user's configuration, and the user's daemon. Steps for schedules_test.py."""

from asking import must, wait_for_journal, want
from installation import FOR_THE_TEST, ON_TIME

HOME = "/home/walker"
UID = "4711"
CONFIGURATION = """
[jobs.pulse]
type = "command"
command = ["true"]
schedule = { calendar = "*:*:*" }
[jobs.slow]
type = "command"
shell = "echo begun; sleep 3600"
"""
LATER = '[jobs.yearly]\ntype = "command"\ncommand = ["true"]\nschedule = { calendar = "yearly" }\n'
PULSE = "orchestrator-job-pulse"
AS_USER = ("env", f"HOME={HOME}", f"XDG_RUNTIME_DIR=/run/user/{UID}")


def as_user(machine, *words, code=0):
    return must(machine, *AS_USER, *words, user="walker", code=code)


def configure(machine, text):
    machine.write(f"{HOME}/.config/orchestratord/orchestrator.toml", text)
    must(machine, "chown", "-R", "walker:", HOME)


def install_for_users(machine, source):
    """As `cmake --install` does it."""
    units = source / "systemd/units/user"
    unit = (units / "orchestratord.service.in").read_text().replace("@bindir@", "/opt/orchestratord")
    machine.write("/usr/lib/systemd/user/orchestratord.service", unit)
    machine.write("/usr/share/dbus-1/services/org.orchestratord.Orchestrator1.service",
                  (units / "org.orchestratord.Orchestrator1.service").read_text())
    must(machine, "mkdir", "-p", "/usr/lib/systemd/user-generators")
    must(machine, "ln", "-s", "/opt/orchestratord/orchestratord-generator", "/usr/lib/systemd/user-generators/")
    for unit in ("orchestratord.service", "orchestrator-job-.service"):
        machine.write(f"/etc/systemd/user/{unit}.d/test.conf", FOR_THE_TEST)
    machine.write("/etc/systemd/user/orchestrator-job-.timer.d/test.conf", ON_TIME)


def makes_timers_of_a_users_own_configuration(machine):
    must(machine, "useradd", "--create-home", "--uid", UID, "walker")
    configure(machine, CONFIGURATION)
    must(machine, "loginctl", "enable-linger", "walker")
    must(machine, "systemctl", "start", f"user@{UID}.service")
    want(as_user(machine, "systemctl", "--user", "list-timers", "--all", "--no-pager", "--plain"), rf"{PULSE}\.timer +{PULSE}\.service")


def runs_a_users_job_at_its_time_without_a_daemon(machine):
    wait_for_journal(machine, f"USER_UNIT={PULSE}.service", text="Finished " + PULSE)
    as_user(machine, "systemctl", "--user", "stop", PULSE + ".timer")
    as_user(machine, "systemctl", "--user", "is-active", "orchestratord", code=3)


def starts_a_users_daemon_when_somebody_asks_for_it(machine):
    want(as_user(machine, "orchestratorctl", "--user", "show", "pulse"), rf"started by {PULSE}.timer \(uid {UID}\)\n")
    want(as_user(machine, "orchestratorctl", "--user", "run", "--wait", "pulse"), "pulse: succeeded")
    want(as_user(machine, "systemctl", "--user", "show", "-p", "StatusText", "orchestratord"), "StatusText=idle")


def makes_a_users_timers_when_the_configuration_is_read_again(machine):
    configure(machine, CONFIGURATION + LATER)
    want(as_user(machine, "orchestratorctl", "--user", "reload"), r"\A\Z")
    want(as_user(machine, "orchestratorctl", "--user", "timers"), r"yearly +2\d+-01-01 00:00:00 +\*-01-01 00:00:00\n")
    as_user(machine, "systemctl", "--user", "stop", PULSE + ".timer")


def leaves_nothing_when_a_users_systemd_ends(machine):
    run = as_user(machine, "orchestratorctl", "--user", "run", "slow", "--no-wait").strip()
    wait_for_journal(machine, f"ORCHESTRATOR_RUN={run}", text="begun")
    want(as_user(machine, "systemctl", "--user", "status", "--no-pager", "orchestratord"), r"(?s)Status: \"1 run: slow\".*orchestrator-\d+-")
    must(machine, "systemctl", "stop", f"user@{UID}.service")
    must(machine, "pgrep", "-u", "walker", code=1)
    must(machine, "systemctl", "start", f"user@{UID}.service")
    # Of a program that knows nothing of systemd: the bus has the daemon started.
    as_user(machine, "busctl", "--user", "call", "org.orchestratord.Orchestrator1", "/", "org.freedesktop.DBus.Peer", "Ping")
    as_user(machine, "systemctl", "--user", "is-active", "orchestratord")
    want(as_user(machine, "orchestratorctl", "--user", "show", run), "cancelled")


def says_why_a_users_daemon_cannot_be_started(machine):
    as_user(machine, "systemctl", "--user", "stop", "orchestratord")
    configure(machine, "nonsense\n")
    for _ in ("the first time", "and when it has failed already"):
        refused = as_user(machine, "timeout", "20", "orchestratorctl", "--user", "list", code=69)
        want(refused, rf"the daemon does not start: {HOME}/.config/orchestratord/orchestrator.toml:1:.*\n.*journalctl --user -u orchestratord")
    must(machine, "systemctl", "stop", f"user@{UID}.service")


def starts_none_on_a_bus_without_systemd(machine):
    configure(machine, CONFIGURATION)
    # One that such a bus had started would outlive it.
    refused = as_user(machine, "dbus-run-session", "--", "orchestratorctl", "--user", "list", code=69)
    want(refused, r"no daemon answers on the user's bus: .*\n.*start one with 'orchestratord --user'")
    must(machine, "pgrep", "-u", "walker", "-x", "orchestratord", code=1)


STEPS = (
    makes_timers_of_a_users_own_configuration,
    runs_a_users_job_at_its_time_without_a_daemon,
    starts_a_users_daemon_when_somebody_asks_for_it,
    makes_a_users_timers_when_the_configuration_is_read_again,
    leaves_nothing_when_a_users_systemd_ends,
    says_why_a_users_daemon_cannot_be_started,
    starts_none_on_a_bus_without_systemd,
)
