R"sh(" # This line and the last one are for C++, to which the file is a string (warden_script.cpp).
# The warden, part 4: the end of the connection, locks, and the loop that reads requests.

# --- The end of the connection -----------------------------------------------------------------------------------------

# Signals those in $cookies_seen that got out of the groups that were announced, at once.
strike_all() {
  find_with $connection
  for pid in $found; do
    if [ $waited -ge $sweep_grace ]; then
      kill_now $pid
      continue
    fi
    case " $told " in
    *" $pid "*) continue ;;
    esac
    read_group $pid || continue
    case " $own_group $announced " in
    *" $its_group "* | *" $its_group:"*) continue ;;
    esac
    send TERM $pid
    told="$told $pid"
  done
}

# One look at everything that belongs to the connection: $live_groups, $outside, $strangers.
look_for_all() {
  outside= strangers= live_groups= looked=y
  [ "$has_proc" ] && {
    look y
    chase strike_all
    make_table
  }
  for entry in $announced; do
    group=${entry%%:*}
    is_group $group ${entry#*:} && is_moving $group && live_groups="$live_groups $group"
  done
  [ "$has_proc" ] || return
  find_with $connection
  for entry in $loaders; do
    entry=${entry#/proc/}
    found="$found ${entry%%/*}"
  done
  find_outside "$found" "$own_group $live_groups"
  [ "$scope" ] && find_strangers "$live_groups"
}

# TERM, once for each.
ask_all_to_end() {
  for group in $live_groups; do
    case " $told " in
    *" -$group "*) continue ;;
    esac
    send TERM -$group
    told="$told -$group"
  done
  for pid in $outside $strangers; do
    case " $told " in
    *" $pid "*) continue ;;
    esac
    send TERM $pid
    told="$told $pid"
  done
}

kill_all() {
  for group in $live_groups; do
    kill_now -$group
  done
  [ "$outside$strangers" ] && kill_now "$outside $strangers"
}

# Ends everything that belongs to the connection: until two passes in a row have found nothing, or time is up. The locks
# go last, with this process group.
finish() {
  waited=0 nap_time=10 quiet=0 told= table_of_all=$has_proc
  while [ $quiet -lt 2 ] && [ $waited -lt $sweep_limit ]; do
    look_for_all
    if [ -z "$live_groups$outside$strangers" ]; then
      [ "$looked" ] && quiet=$((quiet + 1)) && continue
    else
      quiet=0
      if [ $waited -ge $sweep_grace ]; then
        kill_all
      else
        ask_all_to_end
      fi
    fi
    end_of_pass
    nap
    count_nap
  done
  kill -KILL 0
}

# --- Locks ---------------------------------------------------------------------------------------------------------------

locks=${XDG_STATE_HOME:-$HOME/.local/state}/orchestratord/locks
has_life_line=

# A pipe that this shell alone can write to: who waits for its end goes with us, whatever kills us.
make_life_line() {
  [ "$has_life_line" ] && return
  mkdir -p "$locks" && mkfifo "$locks/.$0" && has_life_line=y && exec 6<>"$locks/.$0" 7<"$locks/.$0"
  rm -f "$locks/.$0"
}

# lock NUMBER FILE HOLDER…, in a process of its own, which holds it. ksh closes descriptors above 2 for the commands that
# it runs, unless they are named again.
lock() {
  number=$1
  file=$locks/$2
  shift 2
  [ "$has_life_line" ] && exec 6>&-
  exec 8>&-
  command -v flock >/dev/null || {
    echo "noflock $number"
    return
  }
  [ "$has_life_line" ] && (: <>"$file") || {
    echo "nolock $number cannot write to $locks"
    return
  }
  exec 9<>"$file"
  flock -n 9 9<&9
  case $? in
  0)
    echo "$*" >"$file"
    echo "locked $number"
    read nothing <&7
    ;;
  1)
    holder=
    read -r holder <"$file"
    echo "busy $number $holder"
    ;;
  *) echo "nolock $number flock failed" ;;
  esac
}

# --- Requests --------------------------------------------------------------------------------------------------------------

# Ticks since the last beat.
missed=0

find_guarantee() {
  guarantee=group
  [ "$has_proc" ] && guarantee=cookie
  [ "$scope" ] && guarantee=complete
  missing=
  command -v flock >/dev/null || missing=flock
}

# The first answer: "hello 0 GUARANTEE BOOT MISSING…".
say_hello() {
  find_guarantee
  echo "hello 0 $guarantee $boot_id $missing"
}

# Reads lines until the end of the connection. Nothing waits with a time limit in POSIX sh: requests, ticks and wake-ups
# come through one pipe. Without /proc it cannot be opened again for wake-ups.
serve() {
  has_loop=
  [ "$has_proc" ] && (exec 8>/proc/self/fd/0) && exec 8>/proc/self/fd/0 && has_loop=y
  say_hello
  while read -r word rest_of_line; do
    case $word in
    beat)
      missed=0
      echo "beat $rest_of_line"
      ;;
    tick)
      missed=$((missed + 1))
      [ $missed -gt $tick_limit ] && finish
      ;;
    wake)
      woken=
      pass
      [ "$pending" ] && wake_later
      ;;
    run) announced="$announced $rest_of_line" ;;
    forget) forget $rest_of_line ;;
    stop | reap) asked $word $rest_of_line ;;
    lock)
      make_life_line
      (lock $rest_of_line) &
      eval "holder_${rest_of_line%% *}=$!"
      ;;
    unlock) eval "kill -KILL \$holder_$rest_of_line" ;;
    end) finish ;;
    esac
    # So that shells forget processes that have ended.
    jobs >/dev/null
  done
  finish
}

# What comes from the other side, and a tick now and then.
speak() {
  (
    while { sleep $tick || sleep 1; } && echo tick; do
      :
    done
  ) </dev/null &
  while read -r line; do
    echo "$line" || exit
  done
  echo end
}
#)sh"
