"""What is measured inside of the namespaces of a systemd, so that the way in does not count.

inside.py repeat COUNT WORDS...       a command from its start to its end, on average
inside.py line COUNT TEXT WORDS...    a command from its start to the first line it prints that has TEXT, on average
inside.py idle PID SECONDS WATCHDOG   a process that has nothing to do: PSS, and how often it wakes; it pings that often
inside.py scope COUNT                 `systemctl stop` of a scope with COUNT processes, until they are gone
inside.py fill DATABASE COUNT         so many runs in the run store
"""

import json
import math
import pathlib
import sqlite3
import subprocess
import sys
import time

QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}


def repeat(count, *words):
    begin = time.monotonic()
    for _ in range(int(count)):
        subprocess.run(words, check=True, **QUIET)
    return {"seconds": (time.monotonic() - begin) / int(count)}


def line(count, text, *words):
    waited = 0
    for _ in range(int(count)):
        begin = time.monotonic()
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True) as process:
            if not any(text in one for one in process.stdout):
                sys.exit(f"{words} prints no '{text}'")
            waited += time.monotonic() - begin
            process.stdout.read()
        if process.returncode != 0:
            sys.exit(f"{words} ended with {process.returncode}")
    return {"seconds": waited / int(count)}


def switches(pid):
    """How often its threads have gone to sleep."""
    return sum(int(line.split()[1]) for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status")
               for line in status.read_text().splitlines() if line.startswith("voluntary_ctxt_switches"))


def idle(pid, seconds, watchdog):
    time.sleep(min(1, float(seconds) / 10))  # it has just been started
    before, begin = switches(pid), time.monotonic()
    time.sleep(float(seconds))
    taken = time.monotonic() - begin
    woken = switches(pid) - before
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    pss = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return {"seconds": taken, "cpu": 0, "pss_mib": pss / 1024, "wake_ups": woken,
            "beyond_watchdog": max(0, woken - math.ceil(taken / float(watchdog)))}


def scope(count):
    script = 'i=1; while [ $i -lt $0 ]; do sleep 1000 & i=$((i+1)); done; echo up; exec sleep 1000'
    with subprocess.Popen(["systemd-run", "--quiet", "--scope", "--unit=bench", "sh", "-c", script, count],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        begin = time.monotonic()
        subprocess.run(["systemctl", "stop", "bench.scope"], check=True, **QUIET)
        process.wait()
        return {"seconds": time.monotonic() - begin}


def fill(database, count):
    with sqlite3.connect(database, timeout=60) as store:
        rows = ((f"{number:032x}", "true", "bench", "succeeded", number + 1, number + 2) for number in range(int(count)))
        store.executemany("INSERT INTO runs (id, job, instance, state, began, ended) VALUES (?, ?, ?, ?, ?, ?)", rows)
    return {}


works = {"repeat": repeat, "line": line, "idle": idle, "scope": scope, "fill": fill}
print(json.dumps(works[sys.argv[1]](*sys.argv[2:])))
