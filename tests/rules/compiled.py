"""What the rules that compile have in common: our flags, and a memory of what passed, by content."""

import atexit
import hashlib
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tree import includes

PACKAGES = ("fmt", "spdlog", "tomlplusplus", "libssh2", "libsystemd", "sqlite3", "sdbus-c++")


def stubs(root):
    """Where both sides of the bus API are, made from its description for as long as this program runs."""
    tool = shutil.which("sdbus-c++-xml2cpp")
    api = Path(root, "systemd/org.orchestratord.Orchestrator1.xml")
    if tool is None or not api.exists():
        return []
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, True)
    subprocess.run([tool, api, f"--adaptor={folder}/orchestrator1_adaptor.hpp",
                    f"--proxy={folder}/orchestrator1_proxy.hpp"], check=True, capture_output=True)
    return ["-isystem", folder]


def flags(root):
    known = [name for name in PACKAGES
             if subprocess.run(["pkg-config", "--exists", name], check=False).returncode == 0]
    found = subprocess.run(["pkg-config", "--cflags", *known],
                           check=True, capture_output=True, text=True).stdout.split()
    return ["-std=c++20", "-w", *found,
            "-DBOOST_ASIO_NO_DEPRECATED", "-DBOOST_ASIO_SEPARATE_COMPILATION",
            '-DORCHESTRATORD_VERSION=""', '-DORCHESTRATORD_ACTORS_DIR=""',
            '-DORCHESTRATORD_PROGRAMS_DIR=""', '-DORCHESTRATORD_SOURCE_DIR=""', f"-I{root}", *stubs(root)]


def in_parallel(function, items):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, items))


class Memory:
    """Remembers which sources passed, in $XDG_CACHE_HOME/orchestratord-lint. `base` is everything
    else that the answer depends on."""

    def __init__(self, tree, base):
        self.tree = tree
        self.base = hashlib.sha256(base).hexdigest()
        self.folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache",
                           "orchestratord-lint")
        self.texts = {}

    def passed(self, path):
        return (self.folder / self._key(path)).exists()

    def remember(self, paths):
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in paths:
                (self.folder / self._key(path)).touch()
        except OSError:
            pass  # a memory that cannot be written only costs time

    def _key(self, path):
        """Changes when the source, or anything of ours that it includes, does."""
        seen, todo = set(), [path]
        while todo:
            file = todo.pop()
            if file not in seen and (self.tree.root / file).is_file():
                seen.add(file)
                todo += self._read(file)[1]
        parts = [self.base, path] + [f"{file} {self._read(file)[0]}" for file in sorted(seen)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _read(self, file):
        if file not in self.texts:
            text = self.tree.text(file)
            targets = [target for _, target, quoted in includes(text) if quoted]
            self.texts[file] = (hashlib.sha256(text.encode()).hexdigest(), targets)
        return self.texts[file]
