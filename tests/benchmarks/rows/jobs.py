"""The one-shot `orchestratord`, with jobs."""

import shutil
import subprocess

from rows.row import PEERS, PYTHON, Row, Target, milliseconds, processor_ratio, quoted, time_ratio


def rows(place):
    jobs = Jobs(place)
    return [*jobs.rsync(), jobs.once(), *jobs.check()]


class Jobs:
    def __init__(self, place):
        self.place = place
        self.host = place.host
        self.program = place.programs / "orchestratord"
        self.configuration = place.host.configuration("jobs", self._jobs())

    def _jobs(self):
        target = self.host.folder / "home"
        job = '[jobs.{0}]\ntype = "rsync"\nsource = "{1}/{0}/"\ntarget = "bench:{2}/{0}-ours/"\n'
        lines = [job.format(name, self.place.folder, target) for name in ("large", "small", "nothing")]
        return "".join(lines) + '[jobs.true]\ntype = "command"\ncommand = ["true"]\n'

    def once(self):
        return Row("once", "`orchestratord --once` of a local `true`", {
            "ours": [self.program, "--config", self.configuration, "--once", "true", "--quiet"],
            "python3 -c pass": ["/usr/bin/python3", "-c", "pass"],
        }, [Target("ms", milliseconds(), most=15)],
            limit="the start of the program with its twenty libraries (the same as `check-1`), and then what a run has whatever it "
            "does: a keeper for the command, the probe of the disk, the "
            "ledger's rows and its log.")

    def check(self):
        for count in (1, 100, 1000):
            file = configuration_of(self.place, count)
            yield Row(f"check-{count}", f"`orchestratord --check` of {count} jobs", {
                "ours": [self.program, "--config", file, "--check"],
                "tomllib": [*PYTHON, PEERS / "parse_toml.py", file],
            }, [Target("ms", milliseconds(), most=50 if count == 1000 else 20)])

    def rsync(self):
        for name, what, make in (("large", "an rsync job of 1 GiB in one file", self._make_large),
                                 ("small", "an rsync job of 20,000 small files", self._make_small),
                                 ("nothing", "an rsync job with nothing to do", self._make_small)):
            source = self.place.folder / name
            target = self.host.folder / "home"

            # Not before the row is measured: others need no such data.
            def prepare(way, name=name, make=make, source=source, target=target):
                if not source.exists():
                    source.mkdir()
                    make(source)
                if name != "nothing":
                    shutil.rmtree(target / f"{name}-{way.split()[0]}", ignore_errors=True)

            yield Row(f"rsync-{name}", what, {
                "ours": [self.program, "--config", self.configuration, "--once", name, "--quiet"],
                "rsync -e ssh": ["rsync", "-a", "-e", quoted(self.host.ssh), f"{source}/",
                                 f"{self.host.login}:{target}/{name}-rsync/"],
            }, [Target("time, of rsync's", time_ratio("rsync -e ssh"), most=1.0),
                Target("processor time, of rsync's", processor_ratio("rsync -e ssh"), most=1.1)], prepare,
                rounds=None if name == "nothing" else 3,
                limit="libssh2's way with ciphers, as in `channel-up`; and where the target's disk has not twice the room of all "
                "that the source's disk holds, a dry run tells before the job whether it fits, which is a second rsync.")

    def _make_large(self, folder):
        size = self.place.size(1024, 1)
        subprocess.run(["sh", "-c", f"head -c {size}M /dev/urandom >{folder}/file"], check=True)

    def _make_small(self, folder):
        for number in range(self.place.size(20000, 10)):
            if number % 200 == 0:
                part = folder / str(number)
                part.mkdir()
            (part / str(number)).write_text(f"{number}\n" * 100)


def configuration_of(place, count):
    """A file with `count` jobs."""
    file = place.folder / f"{count}.toml"
    lines = ['[jobs.j{0}]\ntype = "rsync"\nsource = "/srv/{0}/"\ntarget = "/backup/{0}/"\n'.format(number)
             for number in range(count)]
    file.write_text("".join(lines))
    return file
