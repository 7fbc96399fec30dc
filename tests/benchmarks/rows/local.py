"""Commands on this machine."""

from rows.row import PEERS, PYTHON, Row, Target, figure, milliseconds, ratio


def rows(place):
    local = Local(place)
    return [*local.killed(), local.commands(), local.disks()]


class Local:
    def __init__(self, place):
        self.place = place

    def swarm(self, *words):
        return [self.place.drivers / "local_cancel", self.place.programs, self.place.drivers / "swarm", *words]

    def asyncio(self, *words):
        return [*PYTHON, PEERS / "in_asyncio.py", *words]

    def killed(self):
        for how, count in (("group", 1000), ("escape", 1000), ("chain", 2)):
            count = self.place.size(count)
            yield Row(f"killed-{how}", f"the orchestrator killed, until its {count} processes of a '{how}' are gone",
                      {"ours": self.swarm("killed", how, count)}, [Target("ms", milliseconds(), most=1000)])

    def commands(self):
        count = self.place.size(500)
        driver = [self.place.drivers / "local_commands", self.place.programs]
        return Row("local-commands", f"{count} times `/bin/true`, started and waited for", {
            "ours": [*driver, "contained", count],
            "not contained": [*driver, "bare", count],
            "posix_spawn": [*driver, "posix_spawn", count],
            "asyncio": self.asyncio("commands", count),
        }, [Target("rate, of posix_spawn's", ratio("posix_spawn"), least=0.35),
            Target("rate not contained, of posix_spawn's", ratio("posix_spawn", "not contained"), least=0.9),
            Target("ms more than not contained, each",
                   lambda medians: (medians["ours"].seconds - medians["not contained"].seconds) * 1000 / count, most=1.5),
            Target("rate not contained, of asyncio's", ratio("asyncio", "not contained"), least=1.0)],
            limit="a keeper for each command is a second process to be started, and a cgroup to be made.")

    def disks(self):
        disks, rounds = self.place.size(100), self.place.size(100)
        return Row("disks", f"{disks} disks of this machine, looked at {rounds} times",
                   {"ours": [self.place.drivers / "disk_watch", self.place.programs, disks, rounds]},
                   [Target("percent of a core, when looked at every 30 s", figure("percent_of_a_core"), most=0.1)], rounds=3)
