#include "ssh/warden_script.hpp"

#include <algorithm>
#include <chrono>

#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

namespace {

/// What the end of a connection leaves to its processes between TERM and KILL.
constexpr Duration kSweepGrace = std::chrono::milliseconds(500);

/// What cannot be killed (a dead file system) is given up then, and the locks with it.
constexpr Duration kSweepLimit = std::chrono::minutes(1);

// The naps of the shell are short at first: most processes obey at once.

// The signals that sshd, a terminal or a pipe without reader could send are ignored: the sweep must get to its end.
constexpr std::string_view kSetUp = R"sh(set -f; umask 077
LC_ALL=C; export LC_ALL
trap '' HUP INT QUIT TERM PIPE ALRM USR1 USR2 TSTP TTIN TTOU
exec 2>/dev/null
nl='
'
case $g in ''|*[!0-9]*) g=$$;; esac
full= own=$g mark=$0.00000000 groups= pending= woken= missed=0 t=0 d=10 m= map= seen= boot=-
[ -r /proc/sys/kernel/random/boot_id ] && read -r boot </proc/sys/kernel/random/boot_id
)sh";

// What there is to see. One scan finds the cookies of all processes at once, whoever waits for it; the grep itself
// carries a mark, so that a scan that could not be made does not look like one that found nothing. A loader that is not
// yet the program is known by its $0. `full` makes the table hold every process, else those that were named.
constexpr std::string_view kLook = R"sh(cookies="ORCHESTRATOR_(COMMAND=[0-9a-f]{32}[.][0-9a-f]{8}|CONNECTION=$id)"
scan() { newest; from=$youngest; seen=$(set +f; ORCHESTRATOR_COMMAND=$mark grep -aosE "$cookies" /proc/self/environ /proc/[0-9]*/environ)
case $seen in *"/proc/self/environ:ORCHESTRATOR_COMMAND=$mark"*) return 0;; esac; return 1; }
loading() { loaders=$(set +f; grep -alsF $id /proc/[0-9]*/cmdline); }
table() { map=$nl j=; for p in $*; do j="$j /proc/$p/stat"; done; [ "$j$full" ] || return 0; [ "$full" ] && set +f && j="/proc/[0-9]*/stat"
map=$nl$(sed -n 's/^\([0-9]*\).*) [^ZX] \([0-9]*\) \([0-9]*\) .*/ \1 \2 \3 /p' $j)$nl; set -f; }
members() { [ "$scope" ] && m=$(cat "$scope/cgroup.procs"); }
look() { members; [ "$1" ] && loading; ok=; scan && ok=y; }
words() { tr '\0' ' ' <$1; }
)sh";

// A scan takes longer than one link of a chain may live that forks on and on into new sessions. But whoever was missed is
// dead by now, or has a pid that was allocated since the scan began, and so have all its children. Only these are looked
// at next, then those that came meanwhile, until nobody came any more, or six looks have found nobody (on a machine where
// others start programs all the time). Who is found is signalled at once, by $1.
constexpr std::string_view kChase = R"sh(newest() { youngest=; read -r rest rest rest rest youngest </proc/loadavg; case $youngest in ''|0|*[!0-9]*) youngest=;; esac; }
newcomers() { newcomer= breathing= files=; newest; [ "$youngest" ] && [ "$youngest" -ge "$from" ] && [ $((youngest-from)) -le 1000 ] || return 1
while [ "$from" -lt "$youngest" ]; do from=$((from+1)); [ "$from" = "$looker" ] && continue
newcomer=y files="$files /proc/$from/environ"; [ -e "/proc/$from" ] && breathing=y; done; return 0; }
chase() { everybody=$seen looker= looks=0 rounds=0; $1; [ "$from" ] || return 0
while [ $looks -lt 6 ] && [ $rounds -lt 100 ] && newcomers; do rounds=$((rounds+1))
[ "$newcomer" ] || break
[ "$breathing" ] || continue
looks=$((looks+1)) seen=$(read -r itself rest </proc/self/stat; echo "$itself"; exec grep -aosE "$cookies" $files); looker=${seen%%"$nl"*}
case $seen in *"$nl"*) seen=${seen#*"$nl"};; *) continue;; esac
everybody=$everybody$nl$seen looks=0; $1; done; seen=$everybody; }
its_group() { y=; read -r l </proc/$1/stat || return 1; l=${l##*) }; set -- $l; case $1 in [ZX]) return 1;; esac; y=$3; }
)sh";

// The session scope that pam_systemd gave this connection: it is ours alone only if the uppermost of those above us
// that is in it serves one connection; a listener in it means that the scope is somebody's whole login.
constexpr std::string_view kPlace = R"sh(proc= scope= above=; scan && proc=y
p=$$; while [ "$proc" ] && [ "$p" -gt 1 ] && read -r l </proc/$p/stat; do l=${l##*) }; set -- $l; p=$2; above="$above $p "; done
place() { while IFS=: read -r x y z; do
case $x:$y in 0:) k=cgroup2;; *:name=systemd) k=name=systemd;; *) continue;; esac
case $z in */session-*.scope) ;; *) continue;; esac
while read -r l; do
case "$l," in *" - cgroup2 "*) f=cgroup2;; *" - cgroup "*[\ ,]name=systemd,*) f=name=systemd;; *) continue;; esac
[ $k = $f ] || continue; set -- $l; q=$5
case $4 in /) q=$q$z;; *) case $z in $4/*) q=$q${z#"$4"};; *) continue;; esac;; esac
[ -r "$q/cgroup.procs" ] && { scope=$q; return; }
done </proc/self/mountinfo; done </proc/self/cgroup; }
if [ "$proc" ]; then place; members; top=none
for p in $above; do case "$nl$m$nl" in *"$nl$p$nl"*) top=$p;; esac; done
case $(words /proc/$top/cmdline) in *listener*) scope=;; sshd*:\ *) ;; *) scope=;; esac; fi
)sh";

// `kill` fails alike for a group that is gone and for one that belongs to somebody else (sudo); only its words tell.
// dash refuses `kill -KILL -- -GROUP`. Zombies are gone; in the environment of a zombie nothing is found.
constexpr std::string_view kFind = R"sh(same() { [ "$2" = - ] && return 0; [ -e /proc/$1/stat ] && read -r l </proc/$1/stat || return 0; l=${l##*) }; set -- $2 $l; [ "$1" = "${21}" ]; }
alive() { [ $1 != - ] && same $1 $2 || return 1; kill -0 -$1 && return 0; v=$(kill -0 -$1 2>&1); case $v in *ermi*) return 0;; esac; return 1; }
refused() { v=$({ for f in $*; do echo "@${f%%:*}"; kill -0 -${f#*:}; done; } 2>&1)
IFS=$nl; for l in $v; do case $l in @*) y=${l#@};; *ermi*) live="$live $y ";; esac; done; unset IFS; }
moving() { [ "$full" ] || return 0; case $map in *" $1 $nl"*) return 0;; esac; return 1; }
with() { w=; case $seen in *"=$1"*) ;; *) return;; esac
v=$seen; while :; do case $v in *"=$1"*) l=${v%%"=$1"*}; v=${v#*"=$1"}; l=${l##*/proc/};; *) return;; esac
case $l in [0-9]*) w="$w ${l%%/*}";; esac; done; }
group_of() { y=; case $map in *"$nl $1 "*) y=${map#*"$nl $1 "}; y=${y%%"$nl"*}; y=${y#* }; y=${y% };; esac; }
outside() { o=; for p in $1; do group_of $p; case " $2 $above" in *" ${y:-$own} "*|*" $p "*) ;; *) o="$o $p";; esac; done; }
strangers() { u=; for p in $m; do
case $above in *" $p "*) continue;; esac
case $seen in *"/proc/$p/environ:ORCHESTRATOR_CONNECTION=$id"*) continue;; esac
case $nl$loaders in *"$nl/proc/$p/"*) continue;; esac
group_of $p; case " $own $1 " in *" ${y:-$own} "*) continue;; esac
case $(words /proc/$p/cmdline) in ''|sshd*|*$id*) ;; *) u="$u $p";; esac; done; }
remain() { x=; for p in $u; do group_of $p; case "$nl$m$nl" in *"$nl$p$nl"*) [ "$y" ] && x="$x $p";; esac; done; u=$x; }
nap() { case $d in 10) f=0.01;; 50) f=0.05;; *) f=0.2;; esac; sleep $f || { sleep 1; d=1000; }; }
longer() { t=$((t+d+5)); if [ $t -lt 100 ]; then d=10; elif [ $t -lt 1000 ]; then d=50; else d=200; fi; }
drop() { x=; for f in $groups; do [ $f = $1 ] || x="$x $f"; done; groups=$x; }
)sh";

// All stops that wait are one list; a pass looks once for all of them. What got out of its group gets the signals of its
// command. Gone means: two passes in a row have found nothing (five, where something had got out: it may go on).
// In a session scope, members that nobody explains belong to the stops, if no other command lives.
constexpr std::string_view kStop = R"sh(hit() { alive $g $s && { kill -$1 -$g; [ $1 = KILL ] || kill -CONT -$g; }
[ "$o$u" ] && { kill -$1 $o $u; [ $1 = KILL ] || kill -CONT $o $u; }; told="$told $o $u "; }
load() { n=$1; eval "g=\$g$1 s=\$s$1 k=\$k$1 c=\$c$1 q=\$q$1 u=\$u$1 e=\$e$1 r=\$r$1 h=\$h$1 z=\$z$1 told=\$told$1 new=\$new$1"; }
save() { eval "q$n=\$q u$n=\$u e$n=\$e r$n=\$r h$n=\$h told$n=\$told new$n="; pending="$pending $n"; }
rung() { set -- $r; [ $# -gt 0 ] || return 1; h=$1; hit $1; if [ $1 = KILL ]; then e=$((t+c)); else e=$((t+$2)); fi; shift 2; r=$*; }
begin() { eval "g$1=$2 s$1=$3 k$1=$4 c$1=$5 q$1=0 u$1= e$1=0 h$1= z$1=$z told$1= new$1=y"; n=$1; shift 5; eval "r$n=\$*"
load $n; o=; rung; save; eval "new$n=y"; }
stop() { [ "$2" -gt 1 ] || { echo "left $1"; return; }; z=; begin "$@"; }
reap() { n=$1 g=$2 s=$3 k=$4 b=$5 z=; shift 5
[ $b = - ] || [ $boot = $b ] || { echo "gone $n"; return; }
[ "$proc" ] || { echo "left $n"; return; }
case $g in *[!0-9]*|0|1) g=-;; esac
look; full=y; table; with $k; y=; [ $g = - ] || [ $s = - ] || [ ! -e /proc/$g/stat ] || { same $g $s && y=y; }
for p in $w; do x=$y; group_of $p; [ "$y" = $g ] && x=y; y=$x; done
[ "$y" ] || { [ -e /proc/$g/stat ] || z=$g; g=-; }
[ $g != - ] && [ ! -e /proc/$g/stat ] && s=-
begin $n $g $s $k "$@"; }
strike() { for n in $all; do load $n; [ "$h" ] || continue; with $k
for p in $w; do [ "$h" = KILL ] && kill -KILL $p && told="$told $p" && continue; case " $told " in *" $p "*) continue;; esac
its_group $p && [ "$y" != $g ] && [ "$y" != $own ] && { kill -$h $p; kill -CONT $p; told="$told $p"; }; done; eval "told$n=\$told"; [ -z "$w" ] || eval "q$n=0"; done; }
pass() { all=$pending pending= soon= live= first=
x=; for n in $all; do load $n; first=$first$new; [ $g != - ] && same $g $s || continue
if kill -0 -$g; then live="$live $n "; else x="$x $n:$g"; fi; done
[ "$x" ] && refused $x
[ "$scope" ] || first=; ok=y full=; if [ "$proc" ]; then look "$first"; chase strike; x=
for n in $all; do load $n; with $k; x="$x $w"
case $live in *" $n "*) [ "$w" ] || [ $t -lt 50 ] || full=y;; esac; done; table $x $m; fi
if [ "$first" ]; then x=; for n in $all; do load $n; x="$x $g"; done
for f in $groups; do case " $x " in *" ${f%%:*} "*) ;; *) first=;; esac; done; y=$x; [ "$first" ] && { strangers "$y"; first=$u; }; fi
for n in $all; do load $n; w=; [ $k != - ] && with $k; outside "$w" $g
[ "$new" ] && u=$first; [ "$u" ] && remain
y=; case $live in *" $n "*) moving $g && y=y;; esac
if [ -z "$y$o$u" ]; then [ "$ok" ] && q=$((q+1)) soon=y
x=2; case $told in *[0-9]*) x=5;; esac
if [ $q -ge $x ] || [ ! "$proc" ]; then x=gone; [ "$z" ] && moving $z && kill -0 -$z && x=left
echo "$x $n"; drop $g:$s; continue; fi
else q=0; [ "$o$u" ] && told="$told 0 "
if [ "$h" = KILL ]; then hit KILL; else x=; for p in $o $u; do case " $told " in *" $p "*) ;; *) x="$x $p";; esac; done
[ "$x" ] && { kill -$h $x; kill -CONT $x; told="$told $x"; }; fi
[ $t -lt $e ] || rung || { echo "left $n"; continue; }; soon=n$soon; fi; save; done; }
wake() { [ "$woken" ] || { woken=y; echo wake >&8; }; }
later() { case $soon in *n*) woken=y; ( exec 6>&-; nap; echo wake >&8 ) & longer;; *) wake;; esac; }
alone() { ( "$@"; while [ "$pending" ]; do pass; [ "$pending" ] || break; nap; longer; done ) & }
asked() { if [ "$loop" ]; then [ "$pending" ] || t=0 d=10; "$@"; [ "$pending" ] && wake; else alone "$@"; fi; }
)sh";

// The end of the connection: everything that belongs to it. The locks go last, with this process group.
constexpr std::string_view kFinish = R"sh(strike_all() { with $id; for p in $w; do if [ $t -ge $grace ]; then kill -KILL $p; continue; fi
case " $told " in *" $p "*) continue;; esac
its_group $p || continue; case " $own $groups " in *" $y "*|*" $y:"*) continue;; esac
kill -TERM $p; kill -CONT $p; told="$told $p"; done; }
finish() { t=0 d=10 q=0 told= full=$proc
while [ $q -lt 2 ] && [ $t -lt $bound ]; do o= u= w= x= ok=y; [ "$proc" ] && { look y; chase strike_all; table; }
for f in $groups; do g=${f%%:*}; alive $g ${f#*:} && moving $g && x="$x $g"; done; live=$x
if [ "$proc" ]; then with $id; for f in $loaders; do f=${f#/proc/}; w="$w ${f%%/*}"; done; outside "$w" "$own $live"; [ "$scope" ] && strangers "$live"; fi
if [ -z "$live$o$u" ]; then [ "$ok" ] && q=$((q+1)); [ "$ok" ] && continue
elif [ $t -ge $grace ]; then q=0; for g in $live; do kill -KILL -$g; done; [ "$o$u" ] && kill -KILL $o $u
else q=0; for g in $live; do case " $told " in *" -$g "*) ;; *) kill -TERM -$g; kill -CONT -$g; told="$told -$g";; esac; done
for p in $o $u; do case " $told " in *" $p "*) ;; *) kill -TERM $p; kill -CONT $p; told="$told $p";; esac; done; fi
nap; longer; done; kill -KILL 0; }
)sh";

// The holder of a lock waits for the end of a pipe that this shell alone can write to: it goes with us, whatever kills
// us. ksh closes descriptors above 2 for the commands that it runs, unless they are named again.
constexpr std::string_view kLocks = R"sh(locks=${XDG_STATE_HOME:-$HOME/.local/state}/orchestratord/locks
pipe=; line() { [ "$pipe" ] && return; mkdir -p "$locks" && mkfifo "$locks/.$0" && pipe=y && exec 6<>"$locks/.$0" 7<"$locks/.$0"; rm -f "$locks/.$0"; }
lock() { n=$1; f=$locks/$2; shift 2; [ "$pipe" ] && exec 6>&-; exec 8>&-
command -v flock >/dev/null || { echo "noflock $n"; return; }
[ "$pipe" ] && ( : <>"$f" ) || { echo "nolock $n cannot write to $locks"; return; }
exec 9<>"$f"
flock -n 9 9<&9; case $? in
0) echo "$*" >"$f"; echo "locked $n"; read x <&7;;
1) h=; read -r h <"$f"; echo "busy $n $h";;
*) echo "nolock $n flock failed";; esac; }
)sh";

// Nothing waits with a time limit in POSIX sh: requests, ticks and wake-ups come through one pipe. Without /proc it
// cannot be opened again for wake-ups, and each stop is a process of its own.
constexpr std::string_view kServe = R"sh(serve() { loop=; [ "$proc" ] && ( exec 8>/proc/self/fd/0 ) && exec 8>/proc/self/fd/0 && loop=y
x=group; [ "$proc" ] && x=cookie; [ "$scope" ] && x=complete
y=; command -v flock >/dev/null || y=flock; echo "hello 0 $x $boot $y"
while read -r a b; do case $a in
beat) missed=0; echo "beat $b";;
tick) missed=$((missed+1)); [ $missed -gt $limit ] && finish;;
wake) woken=; pass; [ "$pending" ] && later;;
run) groups="$groups $b";;
forget) drop $b;;
stop|reap) asked $a $b;;
lock) line; ( lock $b ) & eval "lock_${b%% *}=$!";;
unlock) eval "kill -KILL \$lock_$b";;
end) finish;;
esac; jobs >/dev/null; done; finish; }
{ ( while { sleep $tick || sleep 1; } && echo tick; do :; done ) </dev/null & while read -r l; do echo "$l" || exit; done; echo end; } | serve
exit 0
)sh";

long long count_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

/// For sleep(1): "1", or "0.250".
std::string seconds(long long ms) {
  if (ms % 1000 == 0) return std::to_string(ms / 1000);
  const std::string digits = std::to_string(1000 + ms % 1000);
  return std::to_string(ms / 1000) + "." + digits.substr(1);
}

}  // namespace

std::string warden_code(const std::string& connection, const Heartbeat& heartbeat) {
  // A tick is a second, so that a silence is noticed within two of them; for quicker hearts it is a beat.
  const long long every = std::max(1LL, count_ms(heartbeat.every));
  const long long tick = std::min(1000LL, every);
  const long long limit = (every * heartbeat.misses + tick - 1) / tick;
  std::string code = "id=" + connection + " tick=" + seconds(tick) + " limit=" + std::to_string(limit) +
                     " grace=" + std::to_string(count_ms(kSweepGrace)) +
                     " bound=" + std::to_string(count_ms(kSweepLimit)) + "\n";
  for (const std::string_view part : {kSetUp, kLook, kChase, kPlace, kFind, kStop, kFinish, kLocks, kServe}) code += part;
  return code;
}

}  // namespace orchestrator
