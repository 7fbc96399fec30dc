R"sh(" # This line and the last one are for C++, to which the file is a string (warden_script.cpp).
# The warden, part 2: where we are, and who is who.

# --- Where we are ----------------------------------------------------------------------------------------------------

# The pids of ourselves and all above us, " PID " each, in $above.
find_those_above() {
  above=
  pid=$$
  while [ "$has_proc" ] && [ "$pid" -gt 1 ] && read -r line </proc/$pid/stat; do
    line=${line##*) }
    set -- $line
    pid=$2
    above="$above $pid "
  done
}

# The folder of our cgroup, if that is a session scope as pam_systemd makes them and its members can be read: $scope.
find_scope() {
  while IFS=: read -r hierarchy controllers path; do
    case $hierarchy:$controllers in
    0:) kind=cgroup2 ;;
    *:name=systemd) kind=name=systemd ;;
    *) continue ;;
    esac
    case $path in
    */session-*.scope) ;;
    *) continue ;;
    esac
    while read -r line; do
      case "$line," in
      *" - cgroup2 "*) mounted=cgroup2 ;;
      *" - cgroup "*[\ ,]name=systemd,*) mounted=name=systemd ;;
      *) continue ;;
      esac
      [ $kind = $mounted ] || continue
      set -- $line
      folder=$5
      case $4 in
      /) folder=$folder$path ;;
      *)
        case $path in
        $4/*) folder=$folder${path#"$4"} ;;
        *) continue ;;
        esac
        ;;
      esac
      [ -r "$folder/cgroup.procs" ] && {
        scope=$folder
        return
      }
    done </proc/self/mountinfo
  done </proc/self/cgroup
}

# The scope is ours alone only if the uppermost of those above us that is in it serves one connection; a listener in it
# means that the scope is somebody's whole login.
check_scope() {
  find_members
  uppermost=none
  for pid in $above; do
    case "$newline$members$newline" in
    *"$newline$pid$newline"*) uppermost=$pid ;;
    esac
  done
  case $(words_of /proc/$uppermost/cmdline) in
  *listener*) scope= ;;
  sshd*:\ *) ;;
  *) scope= ;;
  esac
}

has_proc=
scope=
members=
scan && has_proc=y
find_those_above
if [ "$has_proc" ]; then
  find_scope
  check_scope
fi

# --- Who is who --------------------------------------------------------------------------------------------------------

# Whether process $1 is the one that started at $2; yes, where that cannot be known.
is_same() {
  [ "$2" = - ] && return 0
  [ -e /proc/$1/stat ] && read -r line </proc/$1/stat || return 0
  line=${line##*) }
  set -- $2 $line
  [ "$1" = "${21}" ]
}

# Whether there is anybody in group $1, whose leader started at $2; zombies too. `kill` fails alike for a group that is
# gone and for one that belongs to somebody else (sudo): only its words tell.
is_group() {
  [ $1 != - ] && is_same $1 $2 || return 1
  kill -0 -$1 && return 0
  said=$(kill -0 -$1 2>&1)
  case $said in
  *ermi*) return 0 ;;
  esac
  return 1
}

# Those of $*, "NUMBER:GROUP" each, whose group belongs to somebody else are added to $live_stops: one process asks for
# all.
add_refused() {
  said=$({
    for entry in $*; do
      echo "@${entry%%:*}"
      kill -0 -${entry#*:}
    done
  } 2>&1)
  IFS=$newline
  for line in $said; do
    case $line in
    @*) asked_for=${line#@} ;;
    *ermi*) live_stops="$live_stops $asked_for " ;;
    esac
  done
  unset IFS
}

# Whether anybody of group $1 is in the table, if that has all: zombies are gone.
is_moving() {
  [ "$table_of_all" ] || return 0
  case $table in
  *" $1 $newline"*) return 0 ;;
  esac
  return 1
}

# The processes that were seen with the cookie $1: $found.
find_with() {
  found=
  not_searched=$cookies_seen
  while :; do
    case $not_searched in
    *"=$1"*) ;;
    *) return ;;
    esac
    line=${not_searched%%"=$1"*}
    line=${line##*/proc/}
    not_searched=${not_searched#*"=$1"}
    case $line in
    [0-9]*) found="$found ${line%%/*}" ;;
    esac
  done
}

# The group of process $1, by the table: $its_group; empty, if it is gone.
find_group() {
  its_group=
  case $table in
  *"$newline $1 "*)
    its_group=${table#*"$newline $1 "}
    its_group=${its_group%%"$newline"*}
    its_group=${its_group#* }
    its_group=${its_group% }
    ;;
  esac
}

# The same without a table. Fails, if it is gone.
read_group() {
  its_group=
  read -r line </proc/$1/stat || return 1
  line=${line##*) }
  set -- $line
  case $1 in
  [ZX]) return 1 ;;
  esac
  its_group=$3
}

# Those of $1 that are in none of the groups $2, and not ours: $outside.
find_outside() {
  outside=
  for pid in $1; do
    find_group $pid
    case " $2 $above" in
    *" ${its_group:-$own_group} "* | *" $pid "*) ;;
    *) outside="$outside $pid" ;;
    esac
  done
}

# Members of our scope that nobody explains: neither ours, nor in the groups $1, nor of another command, nor sshd:
# $strangers.
find_strangers() {
  strangers=
  for pid in $members; do
    case $above in
    *" $pid "*) continue ;;
    esac
    case $cookies_seen in
    *"/proc/$pid/environ:ORCHESTRATOR_CONNECTION=$connection"*) continue ;;
    esac
    case $newline$loaders in
    *"$newline/proc/$pid/"*) continue ;;
    esac
    find_group $pid
    case " $own_group $1 " in
    *" ${its_group:-$own_group} "*) continue ;;
    esac
    case $(words_of /proc/$pid/cmdline) in
    '' | sshd* | *$connection*) ;;
    *) strangers="$strangers $pid" ;;
    esac
  done
}

# Those of $strangers that are still there.
keep_living_strangers() {
  living=
  for pid in $strangers; do
    find_group $pid
    case "$newline$members$newline" in
    *"$newline$pid$newline"*) [ "$its_group" ] && living="$living $pid" ;;
    esac
  done
  strangers=$living
}

# --- Waiting -----------------------------------------------------------------------------------------------------------

# Short at first: most processes obey at once. Where `sleep` knows no fractions it is a second.
nap() {
  case $nap_time in
  10) seconds=0.01 ;;
  50) seconds=0.05 ;;
  *) seconds=0.2 ;;
  esac
  sleep $seconds || {
    sleep 1
    nap_time=1000
  }
}

# Counts a nap, and makes the next one longer.
count_nap() {
  waited=$((waited + nap_time + pass_time))
  if [ $waited -lt 100 ]; then
    nap_time=10
  elif [ $waited -lt 1000 ]; then
    nap_time=50
  else
    nap_time=200
  fi
}

# Forgets the announced "GROUP:START" $1.
forget() {
  kept=
  for entry in $announced; do
    [ $entry = $1 ] || kept="$kept $entry"
  done
  announced=$kept
}
#)sh"
