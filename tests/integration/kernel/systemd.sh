#!/bin/sh
# systemd.sh SOURCE PROGRAMS ASAN UNIT   becomes the systemd of a Linux of its own (boot.sh), which starts UNIT in the end
#
# SOURCE is seen as /opt/source, PROGRAMS as /opt/orchestratord; ASAN is for programs with AddressSanitizer (small_asan.cpp).
set -eu
source=$1 programs=$2 asan=$3 unit=$4

mkdir -p /opt/source /opt/orchestratord
mount -t hostfs -o "$source" source /opt/source
mount -t hostfs -o "$programs" programs /opt/orchestratord
ldd /opt/orchestratord/orchestratord | while read -r name _ path _; do
  case $name in libasan.*) cp "/run/before$asan" "$path" ;; esac
done
sh /opt/source/tests/integration/service/units.sh /
systemctl --quiet mask modprobe@.service sys-fs-fuse-connections.mount systemd-random-seed.service systemd-tmpfiles-clean.timer \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service
rm /lib/systemd/system-generators/*  # which take half of each reload, and find nothing
umount -l /run/before
rmdir /run/before
rm -f /.dockerenv  # a machine of its own, whatever the outer one is

mkdir -p /etc/systemd/system/multi-user.target.wants
cp "$unit" /etc/systemd/system/
ln -s "../${unit##*/}" /etc/systemd/system/multi-user.target.wants/

# Its console says when it falls asleep and when it is awake, and whatever the journal says.
echo 7 >/proc/sys/kernel/printk
mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nForwardToConsole=yes\nReadKMsg=no\n' >/etc/systemd/journald.conf.d/test.conf
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb /lib/systemd/systemd --system </dev/null
