"""What quotas of ext4 and xfs do to runs. Executed in a Linux of its own, by quota_test.py: quota_steps.py PROGRAMS ASAN"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ANN = 60918
CREW = 60919
HOME = Path("/home/ann")
SOURCE = HOME / "source"
KIB = 1024
PORT = 2222

# Of a small quota, so that little has to be written until it is reached.
LIMITS = """
[disk]
preflight_minimum = "60%"
warning_threshold = "55%"
runtime_minimum = "50%"
state_reserve = "0B"
[hosts.nas]
address = "127.0.0.1"
port = {port}
user = "ann"
known_hosts = "/home/ann/known_hosts"
identity = "/home/ann/key"
"""
JOB = """
[jobs.srv]
type = "rsync"
source = "/home/ann/source/"
target = "{target}/"
"""
# With something to be deleted nobody can say beforehand that it does not fit.
SLOW = 'delete = true\nbandwidth_limit = "{speed}MB"\n'


class Failed(Exception):
    pass


def must(*words, before=(), **options):
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    done = subprocess.run([*before, *words], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def prepare(programs, asan):
    for library in Path("/usr/lib").glob("*-linux-gnu*/libasan.so.*"):
        if asan:
            shutil.copy(asan, library)
    must("groupadd", "-g", str(CREW), "crew")
    must("useradd", "-u", str(CREW), "-g", "crew", "-M", "mate")
    must("useradd", "-u", str(ANN), "-m", "-s", "/bin/sh", "-p", "*", "-K", "HOME_MODE=0755", "ann")
    Path("/opt/orchestratord").symlink_to(programs)
    must("mkfs.ext4", "-q", "-O", "quota,project", "/dev/ubda")
    must("mkfs.xfs", "-q", "/dev/ubdb")
    for disk, name in (("/dev/ubda", "ext4"), ("/dev/ubdb", "xfs")):
        folder = Path("/mnt") / name
        folder.mkdir()
        must("mount", "-o", "usrquota,grpquota,prjquota", disk, str(folder))


def start_sshd():
    folder = Path("/run/sshd")
    folder.mkdir(exist_ok=True)
    for key in (folder / "host", HOME / "key"):
        must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    os.chown(HOME / "key", ANN, ANN)
    (HOME / "known_hosts").write_text(f"[127.0.0.1]:{PORT} {(folder / 'host.pub').read_text()}")
    shutil.copy(HOME / "key.pub", folder / "authorized_keys")
    (folder / "config").write_text(f"Port {PORT}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n"
                                   f"AuthorizedKeysFile {folder}/authorized_keys\n"
                                   "PidFile none\nStrictModes no\nUsePAM no\nMaxStartups 100\n")
    must("/usr/sbin/sshd", "-f", str(folder / "config"), "-E", str(folder / "log"))


def fill_source(files, each):
    """Zeros without room of their own, which rsync writes out."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    SOURCE.mkdir()
    for number in range(files):
        with open(SOURCE / f"file{number}", "wb") as file:
            file.truncate(each)


def target_on(file_system, name, old=True):
    """An empty directory that belongs to ann, or one in which there is something old."""
    folder = Path("/mnt") / file_system / name
    folder.mkdir()
    os.chown(folder, ANN, ANN)
    if old:
        (folder / "old").write_text("old")
        os.chown(folder / "old", ANN, ANN)
    return folder


def set_quota(file_system, kib, files=0, kind="-u", whose="ann"):
    must("setquota", kind, whose, "0", str(kib), "0", str(files), f"/mnt/{file_system}")


def once(job, root=False):
    """Exit code and output of a run, as ann."""
    config = Path("/etc/orchestrator-quota.toml")
    config.write_text(LIMITS.format(port=PORT) + job)
    state = "/var/tmp/state-of-root" if root else str(HOME / "state")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(HOME), "LANG": "C.UTF-8", "ORCHESTRATOR_CONFIG": str(config),
                   "ORCHESTRATOR_STATE": state, "ASAN_OPTIONS": "detect_leaks=0"}
    who = {} if root else {"user": ANN, "group": ANN, "extra_groups": [CREW]}
    done = subprocess.run(["/opt/orchestratord/orchestratord", "--once", "srv"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, env=environment, cwd="/", **who)
    return done.returncode, done.stdout + done.stderr


def want(end, code, *patterns):
    got, text = end
    missing = [pattern for pattern in patterns if not re.search(pattern, text)]
    if got != code or missing or "quota exceeded" in text.lower():
        raise Failed(f"exit code {got} instead of {code}, or not said: {missing}\n{text}")


def used_kib(file_system):
    said = must("quota", "-wp", "-f", f"/mnt/{file_system}", user=ANN)
    return int(said.split("\n")[2].split()[1].rstrip("*"))


def is_stopped_before_its_quota(file_system, where="here", prefix="", lines="", speed=3, **options):
    folder = target_on(file_system, "stopped")
    set_quota(file_system, 6000)
    fill_source(12, 1024 * KIB)
    of_quota = r" of the quota of user 'ann' left, less than "
    want(once(JOB.format(target=f"{prefix}{folder}") + SLOW.format(speed=speed) + lines, **options), 6,
         rf"'{folder}/' {where} has [0-9.]+ % \([0-9.]+ .iB\){of_quota}runtime_minimum = \"50%\"",
         rf"{of_quota}warning_threshold = \"55%\"", r"of the quota of user 'ann' free", "nothing left here",
         rf"about 12.0 MiB would come to '{folder}/' {where}, which has 2.9 MiB of the quota of user 'ann' above runtime_minimum")
    if not 1500 < used_kib(file_system) < 5900:
        raise Failed(f"{used_kib(file_system)} KiB of 6000 are used")
    print(used_kib(file_system), "KiB of 6000 are used")
    shutil.rmtree(folder)
    set_quota(file_system, 0)


def is_refused_when_it_cannot_fit(file_system, where="here", prefix=""):
    folder = target_on(file_system, "refused", old=False)
    set_quota(file_system, 6000)
    fill_source(2, 4096 * KIB)
    want(once(JOB.format(target=f"{prefix}{folder}")), 3,
         rf"about 8.0 MiB would come to '{folder}/' {where}, which has 2.9 MiB of the quota of user 'ann' above "
         r"runtime_minimum = \"50%\": 5.1 MiB too much", r"have the quota of user 'ann' raised")
    if list(folder.iterdir()):
        raise Failed("something was written")
    folder.rmdir()
    set_quota(file_system, 0)


def is_stopped_before_its_inodes_are_used_up(file_system, lines="", **options):
    folder = target_on(file_system, "inodes")
    set_quota(file_system, 0, 60)
    fill_source(100, 60 * KIB)
    want(once(JOB.format(target=folder) + SLOW.format(speed=1) + lines, **options), 6,
         r"has [0-9.]+ % of the inodes \([0-9]+\) of the quota of user 'ann' left, less than runtime_minimum")
    shutil.rmtree(folder)
    set_quota(file_system, 0)


def helper_says(who, folder, **options):
    """What the helper for local mounts says of the quotas there."""
    said = must("/opt/orchestratord/disk_probe", input=f"{who} {folder}\0", **options)
    if not said.startswith("space "):
        raise Failed(said)
    return " ".join(said.split()[7:])


def want_quota(text, wanted):
    if text != wanted:
        raise Failed(f"'{text}' instead of '{wanted}'")


def is_that_of_who_writes(file_system):
    folder = target_on(file_system, "who", old=False)
    set_quota(file_system, 6000, 60)
    set_quota(file_system, 5000, whose="root")
    used = used_kib(file_system) * KIB
    limits = f"user {ANN} {6000 * KIB} {used} 60 1"
    want_quota(helper_says("us", folder), "")
    want_quota(helper_says("us", folder, user=ANN, group=ANN), limits)
    want_quota(helper_says("none", folder, user=ANN, group=ANN), "")
    want_quota(helper_says("us", folder, user=CREW, group=CREW), "")
    # As root asks, and as a daemon does that may become somebody else.
    ann = f"{ANN}:{ANN}"
    want_quota(helper_says(ann, folder), limits)
    may_become = ("setpriv", f"--reuid={CREW}", f"--regid={CREW}", "--clear-groups", "--inh-caps=+setuid,+setgid",
                  "--ambient-caps=+setuid,+setgid")
    want_quota(helper_says(ann, folder, before=may_become), limits)
    want_quota(helper_says(ann, folder, user=CREW, group=CREW), "")
    folder.rmdir()
    for whose in ("ann", "root"):
        set_quota(file_system, 0, whose=whose)


def is_that_of_the_group_of_the_directory(file_system):
    folder = target_on(file_system, "group", old=False)
    set_quota(file_system, 6000, kind="-g", whose="crew")
    ann = {"user": ANN, "group": ANN, "extra_groups": [CREW]}
    want_quota(helper_says("us", folder, **ann), "")
    os.chown(folder, ANN, CREW)
    folder.chmod(0o2770)
    used = helper_says("us", folder, **ann).split()[3]
    want_quota(helper_says("us", folder / "not" / "there", **ann), f"group {CREW} {6000 * KIB} {used} 0 1")
    folder.rmdir()
    set_quota(file_system, 0, kind="-g", whose="crew")


def is_that_of_the_project_of_the_directory(file_system):
    disks = set()
    for number in (5, 6):
        folder = target_on(file_system, f"project{number}", old=False)
        must("chattr", "-p", str(number), "+P", str(folder))
        must("setquota", "-P", str(number), "0", "6000", "0", "0", f"/mnt/{file_system}")
        said = must("/opt/orchestratord/disk_probe", input=f"us {folder}\0", user=ANN, group=ANN).split()
        want_quota(said[2], str(6000 * KIB))
        disks.add(said[1])
    if len(disks) != 2:
        raise Failed(f"taken for one: {disks}")


def has_a_soft_limit_once_its_grace_is_over(file_system):
    folder = target_on(file_system, "soft", old=False)
    must("setquota", "-u", "ann", "1000", "0", "0", "0", f"/mnt/{file_system}")
    must("dd", "if=/dev/zero", f"of={folder}/large", "bs=1M", "count=2", "conv=fsync", user=ANN)
    want_quota(helper_says("us", folder, user=ANN, group=ANN), "")
    must("date", "-s", "+8 days")  # one more than the grace period has
    said = helper_says("us", folder, user=ANN, group=ANN).split()
    want_quota(" ".join(said[:3]), f"user {ANN} {1000 * KIB}")
    refused = subprocess.run(["dd", "if=/dev/zero", f"of={folder}/more", "bs=1M", "count=1"], user=ANN, capture_output=True, text=True,
                             check=False)
    if "quota exceeded" not in refused.stderr:
        raise Failed(f"the kernel still gives room: {refused.stderr}")
    shutil.rmtree(folder)
    set_quota(file_system, 0)


def is_nothing_when_it_is_only_counted():
    """No limit is enforced on the disk without its mount options."""
    must("umount", "/mnt/ext4")
    must("mount", "/dev/ubda", "/mnt/ext4")
    set_quota("ext4", 6000)
    want_quota(helper_says("us", "/mnt/ext4", user=ANN, group=ANN), "")


STEPS = (
    ("who writes, ext4", is_that_of_who_writes, ("ext4",), {}),
    ("who writes, xfs", is_that_of_who_writes, ("xfs",), {}),
    ("a group, ext4", is_that_of_the_group_of_the_directory, ("ext4",), {}),
    ("a group, xfs", is_that_of_the_group_of_the_directory, ("xfs",), {}),
    ("a project, ext4", is_that_of_the_project_of_the_directory, ("ext4",), {}),
    ("a project, xfs", is_that_of_the_project_of_the_directory, ("xfs",), {}),
    ("a soft limit, ext4", has_a_soft_limit_once_its_grace_is_over, ("ext4",), {}),
    ("a soft limit, xfs", has_a_soft_limit_once_its_grace_is_over, ("xfs",), {}),
    ("a run", is_stopped_before_its_quota, ("ext4",), {}),
    ("a run that cannot fit", is_refused_when_it_cannot_fit, ("xfs",), {}),
    ("a run to another machine", is_stopped_before_its_quota, ("xfs", "on 'nas'", "nas:"), {"speed": 1}),
    ("inodes of another user", is_stopped_before_its_inodes_are_used_up, ("ext4",), {"lines": 'run_as = "ann"\n', "root": True}),
    ("counted only", is_nothing_when_it_is_only_counted, (), {}),
)


def main(programs, asan):
    prepare(programs, asan)
    start_sshd()
    for name, step, words, options in STEPS:
        began = time.monotonic()
        try:
            step(*words, **options)
        except Failed as failure:
            print(f"FAILED {name}: {failure}", flush=True)
            return 1
        print(f"ok {time.monotonic() - began:5.1f} s  {name}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
