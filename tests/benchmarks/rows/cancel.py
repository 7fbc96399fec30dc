"""Ends, and what is left after them: ours and those of other programs."""

import pathlib

from rows.row import FOLDER, PEERS, PYTHON, Row, Target, figure, milliseconds, quoted
from service_machine import is_known_to_be_missing

MARKER = "86399.125"  # seconds that nobody else sleeps


CTRL_C = ["--signal", "INT", "--group"]


def until_gone(place, *words, marker=MARKER):
    """The last of `words` are those of the program, the others options. Of ours, all ends before its time is over."""
    patience = place.size(5, 5 if place.programs in program_of(words[-1]).parents else 0.3)
    return [*PYTHON, FOLDER / "until_gone.py", "--patience", patience, *words[:-1], marker, *words[-1]]


def program_of(words):
    return pathlib.Path(words[0])


def rows(place):
    remote = Remote(place)
    return [remote.cancel(1, 30), remote.cancel(100, 250), *local(place), remote.interrupt(), remote.interrupt_rsync()]


def alive(medians):
    return medians["ours"].figures["alive"]


class Remote:
    def __init__(self, place):
        self.place = place
        self.host = place.host
        self.target = place.host.folder / "home/interrupted"
        self.source = place.folder / "endless"
        job = '[jobs.wait]\ntype = "command"\nhost = "bench"\ncommand = ["sleep", "{}"]\n' \
              '[jobs.slow]\ntype = "rsync"\nsource = "{}/"\ntarget = "bench:{}/"\nbandwidth_limit = "64KiB"\n'
        self.configuration = host_configuration = place.host.configuration(
            "interrupt", job.format(MARKER, self.source, self.target))
        self.once = [place.programs / "orchestratord", "--config", host_configuration, "--quiet", "--once"]

    def there(self, *words):
        return until_gone(self.place, "--uid", self.host.account_id, *words)

    def cancel(self, usual, limit):
        count = self.place.size(usual, min(usual, 2))
        shared = ["ssh", "-F", self.host.ssh_config()]
        each = f"seq {count} | xargs -P {count} -I NUMBER {quoted(shared)} bench sleep {MARKER}"
        ssh = ["sh", "-c", f"{quoted(shared)} bench true; {each}"] if usual > 1 else \
            [*self.host.ssh, self.host.login, f"exec sleep {MARKER}"]
        started = ["--count", count]
        return Row(f"remote-cancel-{usual}", f"cancel of {count} remote commands, until seen to be gone", {
            "ours": self.there([self.place.drivers / "over_ssh", self.host.configuration("hosts"), "cancel", count,
                                MARKER]),
            "asyncssh, Ctrl-C": self.there(*started, *CTRL_C, [
                *PYTHON, PEERS / "over_asyncssh.py", "hold", count, MARKER, *self.host.peer_arguments]),
            "ssh, SIGTERM": self.there(*started, "--signal", "TERM", "--group", ssh),
            "parallel, Ctrl-C": self.there(*started, *CTRL_C, [
                "parallel", "--will-cite", "-j", count, "--ssh", quoted(shared), "-S", "bench", "sleep", ":::",
                *[MARKER] * count]),
            "clush, Ctrl-C": self.there(*started, *CTRL_C, [
                "clush", "-q", "-f", count, "-o", f"-F {self.host.ssh_config()}", "-w", f"bench[1-{count}]", "sleep",
                MARKER]),
        }, [Target("ms", milliseconds(), most=limit), Target("alive", alive, most=0)],
            before=lambda way: self.host.end_shared_connection(),
            once=(*["asyncssh, Ctrl-C"] * (usual > 1), "ssh, SIGTERM", "parallel, Ctrl-C", "clush, Ctrl-C"))

    def interrupt(self):
        return Row("interrupt", "from Ctrl-C to the prompt: a remote command", {
            "ours": self.there(*CTRL_C, [*self.once, "wait"]),
            "ssh": self.there(*CTRL_C, [*self.host.ssh, self.host.login, f"exec sleep {MARKER}"]),
        }, [Target("ms", figure("exit_ms"), most=100), Target("alive", alive, most=0)], once=("ssh",))

    def interrupt_rsync(self):
        def prepare(_way):
            self.source.mkdir(exist_ok=True)
            with open(self.source / "file", "wb") as file:
                file.truncate(1 << 28)

        def both_ends(*words):
            return until_gone(self.place, "--count", 2, *CTRL_C, list(words), marker="interrupted")

        return Row("interrupt-rsync", "from Ctrl-C to the prompt: an rsync in full transfer, both ends", {
            "ours": both_ends(*self.once, "slow"),
            "rsync -e ssh": both_ends("rsync", "-a", "--bwlimit=64", "-e", quoted(self.host.ssh), f"{self.source}/",
                                      f"{self.host.login}:{self.target}/"),
        }, [Target("ms", figure("exit_ms"), most=250), Target("alive", alive, most=0)], prepare,
            limit="rsync, which at a signal takes 0.4 s by itself, as the peer's figure shows; it is waited for.")


def local(place):
    for usual, limit in ((1, 20), (100, 60), (1000, 400)):
        count = place.size(usual, min(usual, 2))
        systemctl = {} if is_known_to_be_missing() else {
            "systemctl stop of a scope": lambda count=count: place.machine.words("scope", count)}
        yield Row(f"local-cancel-{usual}", f"cancel of {count} local processes", {
            "ours": [place.drivers / "local_cancel", place.programs, place.drivers / "swarm", "cancel", count],
            "asyncio": [*PYTHON, PEERS / "in_asyncio.py", "stop", count],
            "parallel, Ctrl-C": until_gone(place, "--count", count, *CTRL_C, [
                "parallel", "--will-cite", "-u", "-j", count, "sleep", ":::", *[MARKER] * count]),
            **systemctl,
        }, [Target("ms", milliseconds(), most=limit)], rounds=3 if usual == 1000 else None, once=("parallel, Ctrl-C",))
