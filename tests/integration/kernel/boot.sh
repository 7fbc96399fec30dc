#!/bin/sh
# boot.sh FOLDER   PID 1 of a Linux of its own: executes FOLDER/command on a throw-away overlay of the machine's root
#
# FOLDER is the machine's own, writable; its file `exit_code` has what the command ended with. Then this Linux is switched off.
# FOLDER/init becomes PID 1 instead: it writes the exit code and switches off itself.
set -eu
folder=$1
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8

mount -t proc proc /proc
modules=/usr/lib/uml/modules/$(uname -r)/kernel/fs
for module in overlayfs/overlay fuse/fuse quota/quota_tree quota/quota_v2; do
  busybox insmod "$modules/$module.ko"
done

mount -t tmpfs -o mode=755 room /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work,volatile /mnt/root
root=/mnt/root
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t devtmpfs dev "$root/dev"
mkdir -p "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=755,nosuid run "$root/run"
mount -t tmpfs -o mode=1777,nosuid tmp "$root/tmp"
mkdir -p "$root$folder"
mount -t hostfs -o "$folder" folder "$root$folder"
busybox ip link set lo up
mkdir "$root/run/before"
cd "$root"
pivot_root . run/before
cd /

[ ! -e "$folder/init" ] || exec sh "$folder/init" </dev/null
code=0
sh "$folder/command" </dev/null || code=$?
echo "$code" >"$folder/exit_code"
busybox poweroff -f
