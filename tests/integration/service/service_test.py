"""The service under a real systemd: activation, states, journal, polkit, reload, the end, the watchdog.

service_test.py SOURCE PROGRAMS [STEP...]. Needs root and cgroup v2; exits with 77 where ORCHESTRATOR_TEST_WITHOUT says that it is
known to be missing.
"""

import sys
from pathlib import Path

import notices
import sandbox
from asking import Failed, begin, main_pid, must, take_steps, wait_for_journal, want
from installation import CONFIGURATION, install
from machine import Machine, refusal

def starts_when_somebody_asks_for_it(machine):
    want(must(machine, "orchestratorctl", "list"), "quick")
    want(must(machine, "systemctl", "show", "-p", "ActiveState", "-p", "StatusText", "orchestratord"), "StatusText=idle")
    want(must(machine, "sh", "-c", f"stat -c %U /proc/{main_pid(machine)}"), "^orchestratord$")


def runs_jobs_in_cgroups_of_their_own(machine):
    want(must(machine, "orchestratorctl", "run", "quick"), "quick: succeeded")
    run = begin(machine, "slow")
    want(must(machine, "systemctl", "status", "--no-pager", "orchestratord"), r"(?s)Status: \"1 run: slow\".*orchestrator-\d+-")
    # What has been sent to the journal is in it after this.
    must(machine, "journalctl", "--sync")
    journal = must(machine, "journalctl", "--no-pager", "-o", "verbose", f"ORCHESTRATOR_RUN={run}")
    want(journal, "MESSAGE=begun")
    want(journal, "ORCHESTRATOR_JOB=slow")
    want(journal, "ORCHESTRATOR_PHASE=sync")


def lets_polkit_decide_about_others(machine):
    want(must(machine, "orchestratorctl", "status", "slow", user="nobody"), "syncing")
    want(must(machine, "orchestratorctl", "run", "quick", user="nobody"), "quick: succeeded")
    for words in (("run", "slow"), ("cancel", "slow"), ("logs", "slow"), ("reload",), ("tasks",), ("reconcile",)):
        want(must(machine, "orchestratorctl", *words, user="nobody", code=1), "may not do that: org.orchestratord")


def refuses_a_bad_configuration_when_it_is_reloaded(machine):
    must(machine, "systemctl", "reload", "orchestratord")
    machine.write("/etc/orchestratord/orchestrator.toml", CONFIGURATION + "nonsense\n")
    must(machine, "systemctl", "reload", "orchestratord", code=1)
    want(must(machine, "orchestratorctl", "reload", code=2), "orchestrator.toml:8")
    want(must(machine, "orchestratorctl", "list"), "quick")
    machine.write("/etc/orchestratord/orchestrator.toml", CONFIGURATION)
    must(machine, "systemctl", "reload", "orchestratord")


def leaves_nothing_when_it_is_stopped(machine):
    must(machine, "systemctl", "stop", "orchestratord")
    must(machine, "pgrep", "sleep", code=1)
    want(must(machine, "systemctl", "show", "-p", "Result", "orchestratord"), "Result=success")


def finishes_what_a_killed_one_has_left(machine):
    run = begin(machine, "slow")
    must(machine, "kill", "-KILL", main_pid(machine))
    must(machine, "orchestratorctl", "reconcile")  # starts it, if systemd has not yet
    want(must(machine, "orchestratorctl", "runs"), f"{run[:12]} .*interrupted")
    must(machine, "pgrep", "sleep", code=1)


def says_why_it_cannot_be_started(machine):
    must(machine, "systemctl", "stop", "orchestratord")
    machine.write("/etc/orchestratord/orchestrator.toml", CONFIGURATION + "nonsense = 1\nmore = 2\n")
    for user in (None, "nobody"):
        refused = must(machine, "timeout", "20", "orchestratorctl", "list", user=user, code=69)
        want(refused, r"the daemon does not start: /etc/orchestratord/orchestrator.toml:8:1: .*nonsense.* \(and 1 more\)")
    machine.write("/etc/orchestratord/orchestrator.toml", CONFIGURATION)
    want(must(machine, "orchestratorctl", "list"), "quick")


def goes_on_when_the_bus_is_restarted(machine):
    machine.write("/etc/orchestratord/orchestrator.toml", CONFIGURATION)
    must(machine, "systemctl", "restart", "orchestratord")
    run = begin(machine, "slow")
    before = main_pid(machine)
    must(machine, "systemctl", "restart", "dbus")
    wait_for_journal(machine, "-u", "orchestratord", text="back on the system bus")
    want(must(machine, "orchestratorctl", "status", "slow"), "syncing")
    must(machine, "orchestratorctl", "cancel", run)
    if main_pid(machine) != before:
        raise Failed("it is another process")


def ends_its_runs_before_the_machine_shuts_down(machine):
    # logind prepares for it, and then finds that systemd does not want to.
    machine.write("/etc/systemd/system/reboot.target.d/test.conf", "[Unit]\nRefuseManualStart=yes\n")
    must(machine, "systemctl", "daemon-reload")
    run = begin(machine, "slow")
    held = must(machine, "systemd-inhibit", "--list", "--no-pager")
    for what in ("sleep", "shutdown"):
        want(held, rf"orchestratord .* {what} +runs of sync jobs: slow +delay")
    must(machine, "busctl", "call", "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
         "Reboot", "b", "false")
    must(machine, "orchestratorctl", "wait", run, code=8)
    want(must(machine, "orchestratorctl", "show", run), "the machine is about to shut down")
    must(machine, "pgrep", "sleep", code=1)
    wait_for_journal(machine, "-u", "orchestratord", text="runs are taken again")
    want(must(machine, "orchestratorctl", "run", "quick"), "quick: succeeded")


def is_started_again_when_its_loop_is_stuck(machine):
    machine.write("/etc/systemd/system/orchestratord.service.d/watchdog.conf", "[Service]\nWatchdogSec=5\n")
    must(machine, "systemctl", "daemon-reload")
    must(machine, "systemctl", "restart", "orchestratord")
    stuck = main_pid(machine)
    must(machine, "kill", "-STOP", stuck)
    wait_for_journal(machine, "-u", "orchestratord", text="Failed with result 'watchdog'")
    want(must(machine, "orchestratorctl", "list"), "quick")
    if main_pid(machine) == stuck:
        raise Failed("it is the same process")


STEPS = (
    starts_when_somebody_asks_for_it,
    runs_jobs_in_cgroups_of_their_own,
    lets_polkit_decide_about_others,
    refuses_a_bad_configuration_when_it_is_reloaded,
    leaves_nothing_when_it_is_stopped,
    finishes_what_a_killed_one_has_left,
    says_why_it_cannot_be_started,
    ends_its_runs_before_the_machine_shuts_down,
    is_started_again_when_its_loop_is_stuck,
)


def main(source, programs, only):
    refused = refusal()
    if refused is not None:
        return refused
    with Machine(programs) as machine:
        install(machine, source)
        # The bus at the end: not every systemd (257) starts services for one that was restarted.
        everything = [*STEPS, *sandbox.steps(source), *notices.steps(source), goes_on_when_the_bus_is_restarted]
        wanted = [step for step in everything if not only or step.__name__ in only]
        return take_steps(machine, wanted, "-u", "orchestratord")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3:]))
