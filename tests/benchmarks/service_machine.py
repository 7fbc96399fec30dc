"""The service under a systemd that is PID 1 of its own namespaces, as the tests of the service have it."""

import pathlib
import shutil
import sys

from loopback_host import ACCOUNT, ACCOUNT_ID, ANY_DISK, sshd_lines
from sample import Failed

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/integration/service"))

import installation  # noqa: E402
import machine as namespaces  # noqa: E402
from asking import main_pid, must  # noqa: E402

TRUE = '[jobs.true]\ntype = "command"\ncommand = ["true"]\n'
REMOTE = '[jobs.remote]\ntype = "command"\nhost = "bench"\ncommand = ["true"]\n'
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

    def serve_remote(self):
        """Our service, started anew with the job 'remote' on a host of its own: an sshd in there."""
        folder = "/etc/orchestratord"  # the service sees no /tmp but its own
        make = f'echo "{ACCOUNT}:*:{ACCOUNT_ID}:{ACCOUNT_ID}::/home/{ACCOUNT}:/bin/sh" >>/etc/passwd; ' \
               f"mkdir -p /run/sshd /home/{ACCOUNT}; chown {ACCOUNT} /home/{ACCOUNT}; cd {folder}; " \
               "for key in host_key client_key; do ssh-keygen -q -t ed25519 -N '' -f $key; done; " \
               "chown orchestratord client_key; (printf '127.0.0.1 '; cat host_key.pub) >known_hosts"
        must(self.inside, "sh", "-ec", make)
        lines = sshd_lines("127.0.0.1", 22, folder, "client_key.pub")
        self.inside.write(f"{folder}/sshd_config", "\n".join(lines) + "\n")
        must(self.inside, "systemd-run", "--quiet", "--service-type=notify", "/usr/sbin/sshd", "-D", "-f",
             f"{folder}/sshd_config")
        return self.serve(f'{TRUE}{REMOTE}[hosts.bench]\naddress = "127.0.0.1"\nuser = "{ACCOUNT}"\n'
                          f'identity = "{folder}/client_key"\nknown_hosts = "{folder}/known_hosts"\n')

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
