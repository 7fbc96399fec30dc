"""The machine on battery and on mains power, as schedules see it. Steps for schedules_test.py."""

from asking import DONE, must, wait_for_journal, want

SCHEDULES = """
[jobs.patient]
type = "command"
command = ["true"]
schedule = { calendar = "*:*:*", on_battery = false }
[jobs.hasty]
type = "command"
command = ["true"]
schedule = { calendar = "*:*:*" }
"""
FILE = "/etc/orchestratord/conf.d/power.toml"
SUPPLIES = "/sys/class/power_supply"


def supply(machine, name, **attributes):
    """A power supply that systemd finds. It is no sysfs; boot.sh tells systemd not to mind."""
    for attribute, text in attributes.items():
        machine.write(f"{SUPPLIES}/{name}/{attribute}", text + "\n")
    must(machine, "ln", "-sfT", SUPPLIES, f"{SUPPLIES}/{name}/subsystem")


def wait_for_service(machine, job, text):
    wait_for_journal(machine, "-u", f"orchestrator-job-{job}.service", text=text)


def skips_on_battery_what_wants_mains_power(machine):
    must(machine, "mount", "-t", "tmpfs", "power", SUPPLIES)
    supply(machine, "BAT0", type="Battery", status="Discharging")
    supply(machine, "AC", type="Mains", online="0")
    machine.write(FILE, SCHEDULES)
    must(machine, "orchestratorctl", "reload")
    wait_for_service(machine, "hasty", DONE)
    must(machine, "systemctl", "stop", "orchestrator-job-hasty.timer")
    wait_for_service(machine, "patient", "ConditionACPower=yes")
    want(must(machine, "systemctl", "show", "-p", "ConditionResult", "orchestrator-job-patient.service"), "ConditionResult=no")
    want(must(machine, "orchestratorctl", "runs", "patient"), r"\A.*EXIT\n\Z")


def runs_it_when_mains_power_is_back(machine):
    supply(machine, "AC", online="1")
    wait_for_service(machine, "patient", DONE)
    must(machine, "systemctl", "stop", "orchestrator-job-patient.timer")
    want(must(machine, "orchestratorctl", "show", "patient"), r"started by orchestrator-job-patient.timer \(uid 0\)\n")
    must(machine, "umount", SUPPLIES)
    must(machine, "rm", FILE)
    must(machine, "orchestratorctl", "reload")


STEPS = (skips_on_battery_what_wants_mains_power, runs_it_when_mains_power_is_back)
