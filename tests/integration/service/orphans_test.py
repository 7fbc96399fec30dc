"""The cells of the matrix of orphans that need no other machine, inside a unit of a real systemd that delegates its cgroup.

orphans_test.py BUILD. Needs root and cgroup v2; exits with 77 where ORCHESTRATOR_TEST_WITHOUT says that it is known to be
missing.
"""

import sys
from pathlib import Path

from machine import Machine, refusal


def main(build):
    refused = refusal()
    if refused is not None:
        return refused
    with Machine(build / "programs", build) as machine:
        done = machine.inside("systemd-run", "--wait", "--pipe", "--quiet", "--collect", "--property=Delegate=yes",
                              "--property=KillMode=mixed", str(build / "tests/orphans"), "here", "--at-once", "6")
        print(done.stdout + done.stderr)
        return done.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
