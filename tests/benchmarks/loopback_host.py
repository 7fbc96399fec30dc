"""A machine to talk to: sshd on loopback, for an account of its own whose shell is /bin/sh."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

ACCOUNT = "orchestratord-bench"
ACCOUNT_ID = 61235
# How full the machine's own disks are is not what is measured.
ANY_DISK = '[disk]\npreflight_minimum = "0%"\nwarning_threshold = "0%"\nruntime_minimum = "0%"\nstate_reserve = "0B"\n'


def enter_own_mounts():
    """The account exists for this program and its children alone. Takes root; once, before anything else."""
    if os.environ.get("ORCHESTRATOR_BENCH_INSIDE"):
        return
    os.environ["ORCHESTRATOR_BENCH_INSIDE"] = "1"
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "/usr/bin/python3",
                          *os.sys.argv])


class LoopbackHost:
    """Host 'bench' at 127.0.0.1, and, when rows want them, 'bench-1', 'bench-2' ... at addresses of their own."""

    account = ACCOUNT
    account_id = ACCOUNT_ID

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="orchestratord-bench-"))
        self.folder.chmod(0o711)
        self._make_account()
        self.port = free_port()
        self._make_keys()
        self.servers = [Server(self.folder, "127.0.0.1", self.port)]
        self.with_few_sessions = {}
        self.more_hosts(0)

    def _make_account(self):
        home = self.folder / "home"
        home.mkdir()
        os.chown(home, ACCOUNT_ID, ACCOUNT_ID)
        passwd = self.folder / "passwd"
        line = f"{ACCOUNT}:*:{ACCOUNT_ID}:{ACCOUNT_ID}::{home}:/bin/sh\n"
        passwd.write_text(pathlib.Path("/etc/passwd").read_text() + line)
        passwd.chmod(0o644)
        subprocess.run(["mount", "--bind", passwd, "/etc/passwd"], check=True)

    def _make_keys(self):
        for name in ("host_key", "client_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name], check=True)
        shutil.copy(self.folder / "client_key.pub", self.folder / "authorized_keys")
        (self.folder / "authorized_keys").chmod(0o644)
        key = (self.folder / "host_key.pub").read_text()
        (self.folder / "known_hosts").write_text(f"[127.0.*]:{self.port} {key}")

    def more_hosts(self, count):
        """At least so many listen from now on, each with an sshd of its own."""
        for number in range(len(self.servers), count + 1):
            self.servers.append(Server(self.folder, address_of(number), self.port, PROCESSES_OF_ITS_OWN))
        for server in self.servers:
            server.wait_until_it_listens()

    def one_host(self):
        """The others are gone from now on."""
        for server in self.servers[1:]:
            server.close()
        del self.servers[1:]

    def few_sessions(self, sessions):
        """An sshd that allows so many on a connection listens from now on."""
        if sessions not in self.with_few_sessions:
            server = Server(self.folder, self.address_with_few_sessions(sessions), self.port, sessions=sessions)
            self.with_few_sessions[sessions] = server
            server.wait_until_it_listens()

    @staticmethod
    def address_with_few_sessions(sessions):
        return f"127.0.9.{sessions}"

    def close(self):
        self.end_shared_connection()
        for server in [*self.servers, *self.with_few_sessions.values()]:
            server.close()
        subprocess.run(["umount", "/etc/passwd"], check=False)
        shutil.rmtree(self.folder)

    @property
    def ssh(self):
        """Words for OpenSSH's client and all that use it."""
        return ["ssh", "-F", "none", "-p", str(self.port), "-i", str(self.folder / "client_key"),
                "-o", f"UserKnownHostsFile={self.folder}/known_hosts", "-o", "IdentitiesOnly=yes",
                "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]

    @property
    def login(self):
        return f"{ACCOUNT}@127.0.0.1"

    def ssh_config(self):
        """A file for those that read ssh_config(5): all names are this host, and share one connection."""
        file = self.folder / "ssh_config"
        lines = ["Host *", "HostName 127.0.0.1", f"Port {self.port}", f"User {ACCOUNT}", "IdentitiesOnly yes",
                 f"IdentityFile {self.folder}/client_key", f"UserKnownHostsFile {self.folder}/known_hosts", "BatchMode yes",
                 "LogLevel ERROR", "ControlMaster auto", f"ControlPath {self.folder}/shared", "ControlPersist 60"]
        file.write_text("\n".join(lines) + "\n")
        return file

    def end_shared_connection(self):
        if (self.folder / "shared").exists():
            subprocess.run(["ssh", "-F", self.ssh_config(), "-O", "exit", "bench"], check=False, capture_output=True)

    @property
    def peer_arguments(self):
        """Words for the drivers in peers/: port, account, key, file of known hosts."""
        return [self.port, ACCOUNT, self.folder / "client_key", self.folder / "known_hosts"]

    def configuration_of_many(self, count):
        """A configuration of ours with the hosts 'bench-1' to 'bench-COUNT'. Returns its file."""
        return self.configuration(f"hosts-{count}", "".join(self._host(f"bench-{number}", address_of(number))
                                                            for number in range(1, count + 1)))

    def _host(self, name, address, max_sessions=150):
        return f'[hosts.{name}]\naddress = "{address}"\nport = {self.port}\nuser = "{ACCOUNT}"\n' \
               f'identity = "{self.folder}/client_key"\nknown_hosts = "{self.folder}/known_hosts"\n' \
               f'max_sessions = {max_sessions}\nconnect_timeout = "100s"\n'

    def configuration(self, name, more="", **host):
        """A configuration of ours with the host 'bench'. Returns its file."""
        file = self.folder / f"{name}.toml"
        file.write_text(self._host("bench", **{"address": "127.0.0.1", **host}) + ANY_DISK + more)
        return file


def sshd_lines(address, port, folder, authorized_keys):
    """For sshd_config(5)."""
    return [f"ListenAddress {address}", f"Port {port}", f"HostKey {folder}/host_key",
            f"AuthorizedKeysFile {folder}/{authorized_keys}", "PidFile none", "UsePAM no", "StrictModes no",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no"]


# A host does not see those of the others.
PROCESSES_OF_ITS_OWN = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


class Server:
    def __init__(self, folder, address, port, around=(), sessions=200):
        sshd = shutil.which("sshd", path="/usr/sbin:/sbin:" + os.environ["PATH"])
        lines = [*sshd_lines(address, port, folder, "authorized_keys"), "MaxStartups 200", f"MaxSessions {sessions}"]
        config = folder / f"sshd_config-{address}"
        config.write_text("\n".join(lines) + "\n")
        self.process = subprocess.Popen([*around, sshd, "-D", "-e", "-f", config],
                                        stderr=subprocess.PIPE, text=True)
        self.log = None

    def wait_until_it_listens(self):
        if self.log:
            return
        for line in self.process.stderr:
            if "Server listening" in line:
                break
        else:
            raise RuntimeError("sshd did not start")
        # What it says later goes nowhere, and must not stop it.
        self.log = subprocess.Popen(["cat"], stdin=self.process.stderr, stdout=subprocess.DEVNULL)

    def close(self):
        self.process.kill()
        self.process.wait()
        if self.log:
            self.log.wait()
        self.process.stderr.close()


def address_of(number):
    return f"127.0.{1 + number // 256}.{number % 256}"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
