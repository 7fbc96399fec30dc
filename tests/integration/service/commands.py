"""Commands in a machine, wherever it is."""

import subprocess

PATIENCE = 120  # seconds for anything: it measures nothing, and turns a hang into a failure


def with_nothing_inherited(words, user=None, more=()):
    """To execute so that a command has these variables and `more` of them alone, as another user if need be."""
    become = ["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups"] if user else []
    return ["env", "-i", "HOME=/root", "TERM=dumb", "LANG=C.UTF-8",
            "PATH=/opt/orchestratord:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *more, *become, *words]


class Commands:
    """Of a machine that says by `entering(words, user)` what to execute so that a command runs in it."""

    def inside(self, *words, user=None, text_in=None):
        """Runs a command in there. Its output is text; it may fail."""
        return subprocess.run(self.entering(words, user), input=text_in, capture_output=True, text=True,
                              timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL if text_in is None else None)

    def wait_for(self, *words, text):
        """Runs a command in there until it has printed a line with that text. It may go on; nobody reads it then."""
        with subprocess.Popen(self.entering(("timeout", str(PATIENCE), *words)), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True) as process:
            found = any(text in line for line in process.stdout)
            process.kill()
            return found

    def write(self, path, text):
        """A file in there, readable for all."""
        done = self.inside("sh", "-c", 'umask 022; mkdir -p "$(dirname "$1")"; cat >"$1"', "sh", path, text_in=text)
        if done.returncode != 0:
            raise RuntimeError(f"cannot write {path}: {done.stderr}")
