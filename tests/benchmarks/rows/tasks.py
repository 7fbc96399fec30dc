"""Task groups against those of others."""

from rows.row import PEERS, PYTHON, Row, Target, figure, milliseconds, time_ratio


def rows(place):
    return [join(place), cancel(place), suspended(place)]


def ways(place, what, count):
    return {
        "ours": [place.drivers / "task_groups", what, count],
        "asyncio": [*PYTHON, PEERS / "in_asyncio.py", what, count],
        "trio": [*PYTHON, PEERS / "in_trio.py", what, count],
    }


def join(place):
    count = place.size(100000)
    all_ways = ways(place, "join", count)
    all_ways["co_spawn"] = [place.drivers / "bare_coroutines", count]
    return Row("tasks-join", f"{count} tasks, spawned and joined", all_ways,
               [Target("µs each", milliseconds(each=count / 1000), most=1.0),
                Target("time, of asyncio's", time_ratio("asyncio"), most=1 / 3)], once=("trio",),
               limit="a task is an Asio coroutine (`co_spawn`) with a name, a scope and a place in the tree of tasks, by which it "
               "is found and cancelled.")


def cancel(place):
    count = place.size(100000)
    return Row("tasks-cancel", f"{count} tasks, spawned, cancelled and joined", ways(place, "cancel", count),
               [Target("time, of asyncio's", time_ratio("asyncio"), most=1 / 3)], rounds=3, once=("trio",))


def suspended(place):
    count = place.size(1000000)
    return Row("tasks-suspended", f"{count} tasks that wait",
               {"ours": [place.drivers / "task_groups", "suspended", count]},
               [Target("bytes each", figure("bytes_each"), most=1600)], rounds=1,
               limit="the frames of Boost 1.81's `co_spawn` and of the awaitable that waits, besides our task.")
