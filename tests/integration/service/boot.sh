#!/bin/sh
# boot.sh DIRECTORY PROGRAMS [FOLDER]   becomes a systemd that is PID 1 of the namespaces that this was started in
#
# On a throw-away overlay of / in DIRECTORY; PROGRAMS is seen as /opt/orchestratord, FOLDER where it is. Every mount goes away with the namespace.
set -eu
directory=$1 programs=$2 folder=${3-}

mount -t tmpfs -o mode=755 room "$directory"
mkdir "$directory/upper" "$directory/work" "$directory/root"
mount -t overlay overlay \
  -o "lowerdir=/,upperdir=$directory/upper,workdir=$directory/work,volatile" "$directory/root"
root=$directory/root

sh "$(dirname "$0")/units.sh" "$root"
mkdir -p "$root/opt/orchestratord"
mount --bind "$programs" "$root/opt/orchestratord"

mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -o remount,bind,ro "$root/sys"
mount -t tmpfs -o mode=755,nosuid run "$root/run"
mount -t tmpfs -o mode=1777,nosuid tmp "$root/tmp"
mount -t tmpfs -o mode=755,nosuid dev "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid shm "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${number%:*}" "$root/dev/${number#*:}"; done
for node in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "$root/dev/${node%:*}" c 1 "${node#*:}"; done
mknod -m 666 "$root/dev/tty" c 5 0
if [ "$folder" ]; then
  mkdir -p "$root$folder"
  mount --bind "$folder" "$root$folder"
fi
ip link set lo up 2>/dev/null || true

mkdir "$root/run/before"
cd "$root"
pivot_root . run/before
cd /
umount -l /run/before
rmdir /run/before
mount --make-rshared /
# Generators have this environment too; where there are no sanitizers, nobody reads the options.
# And systemd takes devices that are in no sysfs, but were put there by a test.
exec env -i container=test SYSTEMD_DEVICE_VERIFY_SYSFS=0 ASAN_OPTIONS=detect_leaks=0 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
  /lib/systemd/systemd --system </dev/null
