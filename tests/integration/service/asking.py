"""Commands in the machine, and what is wanted of them."""

import re
import time


class Failed(Exception):
    pass


def say(done):
    return f"{' '.join(done.args[-4:])}: exit code {done.returncode}\n{done.stdout}{done.stderr}"


def must(machine, *words, user=None, code=0):
    """Runs it and wants that exit code. Gives what it printed."""
    done = machine.inside(*words, user=user)
    if done.returncode != code:
        raise Failed(f"wanted exit code {code}: {say(done)}")
    return done.stdout + done.stderr


def want(text, pattern):
    if not re.search(pattern, text):
        raise Failed(f"no '{pattern}' in:\n{text}")


def wait_for(machine, *words, text):
    if not machine.wait_for(*words, text=text):
        raise Failed(f"'{text}' never came from: {' '.join(words)}")


# What systemd says at the end of a service that succeeded.
DONE = "Deactivated successfully"


def wait_for_journal(machine, *words, text):
    """For a line of the journal that `words` select, also one that is there already."""
    wait_for(machine, "journalctl", "-f", "-n", "all", *words, text=text)


def main_pid(machine):
    return must(machine, "systemctl", "show", "-p", "MainPID", "--value", "orchestratord").strip()


def configure(machine, text):
    """The daemon's configuration from now on."""
    machine.write("/etc/orchestratord/orchestrator.toml", text)
    must(machine, "orchestratorctl", "reload")


def begin(machine, job):
    """Starts a run of a job that says "begun" when its command is there. Gives its id."""
    run = must(machine, "orchestratorctl", "run", job, "--no-wait").strip()
    wait_for(machine, "orchestratorctl", "logs", run, "-f", text="begun")
    return run


def use_drop_ins(machine, source, *names):
    """Restarts the service with these drop-ins, as they are shipped, and no others but the test's own."""
    place = "/etc/systemd/system/orchestratord.service.d"
    must(machine, "sh", "-c", f"find {place} -name '*.conf' ! -name test.conf -delete")
    for name in names:
        machine.write(f"{place}/{name}", (source / "systemd/units" / name).read_text())
    must(machine, "systemctl", "daemon-reload")
    must(machine, "systemctl", "restart", "orchestratord")


def take_steps(machine, steps, *journal):
    """Takes one step after the other, up to the first that fails; shows that part of the journal then. Gives the exit code."""
    for step in steps:
        begun = time.monotonic()
        name = step.__name__.replace("_", " ")
        try:
            step(machine)
        except Failed as failure:
            print(f"{name}: {failure}")
            print(machine.inside("journalctl", "--no-pager", *journal).stdout)
            return 1
        print(f"{name}: {time.monotonic() - begun:.1f} s", flush=True)
    return 0
