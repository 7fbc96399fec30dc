"""What is measured: each row has our way, those of the peers, and what the medians should be to one another."""

import dataclasses
import pathlib
import shlex
import shutil
import subprocess
from collections.abc import Callable

PEERS = pathlib.Path(__file__).parent / "peers"
PYTHON = ["/usr/bin/python3", "-W", "ignore"]


@dataclasses.dataclass
class Target:
    what: str
    value: Callable  # of the medians by name
    least: float | None = None
    most: float | None = None

    def reached(self, value):
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclasses.dataclass
class Row:
    name: str
    what: str
    ways: dict       # name: words; the first one is ours
    targets: list
    before: Callable = lambda way: None  # each measurement of a way


def ratio(peer, way="ours"):
    """How many times as fast as the peer a way is."""
    return lambda medians: medians[peer].seconds / medians[way].seconds


def time_ratio(peer):
    return lambda medians: medians["ours"].seconds / medians[peer].seconds


def processor_ratio(peer):
    return lambda medians: medians["ours"].cpu / medians[peer].cpu


def milliseconds(way="ours", each=1):
    return lambda medians: medians[way].seconds * 1000 / each


class Rows:
    """With `small`: everything once, as little of it as possible: whether it works."""

    def __init__(self, build, host, folder, small):
        self.programs = build / "programs"
        self.drivers = build / "tests/benchmarks"
        self.host = host
        self.folder = folder
        self.small = small
        self.hosts = host.configuration("hosts")
        self.jobs = host.configuration("jobs", self._jobs())

    def size(self, usual, small=2):
        return small if self.small else usual

    def all(self):
        return [self.commands(), self.logins(), self.channel("down"), self.channel("up"), *self.rsync(),
                *self.remote_cancel(), *self.local_cancel(), *self.killed(), self.join(), self.cancel(), self.suspended(),
                self.local_commands(), self.disks(), self.once(), *self.check()]

    # --- over SSH ---------------------------------------------------------------------------------------------------

    def over_ssh(self, *words):
        return [self.drivers / "over_ssh", self.hosts, *words]

    def over_asyncssh(self, *words):
        return [*PYTHON, PEERS / "over_asyncssh.py", *words, *self.host.peer_arguments]

    def commands(self):
        count = self.size(300)
        master = [*self.host.ssh, "-o", "ControlMaster=auto", "-o", f"ControlPath={self.folder}/mux", "-o",
                  "ControlPersist=60"]
        script = f"{quoted(master)} {self.host.login} true && seq {count} | " \
                 f"xargs -P 8 -I NUMBER {quoted(master)} {self.host.login} true && " \
                 f"{quoted(master)} -O exit {self.host.login}"
        return Row("commands", f"{count} remote `true` on one connection", {
            "ours": self.over_ssh("commands", count, 8),
            "not contained": self.over_ssh("bare", count, 8),
            "asyncssh": self.over_asyncssh("commands", count, 5),
            "ssh mux": ["sh", "-c", script],
        }, [Target("rate, of asyncssh's", ratio("asyncssh"), least=1.0),
            Target("rate, of ssh mux's", ratio("ssh mux"), least=1.5),
            Target("rate not contained, of asyncssh's", ratio("asyncssh", "not contained"), least=1.2),
            Target("processor time, of asyncssh's", processor_ratio("asyncssh"), most=0.2)])

    def logins(self):
        count = self.size(50, 1)
        each = f"for i in $(seq {count}); do {quoted(self.host.ssh)} {self.host.login} true || exit; done"
        return Row("logins", f"{count} times login and `true`", {
            "ours": self.over_ssh("logins", count),
            "asyncssh": self.over_asyncssh("logins", count),
            "ssh": ["sh", "-c", each],
        }, [Target("time, of asyncssh's", time_ratio("asyncssh"), most=0.7)])

    def channel(self, direction):
        size = self.size(1024, 1)
        through = f"head -c {size}M /dev/zero | ssh -- 'cat >/dev/null'" if direction == "up" else \
            f"ssh -- 'head -c {size}M /dev/zero' >/dev/null"

        def ssh(*more):
            words = quoted([*self.host.ssh, *more])
            return ["sh", "-c", through.replace("ssh --", f"{words} {self.host.login} --")]

        return Row(f"channel-{direction}", f"{size} MiB through a channel, {direction}", {
            "ours": self.over_ssh(direction, size),
            "ssh": ssh(),
            "ssh, same cipher": ssh("-c", "aes128-ctr", "-m", "hmac-sha2-256"),
            "asyncssh": self.over_asyncssh(direction, size),
        }, [Target("rate, of ssh's", ratio("ssh"), least=1.0),
            Target("rate, of ssh's with the same cipher", ratio("ssh, same cipher"), least=0.95),
            Target("rate, of asyncssh's", ratio("asyncssh"), least=3.0),
            Target("peak memory, MiB", lambda medians: medians["ours"].peak, most=32)])

    def remote_cancel(self):
        for usual, limit in ((1, 30), (100, 250)):
            count = self.size(usual, 1)
            yield Row(f"remote-cancel-{usual}", f"cancel of {count} remote commands, until seen to be gone", {
                "ours": self.over_ssh("cancel", count),
                "asyncssh, not seen": self.over_asyncssh("cancel", count),
            }, [Target("ms", milliseconds(), most=limit)])

    # --- jobs -------------------------------------------------------------------------------------------------------

    def _jobs(self):
        target = self.host.folder / "home"
        job = '[jobs.{0}]\ntype = "rsync"\nsource = "{1}/{0}/"\ntarget = "bench:{2}/{0}-ours/"\n'
        lines = [job.format(name, self.folder, target) for name in ("large", "small", "nothing")]
        return "".join(lines) + '[jobs.true]\ntype = "command"\ncommand = ["true"]\n'

    def once(self):
        return Row("once", "`orchestratord --once` of a local `true`", {
            "ours": [self.programs / "orchestratord", "--config", self.jobs, "--once", "true", "--quiet"],
            "python3 -c pass": ["/usr/bin/python3", "-c", "pass"],
        }, [Target("ms", milliseconds(), most=15)])

    def check(self):
        for count in (1, 100, 1000):
            file = self.folder / f"{count}.toml"
            lines = ['[jobs.j{0}]\ntype = "rsync"\nsource = "/srv/{0}/"\ntarget = "/backup/{0}/"\n'.format(number)
                     for number in range(count)]
            file.write_text("".join(lines))
            yield Row(f"check-{count}", f"`orchestratord --check` of {count} jobs", {
                "ours": [self.programs / "orchestratord", "--config", file, "--check"],
                "tomllib": [*PYTHON, PEERS / "parse_toml.py", file],
            }, [Target("ms", milliseconds(), most=50 if count == 1000 else 20)])

    def rsync(self):
        for name, what, make in (("large", "an rsync job of 1 GiB in one file", self._make_large),
                                 ("small", "an rsync job of 20,000 small files", self._make_small),
                                 ("nothing", "an rsync job with nothing to do", self._make_small)):
            source = self.folder / name
            target = self.host.folder / "home"

            # Not before the row is measured: others need no such data.
            def prepare(way, name=name, make=make, source=source, target=target):
                if not source.exists():
                    source.mkdir()
                    make(source)
                if name != "nothing":
                    shutil.rmtree(target / f"{name}-{way.split()[0]}", ignore_errors=True)

            yield Row(f"rsync-{name}", what, {
                "ours": [self.programs / "orchestratord", "--config", self.jobs, "--once", name, "--quiet"],
                "rsync -e ssh": ["rsync", "-a", "-e", quoted(self.host.ssh), f"{source}/",
                                 f"{self.host.login}:{target}/{name}-rsync/"],
            }, [Target("time, of rsync's", time_ratio("rsync -e ssh"), most=1.0),
                Target("processor time, of rsync's", processor_ratio("rsync -e ssh"), most=1.1)], prepare)

    def _make_large(self, folder):
        size = self.size(1024, 1)
        subprocess.run(["sh", "-c", f"head -c {size}M /dev/urandom >{folder}/file"], check=True)

    def _make_small(self, folder):
        for number in range(self.size(20000, 10)):
            if number % 200 == 0:
                part = folder / str(number)
                part.mkdir()
            (part / str(number)).write_text(f"{number}\n" * 100)

    # --- this machine -----------------------------------------------------------------------------------------------

    def locally(self, *words):
        return [self.drivers / "local_cancel", self.programs, self.drivers / "swarm", *words]

    def killed(self):
        for how, count in (("group", 1000), ("escape", 1000), ("chain", 2)):
            count = self.size(count)
            yield Row(f"killed-{how}", f"the orchestrator killed, until its {count} processes of a '{how}' are gone",
                      {"ours": self.locally("killed", how, count)}, [Target("ms", milliseconds(), most=1000)])

    def local_cancel(self):
        for usual, limit in ((1, 20), (100, 60), (1000, 400)):
            count = self.size(usual, 1)
            yield Row(f"local-cancel-{usual}", f"cancel of {count} local processes", {
                "ours": self.locally("cancel", count),
                "asyncio": [*PYTHON, PEERS / "in_asyncio.py", "stop", count],
            }, [Target("ms", milliseconds(), most=limit)])

    def local_commands(self):
        count = self.size(500)
        driver = [self.drivers / "local_commands", self.programs]
        return Row("local-commands", f"{count} times `/bin/true`, started and waited for", {
            "ours": [*driver, "contained", count],
            "not contained": [*driver, "bare", count],
            "asyncio": [*PYTHON, PEERS / "in_asyncio.py", "commands", count],
        }, [Target("rate, of that not contained", ratio("not contained"), least=0.35),
            Target("ms more than not contained, each",
                   lambda medians: (medians["ours"].seconds - medians["not contained"].seconds) * 1000 / count, most=1.5),
            Target("rate not contained, of asyncio's", ratio("asyncio", "not contained"), least=1.0)])

    def disks(self):
        disks, rounds = self.size(100), self.size(100)
        return Row("disks", f"{disks} disks of this machine, looked at {rounds} times",
                   {"ours": [self.drivers / "disk_watch", self.programs, disks, rounds]},
                   [Target("percent of a core, when looked at every 30 s",
                           lambda medians: medians["ours"].figures["percent_of_a_core"], most=0.1)])

    def tasks(self, what):
        count = self.size(100000)
        return count, {
            "ours": [self.drivers / "task_groups", what, count],
            "asyncio": [*PYTHON, PEERS / "in_asyncio.py", what, count],
            "trio": [*PYTHON, PEERS / "in_trio.py", what, count],
        }

    def join(self):
        count, ways = self.tasks("join")
        ways["co_spawn"] = [self.drivers / "bare_coroutines", count]
        return Row("tasks-join", f"{count} tasks, spawned and joined", ways,
                   [Target("µs each", milliseconds(each=count / 1000), most=1.0),
                    Target("time, of asyncio's", time_ratio("asyncio"), most=1 / 3)])

    def cancel(self):
        count, ways = self.tasks("cancel")
        return Row("tasks-cancel", f"{count} tasks, spawned, cancelled and joined", ways,
                   [Target("time, of asyncio's", time_ratio("asyncio"), most=1 / 3)])

    def suspended(self):
        count = self.size(1000000)
        return Row("tasks-suspended", f"{count} tasks that wait",
                   {"ours": [self.drivers / "task_groups", "suspended", count]},
                   [Target("bytes each", lambda medians: medians["ours"].figures["bytes_each"], most=1600)])


def quoted(words):
    return shlex.join(str(word) for word in words)
