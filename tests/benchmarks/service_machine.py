"""The service under a systemd that is PID 1 of its own namespaces, as the tests of the service have it."""

import pathlib
import shutil
import sys

from loopback_host import ANY_DISK
from sample import Failed

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/integration/service"))

import installation  # noqa: E402
import machine as namespaces  # noqa: E402
from asking import main_pid, must  # noqa: E402

TRUE = '[jobs.true]\ntype = "command"\ncommand = ["true"]\n'
STORE = "/var/lib/orchestratord/runs.db"


def is_known_to_be_missing():
    need = namespaces.lacking()
    return bool(need) and namespaces.is_known_to_be_missing(need)


class ServiceMachine:
    def __init__(self, programs, folder):
        need = namespaces.lacking()
        if need:
            raise Failed(f"this machine lacks '{need}'")
        shutil.copy(pathlib.Path(__file__).parent / "inside.py", folder)
        self.script = folder / "inside.py"
        self.inside = namespaces.Machine(programs, folder)
        self.inside.__enter__()
        try:
            installation.install(self.inside, SOURCE)
            self.serve(TRUE)
        except BaseException:
            self.close()
            raise

    def serve(self, jobs):
        """Our service, started anew with these jobs. Returns its pid."""
        self.inside.write("/etc/orchestratord/orchestrator.toml", ANY_DISK + jobs)
        must(self.inside, "systemctl", "restart", "orchestratord")
        return main_pid(self.inside)

    def words(self, *words):
        """Those of inside.py, executed in there."""
        return self.inside.entering(["/usr/bin/python3", "-B", *map(str, [self.script, *words])])

    def run(self, *words):
        return must(self.inside, "/usr/bin/python3", "-B", *map(str, [self.script, *words]))

    def watchdog_seconds(self):
        said = must(self.inside, "systemctl", "show", "-p", "WatchdogUSec", "--value", "orchestratord").strip()
        return float(said.removesuffix("s").strip()) if said.endswith("s") and said[:-1].isdigit() else 30.0

    def close(self):
        self.inside.__exit__(None, None, None)
