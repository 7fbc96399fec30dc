"""Steps of sleep_test.py, taken by a unit of the systemd in there.

sleep_steps.py FOLDER
"""

import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "service"))
from asking import DONE, Failed, begin, configure, main_pid, must, take_steps, wait_for_journal, want  # noqa: E402
from commands import Commands, with_nothing_inherited  # noqa: E402
from installation import CONFIGURATION as QUICK_AND_SLOW, install, install_generator  # noqa: E402

FOLDER = Path(sys.argv[1])

CONFIGURATION = QUICK_AND_SLOW + """
[disk]
on_unknown = "cancel"
[jobs.stubborn]
type = "command"
stop = ["TERM", "1h", "KILL"]
shell = "trap '' TERM; echo begun; while :; do sleep 3600; done"
[jobs.steady]
type = "command"
stall_timeout = "1s"
shell = "echo begun; for i in 1 2 3 4 5; do sleep .3; echo step $i; done"
"""

DUE = """
[jobs.due]
type = "command"
command = ["true"]
schedule = {{ calendar = "{calendar}" }}
"""
DUE_SERVICE = "orchestrator-job-due.service"

# Executed when everybody has agreed and the kernel is asked next, and again when it is awake.
WITNESS = """#!/bin/sh
exec >/run/witness.$1 2>&1
date +%s.%N
[ "$1" = pre ] || exit 0
pgrep -ax sleep
/opt/orchestratord/orchestratorctl runs --limit 1
"""


class Here(Commands):
    """The machine that this is executed in."""

    def entering(self, words, user=None):
        return with_nothing_inherited(words, user)


def held_up(machine, what):
    """By whom, as soon as it is. There is no event for that: bounded looks."""
    for _ in range(100):
        held = must(machine, "systemd-inhibit", "--list", "--no-pager")
        if re.search(f" {what} ", held):
            break
    return held


def set_alarm(when):
    """The machine does not wake up earlier."""
    (FOLDER / "alarm").write_text(str(when))


def cursor(machine):
    """Where the journal is now. To be used without a filter: journalctl leaves out the first line that matches one."""
    must(machine, "journalctl", "--sync")
    return "--after-cursor=" + must(machine, "journalctl", "-n", "0", "--show-cursor").split("cursor: ")[1].strip()


def suspend(machine):
    """Through logind, and until runs are taken again. Gives what the witness saw before."""
    now = cursor(machine)
    must(machine, "systemctl", "suspend")
    wait_for_journal(machine, now, text="runs are taken again")
    must(machine, "journalctl", "--sync")
    want(must(machine, "journalctl", "--no-pager", now), r"\A(?s:(?!.*inhibitor timeout is reached).*)System returned from sleep state")
    return must(machine, "cat", "/run/witness.pre").split("\n", 1)[1]


def prepare(machine):
    install(machine, Path("/opt/source"))
    install_generator(machine)
    machine.write("/sys/power/mem_sleep", "s2idle")
    machine.write("/lib/systemd/system-sleep/witness", WITNESS)
    must(machine, "chmod", "755", "/lib/systemd/system-sleep/witness")
    must(machine, "mount", "/dev/ubda", "/var/lib/orchestratord")


def holds_up_the_machine_while_a_run_goes_on(machine):
    configure(machine, CONFIGURATION)
    begin(machine, "slow")
    for what in ("sleep", "shutdown"):
        want(held_up(machine, what), rf"orchestratord .* {what} +runs of sync jobs: slow +delay")


def ends_its_runs_before_the_machine_sleeps(machine):
    want(suspend(machine), r"\ARUN.*\n.*slow .*cancelled.*\n\Z")
    want(must(machine, "orchestratorctl", "show", "slow"), "the machine is about to sleep")
    want(must(machine, "orchestratorctl", "run", "quick"), "quick: succeeded")


def ends_those_in_time_that_do_not_want_to(machine):
    begin(machine, "stubborn")
    held_up(machine, "sleep")
    want(suspend(machine), r"\ARUN.*\n.*stubborn .*cancelled.*\n\Z")


def sleeps_while_a_schedule_comes_due(machine, seconds):
    """In so many seconds, which it takes to fall asleep. Says whether that was enough."""
    now = cursor(machine)
    due = int(time.time()) + seconds
    calendar = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(due))
    configure(machine, CONFIGURATION + DUE.format(calendar=calendar))
    must(machine, "systemctl", "restart", "orchestrator-job-due.timer")  # one that has had its only time stays as it is
    if time.time() > due - 1:
        return False  # its timer may have been told too late
    set_alarm(due + 1)
    must(machine, "systemctl", "suspend")
    wait_for_journal(machine, now, text=DUE_SERVICE + ": ")
    wait_for_journal(machine, now, text="runs are taken again")
    asleep, awake = (float(must(machine, "head", "-n1", f"/run/witness.{when}")) for when in ("pre", "post"))
    return asleep < due < awake


def runs_of(machine, job):
    return must(machine, "orchestratorctl", "runs", job).splitlines()[1:]


def starts_once_what_came_due_while_it_slept(machine):
    for seconds in (5, 10, 20):
        earlier = runs_of(machine, "due")
        if sleeps_while_a_schedule_comes_due(machine, seconds):
            break
    else:
        raise Failed("it does not fall asleep in time")
    newest, *others = runs_of(machine, "due")
    want(newest, "due +succeeded")
    want(f"{len(others)} others", f"^{len(earlier)} others")


def goes_on_with_a_run_that_slept_with_the_machine(machine):
    before = main_pid(machine)
    run = begin(machine, "steady")
    set_alarm(time.time() + 2)  # longer than the job may be silent
    machine.write("/sys/power/state", "mem")
    must(machine, "orchestratorctl", "wait", run)
    want(must(machine, "orchestratorctl", "logs", run), r"(?s)\A(?!.*(answering|nothing moved)).*step 5")
    if main_pid(machine) != before:
        raise Failed("it is another process")


def tells_how_long_a_run_took_when_the_clock_is_put_forward_and_back(machine):
    for jump in ("+2 days", "-2 days"):
        run = begin(machine, "steady")
        must(machine, "date", "-s", jump)
        must(machine, "orchestratorctl", "wait", run)
        want(must(machine, "orchestratorctl", "show", run), r"steady: succeeded after \d+(\.\d)? s\n")
    want(must(machine, "orchestratorctl", "last", "steady"), "last success 0 s ago")
    # From the store alone, too.
    must(machine, "systemctl", "restart", "orchestratord")
    want(must(machine, "orchestratorctl", "runs", "steady"), r"\A.*EXIT\n(.* steady +succeeded .* \d+(\.\d)? s +0\n){3}\Z")


def has_a_run_when_it_is_switched_off(machine):
    (FOLDER / "last_run").write_text(begin(machine, "slow"))
    want(held_up(machine, "shutdown"), "runs of sync jobs: slow")


STEPS = (
    holds_up_the_machine_while_a_run_goes_on,
    ends_its_runs_before_the_machine_sleeps,
    ends_those_in_time_that_do_not_want_to,
    starts_once_what_came_due_while_it_slept,
    goes_on_with_a_run_that_slept_with_the_machine,
    tells_how_long_a_run_took_when_the_clock_is_put_forward_and_back,
    has_a_run_when_it_is_switched_off,
)


def main():
    machine = Here()
    code = take_steps(machine, (prepare, *STEPS), "-n", "0")
    (FOLDER / "exit_code").write_text(str(code))
    must(machine, "systemctl", "poweroff")


if __name__ == "__main__":
    main()
