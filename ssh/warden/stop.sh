R"sh(" # This line and the last one are for C++, to which the file is a string (warden_script.cpp).
# The warden, part 3: stops that were asked for. All that wait are one list, $pending; a pass looks once for all of them.
#
# A stop has: number, group, start (of the group's leader), cookie, confirm (ms after KILL), rungs ("SIGNAL MS …", those
# to come), signal (the last one), deadline (when its wait is over), quiet (passes in a row that found nothing), strangers,
# told (who got a signal by its pid; 0 stands for somebody who was seen), suspect (a group that may be ours), is_new.

pending=
woken=
# Why something is left, where that is known (sudo.sh), and since when processes may be of interest to it.
because=
since=

# Makes stop $1 the current one.
load() {
  number=$1
  eval "group=\$group$1 start=\$start$1 cookie=\$cookie$1 confirm=\$confirm$1 rungs=\$rungs$1 signal=\$signal$1"
  eval "deadline=\$deadline$1 quiet=\$quiet$1 strangers=\$strangers$1 told=\$told$1 suspect=\$suspect$1 is_new=\$is_new$1"
}

# Keeps what may have changed of the current stop, which goes on.
save() {
  eval "rungs$number=\$rungs signal$number=\$signal deadline$number=\$deadline quiet$number=\$quiet"
  eval "strangers$number=\$strangers told$number=\$told is_new$number="
  pending="$pending $number"
}

# Sends signal $1 to the processes $2; what is stopped has to hear it.
send() {
  kill -$1 $2
  [ $1 = KILL ] || kill -CONT $2
}

# KILL to those of $1 at once, and nothing else.
kill_now() {
  kill -KILL $1
}

# Sends signal $1 to all that is known of the current stop. dash refuses `kill -KILL -- -GROUP`.
send_to_all() {
  is_group $group $start && send $1 -$group
  [ "$outside$strangers" ] && send $1 "$outside $strangers"
  told="$told $outside $strangers "
}

# The next signal of the current stop. Fails, if there is none.
climb() {
  set -- $rungs
  [ $# -gt 0 ] || return 1
  signal=$1
  send_to_all $1
  if [ $1 = KILL ]; then
    deadline=$((waited + confirm))
  else
    deadline=$((waited + $2))
  fi
  shift 2
  rungs=$*
}

# begin NUMBER GROUP START COOKIE CONFIRM RUNGS…, with $suspect: the first signal goes out at once.
begin() {
  eval "group$1=$2 start$1=$3 cookie$1=$4 confirm$1=$5 signal$1= deadline$1=0 quiet$1=0 strangers$1= told$1="
  eval "suspect$1=$suspect"
  number=$1
  shift 5
  eval "rungs$number=\$*"
  load $number
  outside=
  climb
  save
  eval "is_new$number=y"
}

# stop NUMBER GROUP START COOKIE CONFIRM RUNGS…
stop() {
  [ "$2" -gt 1 ] || {
    echo "left $1"
    return
  }
  suspect=
  begin "$@"
}

# reap NUMBER GROUP START COOKIE BOOT CONFIRM RUNGS…: the group is touched only if it is certainly the one meant, by its
# leader's start or by a member with the cookie; one without leader that cannot be told is a suspect.
reap() {
  number=$1 group=$2 start=$3 cookie=$4 boot=$5 suspect= since=0
  shift 5
  [ $boot = - ] || [ $boot_id = $boot ] || {
    echo "gone $number"
    return
  }
  [ "$has_proc" ] || {
    echo "left $number"
    return
  }
  case $group in
  *[!0-9]* | 0 | 1) group=- ;;
  esac
  look
  table_of_all=y
  make_table
  find_with $cookie
  certain=
  [ $group = - ] || [ $start = - ] || [ ! -e /proc/$group/stat ] || {
    is_same $group $start && certain=y
  }
  for pid in $found; do
    find_group $pid
    [ "$its_group" = $group ] && certain=y
  done
  [ "$certain" ] || {
    [ -e /proc/$group/stat ] || suspect=$group
    group=-
  }
  [ $group != - ] && [ ! -e /proc/$group/stat ] && start=-
  begin $number $group $start $cookie "$@"
}

# Signals those in $cookies_seen that got out of the group of a stop of $all, at once: they may be gone a moment later.
strike() {
  for number in $all; do
    load $number
    [ "$signal" ] || continue
    find_with $cookie
    for pid in $found; do
      [ "$signal" = KILL ] && kill_now $pid && told="$told $pid" && continue
      case " $told " in
      *" $pid "*) continue ;;
      esac
      read_group $pid && [ "$its_group" != $group ] && [ "$its_group" != $own_group ] && {
        send $signal $pid
        told="$told $pid"
      }
    done
    eval "told$number=\$told"
    [ -z "$found" ] || eval "quiet$number=0"
  done
}

# Members of the scope whom nobody explains belong to stops that are new, if no other command lives: $first_strangers.
find_first_strangers() {
  first_strangers=
  stopping=
  for number in $all; do
    load $number
    stopping="$stopping $group"
  done
  for entry in $announced; do
    case " $stopping " in
    *" ${entry%%:*} "*) ;;
    *) return ;;
    esac
  done
  find_strangers "$stopping"
  first_strangers=$strangers
}

# Signals those of the current stop that were found this time.
send_again() {
  [ "$outside$strangers" ] && told="$told 0 "
  if [ "$signal" = KILL ]; then
    send_to_all KILL
    return
  fi
  new_ones=
  for pid in $outside $strangers; do
    case " $told " in
    *" $pid "*) ;;
    *) new_ones="$new_ones $pid" ;;
    esac
  done
  [ "$new_ones" ] && {
    send $signal "$new_ones"
    told="$told $new_ones"
  }
}

may_be_ours() {
  kill -0 -$1
}

# Nothing of the current stop was found. Gone means: two passes in a row have found nothing; five, where something had
# got out, because it may go on. Fails while that is not yet so.
confirm_gone() {
  [ "$looked" ] && quiet=$((quiet + 1))
  enough=2
  case $told in
  *[0-9]*) enough=5 ;;
  esac
  [ $quiet -ge $enough ] || [ ! "$has_proc" ] || return 1
  answer=gone
  [ "$suspect" ] && is_moving $suspect && may_be_ours $suspect && {
    # The warden of a connection that was lost may be ending it at this moment.
    [ $waited -ge 300 ] || {
      napping=y
      return 1
    }
    answer=left
  }
  echo "$answer $number"
  forget $group:$start
}

# One look at everything that stops wait for: $live_stops has those whose group is there, $is_any_new whether one is new.
look_for_stops() {
  live_stops=
  is_any_new=
  not_ours=
  for number in $all; do
    load $number
    is_any_new=$is_any_new$is_new
    [ $group != - ] && is_same $group $start || continue
    if kill -0 -$group; then
      live_stops="$live_stops $number "
    else
      not_ours="$not_ours $number:$group"
    fi
  done
  [ "$not_ours" ] && add_refused $not_ours
  [ "$scope" ] || is_any_new=
  looked=y
  table_of_all=
  [ "$has_proc" ] || return
  look "$is_any_new"
  chase strike
  wanted=
  for number in $all; do
    load $number
    find_with $cookie
    wanted="$wanted $found"
    # A group that lives on without a cookie in it: zombies alone, or not.
    case $live_stops in
    *" $number "*) [ "$found" ] || [ $waited -lt 50 ] || table_of_all=y ;;
    esac
  done
  make_table $wanted $members
}

# What is then still to be sent (sudo.sh).
end_of_pass() {
  :
}

# Looks for all stops that wait, signals what is found, and answers those that are over. $napping: somebody is there.
pass() {
  all=$pending
  pending=
  napping=
  first_strangers=
  look_for_stops
  [ "$is_any_new" ] && find_first_strangers
  for number in $all; do
    load $number
    found=
    [ $cookie != - ] && find_with $cookie
    find_outside "$found" $group
    [ "$is_new" ] && strangers=$first_strangers
    [ "$strangers" ] && keep_living_strangers
    group_lives=
    case $live_stops in
    *" $number "*) is_moving $group && group_lives=y ;;
    esac
    if [ -z "$group_lives$outside$strangers" ]; then
      confirm_gone && continue
    else
      quiet=0
      send_again
      [ $waited -lt $deadline ] || climb || {
        echo "left $number $because"
        continue
      }
      napping=y
    fi
    save
  done
  end_of_pass
}

# The next pass: at once, or after a nap in a process of its own.
wake() {
  [ "$woken" ] || {
    woken=y
    echo wake >&8
  }
}
wake_later() {
  if [ "$napping" ]; then
    woken=y
    (
      exec 6>&-
      nap
      echo wake >&8
    ) &
    count_nap
  else
    wake
  fi
}

# Where nobody can be woken, each stop is a process.
alone() {
  (
    "$@"
    while [ "$pending" ]; do
      pass
      [ "$pending" ] || break
      nap
      count_nap
    done
  ) &
}

# A request, "stop" or "reap" and its words.
asked() {
  if [ "$has_loop" ]; then
    [ "$pending" ] || waited=0 nap_time=10
    "$@"
    [ "$pending" ] && wake
  else
    alone "$@"
  fi
}
#)sh"
