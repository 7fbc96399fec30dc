R"sh(" # This line and the last one are for C++, to which the file is a string (warden_script.cpp).
# The warden, part 5, sent only where the host has `sudo = true`: what belongs to root. It replaces functions of the other
# parts. ADR 0008 has the reasons, sudo_rules.cpp the rules of sudoers that match what is asked for here.
#
# Of root's processes those in our groups are seen in /proc/PID/stat; those that left them by their cookie, if `sudo -n
# grep` may look at environments. A signal of ours reaches sudo itself, which passes it on to its child. KILL must not
# reach it: it cannot be passed on, and the child would be nobody's.

uid=$(id -u)
since=
may_kill=
may_look=
hides_others=
# sudo takes its time.
pass_time=40
root_cookies='ORCHESTRATOR_(COMMAND|CONNECTION)=[0-9a-f.]*'

# Where the program $1 is, for rules with absolute paths: $place.
find_program() {
  for place in /usr/bin/$1 /bin/$1 /usr/sbin/$1 /sbin/$1; do
    [ -x $place ] && return
  done
  place=/usr/bin/$1
}

# --- What root may do ------------------------------------------------------------------------------------------------

kill_as_root() {
  sudo -n $kill_program -$1 -- $2 </dev/null >/dev/null
}

# grep_as_root FILE…: the cookies of processes whose environments are not ours to read, in $found_by_root. It carries a
# mark as every scan: sudo has let it through.
grep_as_root() {
  found_by_root=$(
    ORCHESTRATOR_COMMAND=$mark ORCHESTRATOR_CONNECTION=$mark \
      sudo -n $grep_program -aosHE "$root_cookies" /proc/self/environ $* </dev/null
  )
  for cookie_name in COMMAND CONNECTION; do
    case $found_by_root in
    *"/proc/self/environ:ORCHESTRATOR_$cookie_name=$mark"*) ;;
    *) return 1 ;;
    esac
  done
}

# Whether /proc shows what is others', and since when we are here: $hides_others, $since.
see_proc() {
  [ "$has_proc" ] || return
  [ -e /proc/1/stat ] || {
    hides_others=y
    return
  }
  read -r line </proc/$$/stat || return
  line=${line##*) }
  set -- $line
  shift 19
  since=$1
}

# What of it works: "no-sudo", "no-kill", "no-grep", "no-cookie" in $missing, with the paths that rules have to name.
ask_sudo() {
  find_program kill
  kill_program=$place
  find_program grep
  grep_program=$place
  see_proc
  missing="$missing kill:$kill_program grep:$grep_program"
  command -v sudo >/dev/null || {
    missing="$missing no-sudo"
    return
  }
  if kill_as_root 0 $$; then
    may_kill=y
  else
    missing="$missing no-kill"
  fi
  if grep_as_root; then
    [ "$since" ] && may_look=y
  elif sudo -n -l $grep_program -aosHE "$root_cookies" /proc/self/environ </dev/null >/dev/null; then
    missing="$missing no-cookie"
  else
    missing="$missing no-grep"
  fi
}

say_hello() {
  find_guarantee
  [ "$uid" = 0 ] || {
    ask_sudo
    [ "$may_kill" ] && [ ! "$hides_others" ] && [ "$may_look$scope" ] || guarantee=group
  }
  echo "hello 0 $guarantee $boot_id $missing"
}

# --- Looking ---------------------------------------------------------------------------------------------------------

# Environments that we cannot read of those who started since our connection did, in $closed. Without the rest a look of
# root's would have hundreds of arguments, all of which sudo logs.
find_closed() {
  closed=
  for row in $(
    set +f
    sed -n 's/^\([0-9]*\).*) [^ZX]\( [-0-9]*\)\{18\} \([0-9]*\) .*/\1:\3/p' /proc/[0-9]*/stat
  ); do
    [ "${row#*:}" -lt "$since" ] || [ -r /proc/${row%%:*}/environ ] || closed="$closed /proc/${row%%:*}/environ"
  done
}

look() {
  find_members
  [ "$1" ] && find_loaders
  looked=
  scan && looked=y
  [ "$may_look" ] || return 0
  find_closed
  [ "$closed" ] || return 0
  grep_as_root $closed || looked=
  cookies_seen=$cookies_seen$newline$found_by_root
}

# Root's are in no group of ours by their cookie alone: the table has to have all.
make_table() {
  table_of_all=$has_proc
  [ "$has_proc" ] || return 0
  table=$newline$(
    set +f
    sed -n 's/^\([0-9]*\).*) [^ZX] \([0-9]*\) \([0-9]*\) .*/ \1 \2 \3 /p' /proc/[0-9]*/stat
  )$newline
}

# Where others' processes are not shown, nor is sudo: a group that takes or refuses signals has somebody in it.
is_moving() {
  [ "$has_proc" ] || return 0
  [ "$hides_others" ] && return 0
  case $table in
  *" $1 $newline"*) return 0 ;;
  esac
  return 1
}

may_be_ours() {
  is_group $1 -
}

# --- Signals ---------------------------------------------------------------------------------------------------------

# Whether process $1 is ours and acts as somebody else: sudo.
is_sudo() {
  real= effective=
  while read -r key real effective rest; do
    [ "$key" = Uid: ] && break
  done </proc/$1/status
  [ "$real" = "$uid" ] && [ "$effective" != "$uid" ]
}

# Sorts those of $1, processes and -GROUPs: $ours, $roots, $sudos among ours, and $not_told: those of root's whom no sudo
# among them tells.
sort_out() {
  ours= roots= sudos= not_told= pairs=
  for row in $(
    set +f
    sed -n 's/^\([0-9]*\).*) [^ZX] \([0-9]*\) \([0-9]*\) .*/\1:\2:\3/p' /proc/[0-9]*/stat
  ); do
    member=${row%%:*}
    case " $1 " in
    *" -${row##*:} "* | *" $member "*) ;;
    *) continue ;;
    esac
    if kill -0 $member; then
      ours="$ours $member"
      is_sudo $member && sudos="$sudos $member "
    else
      roots="$roots $member"
      pairs="$pairs ${row%:*}"
    fi
  done
  for row in $pairs; do
    case $sudos in
    *" ${row#*:} "*) ;;
    *) not_told="$not_told ${row%%:*}" ;;
    esac
  done
}

# Words of $1 that are not in $2: $others.
leave_out() {
  others=
  for member in $1; do
    case " $2 " in
    *" $member "*) ;;
    *) others="$others $member" ;;
    esac
  done
}

# One call of sudo serves all stops of a pass: "SIGNAL:TARGET" each.
for_root=

send() {
  [ $1 = KILL ] && {
    kill_now "$2"
    return 0
  }
  kill -$1 $2
  kill -CONT $2
  for target in $2; do
    for_root="$for_root $1:$target"
  done
}

# At once what is certainly ours; groups may have sudo in them.
kill_now() {
  for target in $1; do
    case $target in
    -*) for_root="$for_root KILL:$target" ;;
    *)
      if kill -0 $target && [ "$has_proc" ] && ! is_sudo $target; then
        kill -KILL $target
      else
        for_root="$for_root KILL:$target"
      fi
      ;;
    esac
  done
}

end_of_pass() {
  while [ "$for_root" ]; do
    set -- $for_root
    sent=${1%%:*} targets= later=
    for target in $for_root; do
      case $target in
      $sent:*) targets="$targets ${target#*:}" ;;
      *) later="$later $target" ;;
      esac
    done
    for_root=$later
    if [ $sent = KILL ]; then
      kill_all_of "$targets"
    else
      tell_root $sent "$targets"
    fi
  done
}

tell_root() {
  [ "$has_proc" ] && [ "$may_kill" ] || return
  sort_out "$2"
  [ "$not_told" ] && {
    kill_as_root $1 "$not_told"
    kill_as_root CONT "$not_told"
  }
}

# At one stroke where root is allowed to; where not, all but sudo. Without /proc nobody knows who is sudo.
kill_all_of() {
  [ "$has_proc" ] && [ "$uid" != 0 ] || {
    [ "$may_kill" ] && kill_as_root KILL "$1" || kill -KILL $1
    return
  }
  sort_out "$1"
  if [ -z "$roots$sudos$hides_others" ]; then
    kill -KILL $1
  elif [ "$may_kill" ] && [ "$roots$hides_others" ]; then
    kill_as_root KILL "$1"
  else
    [ "$may_kill" ] || because=sudo
    leave_out "$ours" "$sudos"
    [ -z "$others" ] || kill -KILL $others
  fi
}
#)sh"
