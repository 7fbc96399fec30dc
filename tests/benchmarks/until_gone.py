"""Ends a program as its users would, and counts what it leaves: by /proc, not by what anybody says.

until_gone.py [--uid N] [--count N] [--signal NAME] [--group] [--patience SECONDS] MARKER WORDS...

MARKER is in the arguments of what the program starts, for the account N where that is given. When COUNT such processes are
there, the program gets the signal (with --group: all of its process group, as from a terminal). Says the seconds until the
last of them is gone and the program has ended, "exit_ms" until the latter, and "alive": how many are left after PATIENCE.
Without --signal the program measures itself; "alive" is then what is left when it has ended.
"""

import argparse
import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import time

START_LIMIT = 60


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--uid", type=int)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--signal", type=lambda name: signal.Signals[f"SIG{name}"])
    parser.add_argument("--group", action="store_true")
    parser.add_argument("--patience", type=float, default=5)
    parser.add_argument("marker")
    parser.add_argument("words", nargs=argparse.REMAINDER)
    return parser.parse_args()


def marked(options, but):
    """The pids with the marker; not `but`."""
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit() or int(entry.name) in but:
            continue
        try:
            if options.uid is not None and entry.stat().st_uid != options.uid:
                continue
            if options.marker.encode() in pathlib.Path(entry.path, "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            pass  # it is gone
    return found


def is_itself(pid):
    """Not a shell or a client around it."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].endswith((b"sleep", b"rsync"))
    except OSError:
        return False


def wait_until_started(options, process):
    but = {os.getpid(), process.pid}
    end = time.monotonic() + START_LIMIT
    while sum(map(is_itself, marked(options, but))) < options.count:
        if process.poll() is not None or time.monotonic() > end:
            there = clear(options, process)
            sys.exit(f"{options.count} should have been started, there are {there}")
        time.sleep(0.02)
    return marked(options, but)


def wait_until_gone(pids, process, patience):
    """Returns the seconds until all of them are gone, and until the process has ended."""
    begin = time.monotonic()
    descriptors = {}
    poll = select.poll()
    for pid in [*pids, process.pid]:
        try:
            descriptors[os.pidfd_open(pid)] = pid
        except ProcessLookupError:
            pass
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    ended = patience
    last = 0
    while descriptors and (left := begin + patience - time.monotonic()) > 0:
        for descriptor, _ in poll.poll(left * 1000):
            last = time.monotonic() - begin
            poll.unregister(descriptor)
            os.close(descriptor)
            if descriptors.pop(descriptor) == process.pid:
                ended = last
    return (patience if descriptors else last), ended


def end_it(options, process):
    pids = wait_until_started(options, process)
    if options.group:
        os.killpg(process.pid, options.signal)
    else:
        process.send_signal(options.signal)
    gone, ended = wait_until_gone(pids, process, options.patience)
    return {"seconds": gone, "exit_ms": ended * 1000}


def clear(options, process):
    """Kills what is left, so that it is in nobody's way. Returns how many that were, without the shells around them."""
    left = marked(options, {os.getpid(), os.getppid(), process.pid})
    count = sum(map(is_itself, left))
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return count


def main():
    options = arguments()
    if options.signal:
        process = subprocess.Popen(options.words, start_new_session=True, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        said = end_it(options, process)
    else:
        process = subprocess.Popen(options.words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        output = process.communicate()[0]
        if process.returncode != 0:
            sys.exit(process.returncode)
        said = json.loads(output.strip().splitlines()[-1])
    said["alive"] = clear(options, process)
    print(json.dumps(said))


main()
