"""Runs that are stopped before a quota is used up, on file systems of a kernel that has them. The steps are in quota_steps.py.

quota_test.py PROGRAMS SMALL_ASAN. Needs root and user-mode-linux; exits with 77 where ORCHESTRATOR_TEST_WITHOUT says that it is known
to be missing.
"""

import sys
import tempfile
from pathlib import Path

from kernel import Kernel, refusal

STEPS = Path(__file__).resolve().parent / "quota_steps.py"
DISKS = {"ext4": 64, "xfs": 320}  # in MiB


def main(programs, asan):
    refused = refusal()
    if refused is not None:
        return refused
    with tempfile.TemporaryDirectory(prefix="orchestratord-quota-") as name:
        folder = Path(name)
        for disk, size in DISKS.items():
            with open(folder / disk, "wb") as file:
                file.truncate(size << 20)
        # The machine's own files are seen there, whatever lies above them.
        before = Path("/run/before")
        words = ["python3", "-B", f"{before}{STEPS}", f"{before}{programs}", f"{before}{asan}"]
        with Kernel(folder, words, [folder / disk for disk in DISKS]) as kernel:
            for line in kernel.lines():
                print(line, flush=True)
            return kernel.exit_code()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
