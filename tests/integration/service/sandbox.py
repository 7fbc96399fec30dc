"""What jobs of the service can do, as it is shipped and with each drop-in, and secrets that stay secret."""

import re

from asking import Failed, begin, configure, main_pid, must, use_drop_ins, want

# What each line tries, and who can: nobody without a drop-in but where it says "always".
PROBE = r"""
try() { what=$1; shift; if "$@" >/dev/null 2>&1; then echo "$what: yes"; else echo "$what: no"; fi; }
echo begun
try write-state touch /var/lib/orchestratord/probe
try write-etc touch /etc/probe
try write-usr touch /usr/probe
try write-open touch /srv/open/probe
try read-others cat /srv/secret
try read-home cat /home/alice/readable
try read-home-secret cat /home/alice/secret
try write-home touch /home/alice/open/probe
try write-home-closed touch /home/alice/probe
try become-root setpriv --reuid=0 true
try become-other setpriv --reuid=65534 --regid=65534 --clear-groups true
try kill-others sh -c 'read pid </run/other.pid; kill -0 $pid'
try see-others sh -c 'read pid </run/other.pid; test -e /proc/$pid/stat'
try mount mount -t tmpfs none /mnt
try unshare unshare --user true
try sudo sudo -n id
try ask-quota python3 -c 'import ctypes; c = ctypes.CDLL(None, use_errno=True); c.syscall(443, -1, 0, 0, 0); exit(ctypes.get_errno() != 9)'
echo ended
"""
# quotactl_fd of no descriptor (EBADF): the helpers of the disk monitor need that call.
ALWAYS = {"write-state", "ask-quota"}

CONFIGURATION = f"""
[jobs.probe]
type = "command"
shell = '''{PROBE}'''
[jobs.slow]
type = "command"
shell = "echo begun; sleep 3600"
[jobs.where]
type = "command"
command = ["cat", "/proc/self/cgroup"]
"""

SECRET_JOB = """
[jobs.secret]
type = "command"
environment = { TOKEN = "${credential:nas-pass}" }
shell = "echo begun; echo it is $TOKEN; printf %s \\"$TOKEN\\" | wc -c; sleep 3600"
"""
SECRET = "tr0ub4dor-and-3-more"

OTHERS_JOB = """
[jobs.other]
type = "command"
run_as = "nobody"
stop = ["TERM", "200ms", "KILL"]
directory = "/"
shell = '''
echo begun; id -un; echo "home $HOME"; grep CapEff /proc/self/status
setsid sh -c 'trap "" TERM; setsid sleep 3600 & sleep 3600' &
sleep 3600'''
"""


def prepare(machine):
    machine.write("/srv/secret", "secret\n")
    machine.write("/home/alice/readable", "readable\n")
    machine.write("/home/alice/secret", "secret\n")
    machine.write("/etc/sudoers.d/test", "orchestratord ALL=(root) NOPASSWD: /usr/bin/id\nDefaults !requiretty\n")
    must(machine, "sh", "-c", "chmod 600 /srv/secret /home/alice/secret; chmod 440 /etc/sudoers.d/test; "
         "mkdir -m 777 /home/alice/open /srv/open; chmod 777 /home/alice/open /srv/open")
    must(machine, "systemd-run", "--quiet", "--unit=other", "sleep", "infinity")
    machine.write("/run/other.pid", must(machine, "systemctl", "show", "-p", "MainPID", "--value", "other"))


def probe(machine, wanted, perhaps=frozenset()):
    """Runs the probe, and wants that exactly these succeed, and those that always do; `perhaps` may, or may not."""
    must(machine, "orchestratorctl", "run", "probe")
    log = must(machine, "orchestratorctl", "logs", "probe")
    want(log, "begun")
    want(log, "ended")
    got = set(re.findall(r"(?m)^\S+ +probe: (\S+): yes$", log))
    if got - perhaps != ALWAYS | wanted:
        raise Failed(f"wanted {sorted(ALWAYS | wanted)}, got {sorted(got)}:\n{log}")


def steps(source):
    def lets_jobs_do_little(machine):
        prepare(machine)
        use_drop_ins(machine, source)
        configure(machine, CONFIGURATION)
        probe(machine, set())

    def has_a_keeper_ready_in_the_cgroup_of_the_next_command(machine):
        must(machine, "orchestratorctl", "run", "where")
        ready = must(machine, "sh", "-c", "cd /sys/fs/cgroup/system.slice/orchestratord.service; echo orchestrator-*").strip()
        want(ready, r"\Aorchestrator-\d+-\d+-\d+\Z")
        must(machine, "orchestratorctl", "run", "where")
        want(must(machine, "orchestratorctl", "logs", "where"), f"orchestratord.service/{ready}\n")

    def lets_jobs_read_everything_with_read_all(machine):
        use_drop_ins(machine, source, "read-all.conf")
        probe(machine, {"read-others", "read-home", "read-home-secret"})

    def lets_jobs_write_in_homes_with_home(machine):
        use_drop_ins(machine, source, "home.conf")
        probe(machine, {"read-home", "write-home"})

    def lets_jobs_use_sudo_with_sudo(machine):
        use_drop_ins(machine, source, "sudo.conf")
        # Without the unit's filter of system calls it is for the kernel to say who may have a namespace.
        probe(machine, {"sudo"}, perhaps={"unshare"})

    def refuses_run_as_without_its_drop_in(machine):
        use_drop_ins(machine, source)
        machine.write("/etc/orchestratord/orchestrator.toml", CONFIGURATION + OTHERS_JOB)
        refused = must(machine, "orchestratorctl", "reload", code=2)
        want(refused, r"jobs.other.run_as: cannot run commands as user 'nobody': .*lacks CAP_SETUID, CAP_SETGID, CAP_KILL")
        want(refused, "install the drop-in run-as.conf")

    def runs_jobs_as_others_with_run_as(machine):
        use_drop_ins(machine, source, "run-as.conf")
        run = begin(machine, "other")
        must(machine, "orchestratorctl", "cancel", run)
        log = must(machine, "orchestratorctl", "logs", run)
        for text in (r"nobody$", r"home /nonexistent$", r"CapEff:\s+0+$"):
            want(log, f"(?m){text}")
        want(must(machine, "orchestratorctl", "show", run), "cancelled")
        must(machine, "pgrep", "-u", "nobody", "sleep", code=1)
        # Its own commands can do no more than before, but see who else is there.
        probe(machine, {"see-others"})

    def ends_what_runs_as_another_when_it_is_killed(machine):
        begin(machine, "other")
        must(machine, "kill", "-KILL", main_pid(machine))
        must(machine, "orchestratorctl", "reconcile")
        must(machine, "pgrep", "-u", "nobody", "sleep", code=1)

    def keeps_credentials_secret(machine):
        machine.write("/etc/orchestratord/orchestrator.toml", CONFIGURATION + SECRET_JOB)
        machine.write("/etc/orchestratord/credentials/nas-pass", SECRET + "\n")
        machine.write("/root/pattern", SECRET + "\n")
        must(machine, "sh", "-c", "chmod 700 /etc/orchestratord/credentials; chmod 600 /etc/orchestratord/credentials/nas-pass")
        use_drop_ins(machine, source, "credentials.conf")
        run = begin(machine, "secret")
        must(machine, "journalctl", "--sync")
        for place in ("cat /proc/[0-9]*/cmdline", "journalctl --no-pager -o export -u orchestratord", "orchestratorctl tasks",
                      f"orchestratorctl show {run} --json", f"orchestratorctl logs {run}", "orchestratorctl runs --json",
                      f"busctl introspect org.orchestratord.Orchestrator1 /org/orchestratord/Orchestrator1/run/{run}",
                      "tar -c /var/lib/orchestratord", "systemctl show orchestratord"):
            must(machine, "sh", "-c", f"{place} 2>/dev/null | grep -aqFf /root/pattern", code=1)
        must(machine, "orchestratorctl", "cancel", run)
        log = must(machine, "orchestratorctl", "logs", run)
        want(log, r"it is \*\*\*")
        want(log, rf"(?m)\b{len(SECRET)}$")

    return (
        lets_jobs_do_little,
        has_a_keeper_ready_in_the_cgroup_of_the_next_command,
        lets_jobs_read_everything_with_read_all,
        lets_jobs_write_in_homes_with_home,
        lets_jobs_use_sudo_with_sudo,
        refuses_run_as_without_its_drop_in,
        runs_jobs_as_others_with_run_as,
        ends_what_runs_as_another_when_it_is_killed,
        keeps_credentials_secret,
    )
