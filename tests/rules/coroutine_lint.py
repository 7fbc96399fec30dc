"""Finds the coroutine expressions that g++ 12.2 miscompiles, with clang-query over every source.

coroutine_lint.py ROOT looks at all our sources, and at the headers of ours that they include. They go
in batches, because most of the time is spent in what they all include.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from compiled import Memory, flags, in_parallel
from tree import Tree

HERE = Path(__file__).parent
QUERY = HERE / "lint" / "coroutines.query"
TOOL = "clang-query-16"
BATCH = 10
SKIPPED = 77
# Asio's own sources hold no expression of ours.
UNTOUCHED = ("orchestrator/asio_impl.cpp",)

MEANINGS = {
    "lambda": "a lambda with owning captures is made in an expression with co_await: name it before",
    "aggregate": "an aggregate is made in an expression with co_await: name it before",
    "list": "a braced list is made in an expression with co_await: name it before",
    "conditional": "'?:' makes a class in an expression with co_await: use if and else",
    "default": "a default argument with braces in an expression with co_await: write 'T()' there",
    "throw": "'throw' holds a co_await: await into a variable before",
}

_FOUND = re.compile(r'^(.+?):(\d+):\d+: note: "(\w+)" binds here$', re.M)
_BROKEN = re.compile(r"^.*(?:\berror: |Error (?:parsing|building|while)|Matcher not found).*$", re.M)


def query(files, arguments, ours):
    """(problems, errors) of `files`, looked at as one; `ours` is a pattern of the files that count."""
    with tempfile.TemporaryDirectory() as scratch:
        commands = Path(scratch, "query")
        commands.write_text(QUERY.read_text().replace("@FILES@", ours))
        unit = files[0]
        if len(files) > 1:
            unit = Path(scratch, "unit.cpp")
            unit.write_text("".join(f'#include "{file}"\n' for file in files))
        done = subprocess.run([TOOL, "-f", commands, unit, "--", *arguments],
                              check=False, capture_output=True, text=True)
    output = done.stdout + done.stderr
    problems = {(file, int(line), name) for file, line, name in _FOUND.findall(output)
                if name in MEANINGS}
    errors = _BROKEN.findall(output)
    if done.returncode != 0 and not errors:
        errors = [output.strip() or f"{TOOL} ended with {done.returncode}"]
    return problems, errors


class Lint:
    def __init__(self, root):
        self.tree = Tree(Path(root).resolve())
        self.arguments = flags(self.tree.root)
        self.ours = f"^{re.escape(str(self.tree.root))}/".replace("\\", "\\\\")
        version = subprocess.run([TOOL, "--version"], check=True, capture_output=True).stdout
        self.memory = Memory(self.tree, version + QUERY.read_bytes() + Path(__file__).read_bytes())

    def run(self):
        todo = [path for path in self.tree.sources() if path.endswith(".cpp")
                and path not in UNTOUCHED and not self.memory.passed(path)]
        batches = [todo[i:i + BATCH] for i in range(0, len(todo), BATCH)]
        found = in_parallel(self.batch, batches)
        problems = set().union(*(problems for problems, _ in found))
        return len(todo), sorted(problems), [error for _, errors in found for error in errors]

    def batch(self, paths):
        files = [self.tree.root / path for path in paths]
        problems, errors = query(files, self.arguments, self.ours)
        if errors and len(paths) > 1:
            # Names that two sources keep for themselves may clash: look at each half.
            half = len(paths) // 2
            first, second = self.batch(paths[:half]), self.batch(paths[half:])
            return first[0] | second[0], first[1] + second[1]
        if not problems and not errors:
            self.memory.remember(paths)
        return problems, errors


def main(root):
    if shutil.which(TOOL) is None:
        if "clang-query" in re.split(r"[\s,]+", os.environ.get("ORCHESTRATOR_TEST_WITHOUT", "")):
            print(f"{TOOL} is missing, as ORCHESTRATOR_TEST_WITHOUT says")
            return SKIPPED
        print(f"{TOOL} is missing: install clang-tools-16, or set "
              "ORCHESTRATOR_TEST_WITHOUT=clang-query")
        return 1
    lint = Lint(root)
    count, problems, errors = lint.run()
    for file, line, name in problems:
        print(f"{Path(file).relative_to(lint.tree.root)}:{line}: {MEANINGS[name]}")
    for error in errors:
        print(error)
    print(f"coroutine lint: {count} sources looked at, {len(problems)} problems, {len(errors)} errors")
    return 1 if problems or errors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
