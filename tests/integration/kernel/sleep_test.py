"""The service on a machine that really sleeps and is really switched off. The steps themselves are in sleep_steps.py.

sleep_test.py SOURCE PROGRAMS SMALL_ASAN. Needs root and user-mode-linux; exits with 77 where ORCHESTRATOR_TEST_WITHOUT says that it
is known to be missing.
"""

import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from kernel import Kernel, refusal

HERE = Path(__file__).resolve().parent
PATIENCE = 240  # seconds for everything
NAP = 0.5  # of the machine, when no alarm is set

# The bus and logind have to be there before.
STEPS = """
[Unit]
After=dbus.service systemd-logind.service systemd-user-sessions.service
FailureAction=poweroff
[Service]
Type=exec
ExecStart=/usr/bin/python3 -B /opt/source/tests/integration/kernel/sleep_steps.py {folder}
StandardOutput=append:{folder}/steps
StandardError=inherit
"""


def make_disk(path):
    """For the daemon's state: what is on it can be read when the machine is off."""
    with open(path, "wb") as file:
        file.truncate(256 << 20)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", path], check=True)
    return path


def what_was_written_down(folder):
    """Of the last run, read from the disk of a machine that is off."""
    disk = folder / "disk"
    subprocess.run(["e2fsck", "-fn", disk], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    (folder / "state").mkdir()
    subprocess.run(["debugfs", "-R", f"rdump / {folder}/state", disk], check=True, stderr=subprocess.DEVNULL)
    store = sqlite3.connect(folder / "state" / "runs.db")
    if store.execute("PRAGMA integrity_check").fetchone() != ("ok",):
        return "damaged", ""
    run = (folder / "last_run").read_text()
    return store.execute("SELECT state, summary FROM runs WHERE id = ?", [run]).fetchone() or ("lost", "")


class AlarmClock:
    """Wakes a kernel that falls asleep, at the time that is written in its folder."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.awake = threading.Event()

    def hears(self, line):
        if "PM: suspend entry" in line:
            self.awake = threading.Event()
            threading.Thread(target=self._ring, args=[self.awake], daemon=True).start()
        elif "PM: suspend exit" in line:
            self.awake.set()

    def _ring(self, awake):
        alarm = self.kernel.folder / "alarm"
        left = float(alarm.read_text()) - time.time() if alarm.exists() else 0
        # It sleeps on when it was not quite asleep yet.
        while not awake.wait(max(left, NAP)):
            left = 0
            self.kernel.wake()


def watch(kernel):
    """To the end of the kernel. Gives what its console said."""
    alarm_clock = AlarmClock(kernel)
    limit = threading.Timer(PATIENCE, kernel.outer.kill)
    limit.start()
    console = []
    for line in kernel.lines():
        console.append(f"{time.monotonic():.2f} {line}")
        alarm_clock.hears(line)
    limit.cancel()
    return console


def judge(folder, code):
    """After the steps: says what became of the last run. Gives the exit code of the test."""
    if code != 0:
        return code
    state, summary = what_was_written_down(folder)
    print(f"ends its runs before the machine is switched off: {state}")
    return 0 if state == "cancelled" and "the machine is about to shut down" in summary else 1


def main(source, programs, asan):
    refused = refusal()
    if refused is not None:
        return refused
    with tempfile.TemporaryDirectory(prefix="orchestratord-sleep-") as folder:
        folder = Path(folder)
        unit = folder / "steps.service"
        unit.write_text(STEPS.format(folder=folder))
        disk = make_disk(folder / "disk")
        words = ["sh", "/run/before" + str(HERE / "systemd.sh"), source, programs, asan, unit]
        with Kernel(folder, words, [disk], role="init") as kernel:
            console = watch(kernel)
            code = kernel.exit_code()
        steps = folder / "steps"
        print(steps.read_text() if steps.exists() else "no step was taken")
        code = judge(folder, code)
        if code != 0:
            print("the console:", *console, sep="\n")
        return code


if __name__ == "__main__":
    sys.exit(main(*(Path(argument).resolve() for argument in sys.argv[1:])))
