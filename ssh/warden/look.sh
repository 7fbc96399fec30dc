R"sh(" # This line and the last one are for C++, to which the file is a string (warden_script.cpp).
# The warden, part 1: looking at processes. Read by POSIX sh on another machine; sent without comments and indentation.
#
# Given are: connection (its id), tick (seconds, as sleep takes them), tick_limit, sweep_grace and sweep_limit (ms),
# `$0` (a nonce), and from the loader `g`, our process group.
#
# Results of functions are in variables, because $(…) starts a process: `found`, `others`, and so on, as each one says.

set -f
umask 077
LC_ALL=C
export LC_ALL
# What sshd, a terminal or a pipe without reader could send: the sweep must get to its end.
trap '' HUP INT QUIT TERM PIPE ALRM USR1 USR2 TSTP TTIN TTOU
exec 2>/dev/null

newline='
'
case $g in
'' | *[!0-9]*) g=$$ ;;
esac
own_group=$g
boot_id=-
[ -r /proc/sys/kernel/random/boot_id ] && read -r boot_id </proc/sys/kernel/random/boot_id

# The groups of the connection's commands, "GROUP:START" each.
announced=
# Milliseconds that were waited, and how long the next nap is.
waited=0
nap_time=10
# What a pass itself takes, about.
pass_time=5

# --- Looking at all processes --------------------------------------------------------------------------------------

mark=$0.00000000
cookies="ORCHESTRATOR_(COMMAND=[0-9a-f]{32}[.][0-9a-f]{8}|CONNECTION=$connection)"
cookies_seen=

# The cookies of all processes, whoever waits for them, as "/proc/PID/environ:NAME=VALUE" in $cookies_seen. The grep
# itself carries a mark: a scan that could not be made (no memory for a process) must not look like one that found
# nothing.
scan() {
  see_youngest
  scanned_to=$youngest
  cookies_seen=$(
    set +f
    ORCHESTRATOR_COMMAND=$mark grep -aosE "$cookies" /proc/self/environ /proc/[0-9]*/environ
  )
  case $cookies_seen in
  *"/proc/self/environ:ORCHESTRATOR_COMMAND=$mark"*) return 0 ;;
  esac
  return 1
}

# Loaders that are not yet their program are known by their $0, which begins with the connection: their "/proc/PID/cmdline"
# in $loaders.
find_loaders() {
  loaders=$(
    set +f
    grep -alsF $connection /proc/[0-9]*/cmdline
  )
}

# Lines " PID PARENT GROUP " of living processes in $table: of those that are named, of all if $table_of_all is set.
make_table() {
  table=$newline
  stats=
  for pid in $*; do
    stats="$stats /proc/$pid/stat"
  done
  [ "$stats$table_of_all" ] || return 0
  [ "$table_of_all" ] && set +f && stats="/proc/[0-9]*/stat"
  table=$newline$(sed -n 's/^\([0-9]*\).*) [^ZX] \([0-9]*\) \([0-9]*\) .*/ \1 \2 \3 /p' $stats)$newline
  set -f
}

find_members() {
  [ "$scope" ] && members=$(cat "$scope/cgroup.procs")
}

# Everything but the table. The order matters: a process goes from loader to program, never back (ADR 0004).
# $looked: the scan could be made.
look() {
  find_members
  [ "$1" ] && find_loaders
  looked=
  scan && looked=y
}

words_of() {
  tr '\0' ' ' <$1
}

# --- Chasing what forks faster than a scan ---------------------------------------------------------------------------

# A scan takes longer than one link of a chain may live that forks on and on into new sessions. But whoever was missed is
# dead by now, or has a pid that was allocated since the scan began, and so have all its children.

# The pid that was given out last, in $youngest; empty where that cannot be seen.
see_youngest() {
  youngest=
  read -r rest rest rest rest youngest </proc/loadavg
  case $youngest in
  '' | 0 | *[!0-9]*) youngest= ;;
  esac
}

# Whether newcomer $1 needs no look: gone by now, or started by somebody who was there before the scan and has nothing to
# do with us. A link of a chain is an orphan, or the child of another link. Starts no process: where many wardens look,
# they would keep each other busy.
is_explained() {
  read -r line </proc/$1/stat || return 0
  line=${line##*) }
  set -- $1 $line
  case $2 in
  [ZX]) return 0 ;;
  esac
  case $above in
  *" $3 "*) return 1 ;;
  esac
  case $everybody in
  *"/proc/$3/environ:"*) return 1 ;;
  esac
  if [ "$3" -gt "$scan_began_at" ]; then
    case $explained in
    *" $3 "*) ;;
    *) return 1 ;;
    esac
  fi
  explained="$explained $1 "
}

# Who came since $scanned_to, which moves on: $newcomer if anybody did, and the $environments of those that need a look.
# Fails when the pids began anew or were too many.
find_newcomers() {
  newcomer=
  environments=
  see_youngest
  [ "$youngest" ] && [ "$youngest" -ge "$scanned_to" ] && [ $((youngest - scanned_to)) -le 1000 ] || return 1
  while [ "$scanned_to" -lt "$youngest" ]; do
    scanned_to=$((scanned_to + 1))
    [ "$scanned_to" = "$looker" ] && continue
    newcomer=y
    is_explained $scanned_to || environments="$environments /proc/$scanned_to/environ"
  done
  return 0
}

# After a scan: looks at newcomers alone, again and again, until nobody came any more, or six looks have found nobody (on
# a machine where others start programs all the time). Who is in $cookies_seen is signalled at once, by $1.
chase() {
  everybody=$cookies_seen
  scan_began_at=$scanned_to
  explained=
  looker=
  looks=0
  rounds=0
  $1
  [ "$scanned_to" ] || return 0
  while [ $looks -lt 6 ] && [ $rounds -lt 100 ] && find_newcomers; do
    rounds=$((rounds + 1))
    [ "$newcomer" ] || break
    [ "$environments" ] || continue
    looks=$((looks + 1))
    cookies_seen=$(
      read -r itself rest </proc/self/stat
      echo "$itself"
      exec grep -aosE "$cookies" $environments
    )
    looker=${cookies_seen%%"$newline"*}
    case $cookies_seen in
    *"$newline"*) cookies_seen=${cookies_seen#*"$newline"} ;;
    *) continue ;;
    esac
    everybody=$everybody$newline$cookies_seen
    looks=0
    $1
  done
  cookies_seen=$everybody
}
#)sh"
