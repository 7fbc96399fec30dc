"""All rows, in the order of the table."""

from rows import bus, cancel, channels, growth, jobs, local, runs, ssh, tasks
from rows.place import Place


def all_rows(place):
    for topic in (ssh, channels, jobs, cancel, local, tasks, runs, growth, bus):
        yield from topic.rows(place)


__all__ = ["Place", "all_rows"]
