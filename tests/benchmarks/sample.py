"""One measurement of a whole process, and medians of many."""

import dataclasses
import json
import math
import os
import statistics
import subprocess
import tempfile
import threading
import time


@dataclasses.dataclass
class Sample:
    seconds: float  # of the work; of the whole process where it does not say
    cpu: float      # seconds, with its children
    peak: float     # MiB; nan where it does not say: getrusage(2) counts us, before its execve(2), too
    figures: dict   # numbers that it says besides


class Failed(Exception):
    pass


def measure(words, limit=120):
    """Runs `words` to the end. A program that knows better when its work begins and ends says so in its last line, as a
    JSON object: "seconds", "cpu" (seconds), "peak" (MiB), and numbers of its own."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begin = time.monotonic()
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=errors)
        watch = threading.Timer(limit, process.kill)
        watch.start()
        _, status, used = os.wait4(process.pid, 0)
        watch.cancel()
        seconds = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        said = last_object(output.read())
        if process.returncode != 0:
            raise Failed(f"'{' '.join(map(str, words))}' ended with {process.returncode}: {errors.read()[-500:]}")
    return Sample(said.pop("seconds", seconds), said.pop("cpu", used.ru_utime + used.ru_stime),
                  said.pop("peak", math.nan), said)


def last_object(output):
    lines = output.strip().splitlines()
    return json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}


WORST = ("alive", "longest_ms")  # of these figures the largest counts


def median_of(samples):
    figures = {name: (max if name in WORST else statistics.median)(sample.figures[name] for sample in samples)
               for name in samples[0].figures}
    return Sample(statistics.median(sample.seconds for sample in samples),
                  statistics.median(sample.cpu for sample in samples),
                  statistics.median(sample.peak for sample in samples), figures)
