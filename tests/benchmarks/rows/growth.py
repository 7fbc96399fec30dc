"""Ten times as much takes ten times as long, and no more."""

from rows.jobs import configuration_of
from rows.row import Row, Target

MOST = 12  # times as long, for ten times as much


def rows(place):
    over_ssh = place.drivers / "over_ssh"
    yield growth(place, "jobs", "`orchestratord --check` of so many jobs", (1, 10, 100, 1000),
                 lambda count: [place.programs / "orchestratord", "--config", configuration_of(place, count), "--check"])
    yield growth(place, "tasks", "so many tasks, spawned and joined", (1, 10, 100, 1000, 10000, 100000),
                 lambda count: [place.drivers / "task_groups", "join", count])
    yield growth(place, "commands", "so many remote `true` on one connection", (1, 10, 100, 1000),
                 lambda count: [over_ssh, place.host.configuration("hosts"), "commands", count, 8], rounds=2)
    yield growth(place, "hosts", "a login and `true` at so many hosts at once", (1, 10, 100, 1000),
                 lambda count: [over_ssh, place.host.configuration_of_many(count), "hosts", count], rounds=3, once=(1000,),
                 before=lambda way: place.host.more_hosts(int(way)), after=place.host.one_host,
                 limit="the processors: all hosts are this machine, where a thousand sshd take part, with processes of their own.")


def growth(place, name, what, counts, words, once=(), **more):
    counts = counts[:2] if place.small else counts
    targets = [Target(f"time for {many}, of that for {few}", grown(few, many), most=MOST)
               for few, many in zip(counts, counts[1:]) if few >= 10]
    more["once"] = tuple(str(count) for count in counts if count in once)
    return Row(f"growth-{name}", what, {str(count): words(count) for count in counts}, targets, **more)


def grown(few, many):
    return lambda medians: medians[str(many)].seconds / medians[str(few)].seconds
