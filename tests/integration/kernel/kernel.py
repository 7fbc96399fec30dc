"""A Linux of its own, for what this machine's kernel may lack: quotas, sleep. It is User-mode Linux, a program of Debian's."""

import os
import re
import shlex
import signal
import subprocess
from pathlib import Path

LINUX = Path("/usr/bin/linux.uml")
BOOT = Path(__file__).resolve().parent / "boot.sh"


def refusal():
    """The exit code where this machine cannot, with a word about why; None: it can."""
    known = re.split(r"[ ,]+", os.environ.get("ORCHESTRATOR_TEST_WITHOUT", ""))
    need = "root" if os.geteuid() != 0 else "user-mode-linux"
    # It may be there and not start, which tools/test finds out.
    if os.geteuid() == 0 and LINUX.exists() and need not in known:
        return None
    print(f"this machine lacks '{need}'; if that is known, list it in ORCHESTRATOR_TEST_WITHOUT")
    return 77 if need in known else 1


class Kernel:
    """Executes `words` in there as the only program, and ends with it, when the `with` ends, and when this program is killed.

    They see the machine's files and can change none, but those in `folder`. `disks` are files: /dev/ubda, /dev/ubdb, ...
    `role` is "command", or "init": then `words` are PID 1, and what boot.sh does after a command is up to them."""

    def __init__(self, folder, words, disks=(), memory="768M", role="command"):
        self.folder = Path(folder).resolve()
        # A kernel's command line is split at spaces, so the words are not in it.
        (self.folder / role).write_text(f"exec {shlex.join(map(str, words))}\n")
        drives = [f"ubd{number}={path}" for number, path in enumerate(disks)]
        self.linux = [str(LINUX), f"mem={memory}", *drives, f"uml_dir={self.folder}", "umid=uml", "quiet",
                      "rootfstype=hostfs", "rootflags=/", "ro", "con=null", "con0=null,fd:1", f"init={BOOT}", "--", str(self.folder)]

    def __enter__(self):
        self.outer = subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child=KILL", *self.linux],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      start_new_session=True)
        return self

    def lines(self):
        """What its console says, up to the end of everything in there."""
        for line in self.outer.stdout:
            yield line.decode(errors="replace").replace("\0", "").rstrip()

    def wake(self):
        """From its sleep."""
        linux = Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children").read_text().split()[0]
        os.kill(int(linux), signal.SIGUSR1)

    def exit_code(self):
        """That of the program; the console has ended."""
        self.outer.wait()
        try:
            return int((self.folder / "exit_code").read_text())
        except (OSError, ValueError):
            return 1

    def __exit__(self, *_):
        self.outer.kill()
        self.outer.wait()
        self.outer.stdout.close()
