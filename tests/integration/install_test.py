"""What an installation puts where: with both builds, below DESTDIR and nowhere else, for the prefix.

install_test.py BUILD. BUILD is a build directory of CMake or Meson, with everything built.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PREFIX = "/usr/local"

INSTALLED = """
bin/orchestratorctl
bin/orchestratord
lib/systemd/system/orchestratord-heartbeat@.service
lib/systemd/system/orchestratord-mail@.service
lib/systemd/system/orchestratord.service
lib/systemd/system-generators/orchestratord-generator
lib/systemd/user/orchestratord.service
lib/systemd/user-generators/orchestratord-generator
lib/sysusers.d/orchestratord.conf
libexec/orchestratord/disk_probe
libexec/orchestratord/keeper
libexec/orchestratord/rsync_shell
share/bash-completion/completions/orchestratorctl
share/bash-completion/completions/orchestratord
share/dbus-1/interfaces/org.orchestratord.Orchestrator1.xml
share/dbus-1/services/org.orchestratord.Orchestrator1.service
share/dbus-1/system-services/org.orchestratord.Orchestrator1.service
share/dbus-1/system.d/org.orchestratord.Orchestrator1.conf
share/fish/vendor_completions.d/orchestratorctl.fish
share/fish/vendor_completions.d/orchestratord.fish
share/man/man1/orchestratorctl.1
share/man/man1/orchestratord.1
share/man/man5/orchestrator.toml.5
share/man/man5/org.orchestratord.Orchestrator1.5
share/orchestratord/drop-ins/credentials.conf
share/orchestratord/drop-ins/heartbeat.conf
share/orchestratord/drop-ins/home.conf
share/orchestratord/drop-ins/mail.conf
share/orchestratord/drop-ins/read-all.conf
share/orchestratord/drop-ins/run-as.conf
share/orchestratord/drop-ins/sudo.conf
share/polkit-1/actions/org.orchestratord.policy
share/zsh/site-functions/_orchestratorctl
share/zsh/site-functions/_orchestratord
""".split()

# What names other files: by the place where they will be, not by that where they are put first.
WITH_PATHS = ("lib/systemd/system/orchestratord.service",
              "lib/systemd/user/orchestratord.service",
              "share/dbus-1/system-services/org.orchestratord.Orchestrator1.service")


def install(build, destination):
    environment = dict(os.environ, DESTDIR=str(destination))
    is_meson = (build / "meson-info").is_dir()
    words = (["meson", "install", "-C", str(build), "--no-rebuild"] if is_meson else
             ["cmake", "--install", str(build), "--prefix", PREFIX])
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return is_meson


def manifest(build):
    """What `xargs rm` would take away again."""
    return [line for line in (build / "install_manifest.txt").read_text().splitlines() if line]


def main(build):
    mistakes = []
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "root"
        is_meson = install(build, root)
        found = {"/" + str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}
        wanted = {f"{PREFIX}/{name}" for name in INSTALLED}
        mistakes += [f"not installed: {path}" for path in sorted(wanted - found)]
        mistakes += [f"outside of the prefix: {path}" for path in sorted(found) if not path.startswith(PREFIX + "/")]
        for name in WITH_PATHS:
            if directory in (root / PREFIX[1:] / name).read_text():
                mistakes.append(f"{name} has DESTDIR in it")
        if not is_meson and set(manifest(build)) != found:
            mistakes.append("install_manifest.txt has other paths than were installed, without DESTDIR")
    print("\n".join(mistakes) or f"{len(found)} files, as they should be")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
