"""What a row is: ways to do the same work, and what their medians should be to one another."""

import dataclasses
import pathlib
import shlex
from collections.abc import Callable

FOLDER = pathlib.Path(__file__).parent.parent
PEERS = FOLDER / "peers"
PYTHON = ["/usr/bin/python3", "-B", "-W", "ignore"]


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
    ways: dict       # name: words, or a function that gives them; the first one is ours
    targets: list
    before: Callable = lambda way: None  # each measurement of a way
    after: Callable = lambda: None       # all of them
    rounds: int | None = None            # of a slow row: as many at most, and none to warm up
    once: tuple = ()                     # slow ways, measured once
    limit: str = ""                      # what keeps us from a target, told where one is missed


def ratio(peer, way="ours"):
    """How many times as fast as the peer a way is."""
    return lambda medians: medians[peer].seconds / medians[way].seconds


def time_ratio(peer, way="ours"):
    return lambda medians: medians[way].seconds / medians[peer].seconds


def processor_ratio(peer, way="ours"):
    return lambda medians: medians[way].cpu / medians[peer].cpu


def milliseconds(way="ours", each=1):
    return lambda medians: medians[way].seconds * 1000 / each


def figure(name, way="ours"):
    return lambda medians: medians[way].figures[name]


def quoted(words):
    return shlex.join(str(word) for word in words)
