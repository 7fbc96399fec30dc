"""Compiles the headers that have no source of their own, with nothing before them.

headers_alone.py ROOT COMPILER. A source includes its header first (rule own_header_first), so that
every build shows that the other headers stand alone.
"""

import subprocess
import sys
from pathlib import Path

from compiled import Memory, flags, in_parallel
from tree import Tree


def compiles(compiler, header, arguments):
    """The compiler's words when `header` does not compile, otherwise nothing."""
    done = subprocess.run([compiler, *arguments, "-fsyntax-only", "-x", "c++", header],
                          check=False, capture_output=True, text=True)
    return done.stderr if done.returncode != 0 else ""


def main(root, compiler):
    tree = Tree(Path(root).resolve())
    arguments = flags(tree.root)
    version = subprocess.run([compiler, "--version"], check=True, capture_output=True).stdout
    memory = Memory(tree, version + Path(__file__).read_bytes())
    headers = [path for path in tree.sources()
               if path.endswith(".hpp") and not (tree.root / path).with_suffix(".cpp").exists()
               and not memory.passed(path)]
    words = in_parallel(lambda path: compiles(compiler, tree.root / path, arguments), headers)
    memory.remember([path for path, said in zip(headers, words) if not said])
    broken = [f"{path} does not compile alone:\n{said}"
              for path, said in zip(headers, words) if said]
    print("\n".join(broken) or f"{len(headers)} headers compiled alone")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
