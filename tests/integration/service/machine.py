"""A real systemd as PID 1 of its own namespaces, with journal, bus and polkit, for one test program."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from commands import PATIENCE, Commands, with_nothing_inherited


def cgroup2():
    """Where the cgroup v2 hierarchy is mounted, or None."""
    for line in Path("/proc/mounts").read_text().splitlines():
        if line.split()[2] == "cgroup2":
            return Path(line.split()[1])
    return None


def lacking():
    """What this machine has not got, in a word; empty: it can."""
    if os.geteuid() != 0:
        return "root"
    place = cgroup2()
    if place is None or not os.access(place, os.W_OK):
        return "cgroup2"
    for need in ("/lib/systemd/systemd", "/usr/bin/dbus-daemon", "/usr/lib/polkit-1/polkitd"):
        if not Path(need).exists():
            return "systemd-as-pid-1"
    return ""


def is_known_to_be_missing(need):
    return need in re.split(r"[ ,]+", os.environ.get("ORCHESTRATOR_TEST_WITHOUT", ""))


def refusal():
    """The exit code where this machine cannot, with a word about why; None: it can."""
    need = lacking()
    if not need:
        return None
    print(f"this machine lacks '{need}'; if that is known, list it in ORCHESTRATOR_TEST_WITHOUT")
    return 77 if is_known_to_be_missing(need) else 1


class Machine(Commands):
    """Ends with everything in it when the `with` ends, and when this program is killed.

    `programs` are found there by name; `folder` is seen there under its own path."""

    def __init__(self, programs, folder=""):
        self.programs = programs
        self.folder = folder

    def __enter__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="orchestratord-service-"))
        self.cgroup = cgroup2() / f"orchestratord-service-{os.getpid()}"
        (self.cgroup / "init.scope").mkdir(parents=True)
        enter = f"echo $$ >'{self.cgroup}/cgroup.procs' && exec \"$@\""
        boot = Path(__file__).parent / "boot.sh"
        self.console = open(self.directory / "console", "w+b")
        room = self.directory / "room"
        room.mkdir()
        self.outer = subprocess.Popen(
            ["sh", "-c", enter, "sh", "unshare", "--mount", "--propagation", "private", "--pid", "--uts", "--ipc", "--net",
             "--cgroup", "--fork", "--kill-child=KILL", "sh", str(boot), str(room), str(self.programs), str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=self.console, stderr=self.console, start_new_session=True)
        try:
            self._wait_until_it_runs()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _wait_until_it_runs(self):
        """There is no event for "another namespace has a PID 1 that listens": bounded looks, once per boot."""
        for _ in range(PATIENCE * 10):
            children = Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children")
            if self.outer.poll() is not None:
                break
            self.init = (children.read_text().split() or [None])[0]
            if self.init and Path(f"/proc/{self.init}/root/run/systemd/private").exists():
                done = self.inside("systemctl", "is-system-running", "--wait")
                if done.stdout.strip() in ("running", "degraded"):
                    return
            subprocess.run(["sleep", "0.1"], check=True)
        raise RuntimeError("systemd does not start:\n" + (self.directory / "console").read_text(errors="replace"))

    def entering(self, words, user=None):
        """What to execute so that a command runs in there."""
        leaf = self.cgroup / "test.scope"
        leaf.mkdir(exist_ok=True)
        enter = f"echo $$ >'{leaf}/cgroup.procs' && exec \"$@\""
        return ["sh", "-c", enter, "sh", "nsenter", "-t", self.init, "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w",
                *with_nothing_inherited(words, user, ["container=test", "ASAN_OPTIONS=detect_leaks=0"])]

    def __exit__(self, *_):
        # PID 1 of a namespace takes everything in it along.
        if getattr(self, "init", None):
            try:
                os.kill(int(self.init), signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.outer.kill()
        self.outer.wait()
        self.console.close()
        # Zombies leave a cgroup a moment after they have died.
        for _ in range(PATIENCE * 10):
            try:
                for path, _dirs, _files in os.walk(self.cgroup, topdown=False):
                    os.rmdir(path)
                break
            except OSError:
                subprocess.run(["sleep", "0.1"], check=True)
        shutil.rmtree(self.directory, ignore_errors=True)
