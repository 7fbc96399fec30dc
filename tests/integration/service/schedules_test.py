"""Schedules under a real systemd: timers that the generator makes, what they start, and what happens to mistakes.

schedules_test.py SOURCE PROGRAMS. Needs root and cgroup v2; exits with 77 where ORCHESTRATOR_TEST_WITHOUT says that it is
known to be missing.
"""

import sys
from pathlib import Path

import own_systemd
import power
from asking import DONE, must, take_steps, wait_for, wait_for_journal, want
from installation import install, install_generator
from machine import Machine, refusal

SCHEDULES = """
[jobs.tick]
type = "command"
command = ["true"]
schedule = { calendar = "*:*:*" }
[jobs.night-ly]
type = "command"
command = ["true"]
schedule = { calendar = "02:30" }
[jobs.long]
type = "command"
shell = "echo begun; sleep 3600"
schedule = { calendar = "yearly" }
"""
FILE = "/etc/orchestratord/conf.d/schedules.toml"
BROKEN = "/etc/orchestratord/conf.d/broken.toml"
NIGHTLY = r"orchestrator-job-night\x2dly"


def known_timers(machine):
    return must(machine, "systemctl", "list-timers", "--all", "--no-pager", "--plain", "orchestrator-job-*")


def makes_timers_when_the_configuration_is_read_again(machine):
    machine.write(FILE, SCHEDULES)
    want(must(machine, "orchestratorctl", "reload"), r"\A\Z")
    for unit in ("orchestrator-job-tick", NIGHTLY.replace("\\", r"\\"), "orchestrator-job-long"):
        want(known_timers(machine), unit + ".timer +" + unit + ".service")
    want(must(machine, "orchestratorctl", "timers"), r"night-ly +2\d+-\d\d-\d\d 02:30:00 +\*-\*-\* 02:30:00\n")
    want(must(machine, "orchestratorctl", "timers", "--json"),
         r'"job":"night-ly","next":"2\d+-\d\d-\d\dT02:30:00Z","calendar":"\*-\*-\* 02:30:00","state":"waiting"')


def runs_a_job_over_the_bus_when_its_time_has_come(machine):
    wait_for_journal(machine, "-u", "orchestrator-job-tick.service", text=DONE)
    must(machine, "systemctl", "stop", "orchestrator-job-tick.timer")
    want(must(machine, "orchestratorctl", "show", "tick"), r"started by orchestrator-job-tick.timer \(uid 0\)\n")
    want(must(machine, "orchestratorctl", "timers"), r"tick +stopped ")


def catches_up_once_what_was_missed(machine):
    must(machine, "systemctl", "stop", NIGHTLY + ".timer")
    must(machine, "touch", "-d", "3 days ago", "/var/lib/systemd/timers/stamp-" + NIGHTLY + ".timer")
    must(machine, "systemctl", "start", NIGHTLY + ".timer")
    wait_for_journal(machine, "-u", NIGHTLY + ".service", text=DONE)
    want(must(machine, "orchestratorctl", "runs", "night-ly"), r"\A.*EXIT\n.*night-ly.*\n\Z")


def leaves_a_job_alone_that_is_running_already(machine):
    must(machine, "orchestratorctl", "run", "long", "--no-wait")
    wait_for(machine, "orchestratorctl", "logs", "long", "-f", text="begun")
    # What the timer does. It is no failure, and the journal says why nothing was started.
    must(machine, "systemctl", "start", "orchestrator-job-long.service")
    want(must(machine, "systemctl", "show", "-p", "Result", "-p", "ExecMainStatus", "orchestrator-job-long.service"),
         r"Result=success\nExecMainStatus=4|ExecMainStatus=4\nResult=success")
    must(machine, "journalctl", "--sync")
    want(must(machine, "journalctl", "--no-pager", "-u", "orchestrator-job-long.service"), "job 'long' is running already: held by")
    must(machine, "orchestratorctl", "cancel", "long")


def holds_others_off_and_ends_with_its_service(machine):
    # An earlier run has said the same.
    must(machine, "journalctl", "--sync")
    now = must(machine, "journalctl", "--no-pager", "-n", "0", "--show-cursor").split("cursor: ")[1].strip()
    must(machine, "systemctl", "start", "--no-block", "orchestrator-job-long.service")
    wait_for_journal(machine, f"--after-cursor={now}", "ORCHESTRATOR_JOB=long", text="begun")
    want(must(machine, "orchestratorctl", "run", "long", code=4), "running already")
    must(machine, "systemctl", "stop", "orchestrator-job-long.service")
    want(must(machine, "systemctl", "show", "-p", "Result", "orchestrator-job-long.service"), "Result=success")
    want(must(machine, "orchestratorctl", "runs", "long", "--limit", "1"), "cancelled")


def keeps_the_other_schedules_when_a_file_is_broken(machine):
    machine.write(BROKEN, '[jobs.x]\ntype = "command\n')
    want(must(machine, "orchestratorctl", "reload", code=2), "broken.toml:2")
    must(machine, "systemctl", "daemon-reload")
    want(known_timers(machine), "orchestrator-job-long.timer")
    want(must(machine, "systemctl", "show", "-p", "WantedBy", "orchestrator-config.service"), "timers.target")
    must(machine, "systemctl", "start", "orchestrator-config.service", code=1)
    must(machine, "journalctl", "--sync")
    want(must(machine, "systemctl", "status", "--no-pager", "orchestrator-config.service", code=3),
         r"(?s)failed.*orchestrator-config\[\d+\]: /etc/orchestratord/conf.d/broken.toml:2")
    want(must(machine, "systemctl", "--failed", "--no-pager"), "orchestrator-config.service")


def makes_timers_for_users_that_need_no_daemon(machine):
    must(machine, "install", "-d", "-o", "nobody", "/tmp/made")
    machine.write("/tmp/theirs/orchestratord/orchestrator.toml", SCHEDULES)
    must(machine, "env", "SYSTEMD_SCOPE=user", "XDG_CONFIG_HOME=/tmp/theirs", "/opt/orchestratord/orchestratord-generator", "/tmp/made",
         user="nobody")
    unit = must(machine, "cat", "/tmp/made/" + NIGHTLY + ".service")
    want(unit, r"\nExecStart=/opt/orchestratord/orchestratord --quiet --once night-ly\n")
    want(must(machine, "sh", "-c", "XDG_RUNTIME_DIR=/tmp SYSTEMD_UNIT_PATH=/tmp/made: systemd-analyze --user --man=no verify /tmp/made/*.timer 2>&1"), r"\A\Z")


def forgets_schedules_that_are_gone(machine):
    must(machine, "rm", BROKEN, FILE)
    must(machine, "orchestratorctl", "reload")
    want(known_timers(machine), r"\A(?!.*orchestrator-job)")
    want(must(machine, "orchestratorctl", "timers"), r"\AJOB +NEXT +CALENDAR\n\Z")
    want(must(machine, "systemctl", "--failed", "--no-pager", "--plain"), r"(?s)\A(?!.*orchestrator-config)")


STEPS = (
    makes_timers_when_the_configuration_is_read_again,
    runs_a_job_over_the_bus_when_its_time_has_come,
    catches_up_once_what_was_missed,
    leaves_a_job_alone_that_is_running_already,
    holds_others_off_and_ends_with_its_service,
    *power.STEPS,
    keeps_the_other_schedules_when_a_file_is_broken,
    makes_timers_for_users_that_need_no_daemon,
    forgets_schedules_that_are_gone,
    *own_systemd.STEPS,
)


def main(source, programs):
    refused = refusal()
    if refused is not None:
        return refused
    with Machine(programs) as machine:
        install(machine, source)
        install_generator(machine)
        own_systemd.install_for_users(machine, source)
        return take_steps(machine, STEPS, "-n", "200")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
