# The part of tools/quickstart that shows the service, under a systemd that is PID 1 of namespaces of its own. Sourced.
#
# The machine in there is a throw-away overlay of this one; everything of it goes when its PID 1 does.

[ "$(id -u)" -eq 0 ] || die '--systemd makes namespaces, which needs root'
cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$cgroups" ] && [ -w "$cgroups" ] || die '--systemd needs cgroup v2, and the right to make groups in it'

room=$(mktemp -d)
group=$cgroups/orchestratord-quickstart-$$
outer=
init=

# PID 1 takes everything in there along.
leave_machine() {
  [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || true
  [ -z "$outer" ] || { kill -KILL "$outer" 2>/dev/null; wait "$outer" 2>/dev/null; } || true
  for _ in $(seq 100); do
    # Groups go a moment after their last process.
    ! find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || break
    sleep 0.1
  done
  rm -rf "$room"
}
trap leave_machine EXIT

# A command in there.
inside() {
  (
    echo "$BASHPID" >"$group/quickstart.scope/cgroup.procs"
    exec nsenter -t "$init" -m -u -i -n -p -C -r -w env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
      ${NO_COLOR:+NO_COLOR="$NO_COLOR"} PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
  )
}
show() {
  printf '$ %s\n' "$*"
  inside "$@"
}

step '3. a machine of its own, with systemd as PID 1'
mkdir -p "$group/init.scope" "$group/quickstart.scope" "$room/room"
(
  echo "$BASHPID" >"$group/cgroup.procs"
  exec setsid unshare --mount --propagation private --pid --uts --ipc --net --cgroup --fork --kill-child=KILL \
    sh tests/integration/service/boot.sh "$room/room" "$programs"
) </dev/null >"$room/console" 2>&1 &
outer=$!
for _ in $(seq 300); do
  kill -0 "$outer" 2>/dev/null || break
  init=$(cut -d' ' -f1 "/proc/$outer/task/$outer/children" 2>/dev/null || true)
  [ -z "$init" ] || [ ! -e "/proc/$init/root/run/systemd/private" ] || break
  sleep 0.1
done
{ [ -n "$init" ] && [ -e "/proc/$init/root/run/systemd/private" ]; } || { cat "$room/console" >&2; die 'systemd did not start'; }
inside systemctl is-system-running --wait >/dev/null || true  # "degraded" is fine
echo "systemd $(inside systemctl --version | awk 'NR == 1 { print $2 }') runs there"

step '4. installed in there, as the README says'
DESTDIR=$room/installed cmake --install build/release --prefix /usr/local >/dev/null
tar -C "$room/installed" -c . | inside tar -C / --no-same-owner -x
inside ln -s /usr/local/share/dbus-1/system.d/org.orchestratord.Orchestrator1.conf /etc/dbus-1/system.d/
inside ln -s /usr/local/share/polkit-1/actions/org.orchestratord.policy /usr/share/polkit-1/actions/
inside sh -s <<'TEXT'
set -eu
umask 022
mkdir -p /etc/orchestratord /srv/demo
for number in 1 2 3 4 5 6; do head -c 20000000 /dev/urandom >"/srv/demo/large-$number.bin"; done
cat >/etc/orchestratord/orchestrator.toml <<'TOML'
[disk]
preflight_minimum = "1%"
warning_threshold = "1%"
runtime_minimum   = "0%"

[jobs.demo]
description     = "some files, to where the service may write"
type            = "rsync"
source          = "/srv/demo/"
target          = "/var/lib/orchestratord/arrived/"
delete          = true
bandwidth_limit = "20MB"
TOML
TEXT
show systemd-sysusers
show systemctl daemon-reload
show systemctl reload dbus

step '5. nothing runs; the bus starts the service when somebody asks'
show systemctl is-active orchestratord || true
show orchestratorctl list
show systemctl is-active orchestratord

step '6. a run, with progress'
show orchestratorctl run demo
inside diff -r /srv/demo /var/lib/orchestratord/arrived || die 'the two sides differ'
echo 'both sides are equal'

step '7. a run that is cancelled'
inside rm -rf /var/lib/orchestratord/arrived
run=$(inside orchestratorctl run demo --no-wait)
echo "\$ orchestratorctl run demo --no-wait"
echo "$run"
while IFS= read -r line; do
  case $line in *item_began*'"sync"'*) break ;; esac
done < <(inside orchestratorctl logs "$run" -f --json)
show systemctl status --no-pager --lines=0 orchestratord | sed -n 1,20p
show orchestratorctl cancel demo
show orchestratorctl status "$run"
! inside pgrep rsync || die 'there is an rsync left'
echo 'no rsync is left'

step '8. a job at its time'
inside sh -s <<'TEXT'
set -eu
umask 022
cat >>/etc/orchestratord/orchestrator.toml <<'TOML'

[jobs.tick]
type     = "command"
command  = ["date"]
schedule = { calendar = "*-*-* *:*:0/2" }  # every other second
TOML
# systemd may be a minute late, to wake up for several timers at once; here nobody has a minute.
mkdir -p /etc/systemd/system/orchestrator-job-tick.timer.d
printf '[Timer]\nAccuracySec=100ms\n' >/etc/systemd/system/orchestrator-job-tick.timer.d/soon.conf
TEXT
show orchestratorctl reload
show systemctl list-timers --no-pager 'orchestrator-job-*'
while IFS= read -r line; do
  case $line in *Finished*) break ;; esac
done < <(inside journalctl --no-pager -n 0 -f -u orchestrator-job-tick.service)
show systemctl stop orchestrator-job-tick.timer
show orchestratorctl show tick

step '9. the journal'
inside journalctl --sync
show journalctl --no-pager -o short "ORCHESTRATOR_RUN=$run"
inside journalctl --no-pager -o verbose "ORCHESTRATOR_RUN=$run" | grep -o 'ORCHESTRATOR_[A-Z]*=.*' | sort | uniq -c

step 'That was all of it'
cat <<'TEXT'
The machine and everything in it is gone. To have the service on this one: README.md, "As a service".
TEXT
