"""tools/bench: measures the rows, A B A B, prints the medians and what they are to one another.

run.py [--smallest] [--rounds N] [--json FILE] [--markdown FILE] BUILD [ROW...]
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

import loopback_host
from rows import Place, all_rows
from sample import Failed, measure, median_of
from table import show


def arguments():
    parser = argparse.ArgumentParser(prog="tools/bench", description="measures us against the peers, in one run")
    parser.add_argument("build", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only these; a name may end with '*'")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each way, after one to warm up")
    parser.add_argument("--smallest", action="store_true", help="everything once and small: whether it works")
    parser.add_argument("--list", action="store_true", help="the names of the rows")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="the figures")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="the table")
    return parser.parse_args()


def wanted(name, patterns):
    return not patterns or any(name == pattern or pattern.endswith("*") and name.startswith(pattern[:-1])
                               for pattern in patterns)


def measure_row(row, smallest, rounds):
    rounds = 1 if smallest else min(rounds, row.rounds or rounds)
    warm_up = 0 if smallest or row.rounds else 1
    samples = {way: [] for way in row.ways}
    for number in range(rounds + warm_up):
        for way, words in row.ways.items():
            if way in row.once and number != rounds + warm_up - 1:
                continue
            row.before(way)
            sample = measure(words() if callable(words) else words)
            if number >= warm_up:
                samples[way].append(sample)
    return {way: median_of(some) for way, some in samples.items()}


def version_of(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip().splitlines()[0]


def surroundings():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown processor")
    with open("/etc/os-release", encoding="utf-8") as file:
        system = next(line.split("=")[1].strip().strip('"') for line in file if line.startswith("PRETTY_NAME"))
    return [f"{os.cpu_count()} x {model}", f"{system}, Linux {platform.release()}", version_of("ssh", "-V"),
            version_of("rsync", "--version"), version_of("/usr/bin/python3", "--version"),
            version_of("/usr/bin/python3", "-W", "ignore", "-c", "import asyncssh; print('asyncssh', asyncssh.__version__)"),
            version_of("clush", "--version"), version_of("parallel", "--version"), version_of("systemctl", "--version")]


def main():
    options = arguments()
    if os.getuid() != 0:
        # The account of its own takes root.
        return 77 if "root" in os.environ.get("ORCHESTRATOR_TEST_WITHOUT", "").split() else 1
    loopback_host.enter_own_mounts()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="orchestratord-bench-"))
    os.environ["ORCHESTRATOR_STATE"] = str(folder / "state")
    os.environ["PARALLEL_HOME"] = str(folder / "parallel")
    (folder / "parallel").mkdir()
    host = loopback_host.LoopbackHost()
    figures, failed, missed = {}, 0, 0
    started = time.monotonic()
    text = tempfile.TemporaryFile("w+")
    place = Place(options.build.resolve(), host, folder, options.smallest)
    try:
        for row in all_rows(place):
            if not wanted(row.name, options.rows):
                continue
            if options.list:
                print(f"{row.name:20} {row.what}")
                continue
            begin = time.monotonic()
            try:
                medians = measure_row(row, options.smallest, options.rounds)
            except Failed as error:
                print(f"\n### {row.name}: {error}")
                failed += 1
                continue
            finally:
                row.after()
            print(f"{row.name}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
            missed += show(row, medians, sys.stdout)
            show(row, medians, text)
            figures[row.name] = {way: vars(median) for way, median in medians.items()}
        if not options.list:
            print(f"all in {time.monotonic() - started:.0f} s", file=sys.stderr)
    finally:
        place.close()
        host.close()
        shutil.rmtree(folder)
    if options.json:
        options.json.write_text(json.dumps({"schema": 1, "machine": surroundings(), "rows": figures}, indent=1) + "\n")
    if options.markdown:
        text.seek(0)
        lines = "".join(f"- {line}\n" for line in surroundings())
        options.markdown.write_text(f"# Benchmarks\n\nMedians of `tools/bench`, all in one run, on:\n\n{lines}{text.read()}")
    if missed and not options.smallest:
        print(f"\n{missed} targets missed")
    return 1 if failed else 0


sys.exit(main())
