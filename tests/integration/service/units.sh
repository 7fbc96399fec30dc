#!/bin/sh
# units.sh ROOT   makes of the copy of a machine in ROOT one that starts journal, bus and logind, and nothing else
set -eu
root=$1

# Nothing of the machine's own services, no hardware, no login.
rm -rf "$root"/etc/systemd/system/*.wants "$root/var/log/journal"
ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
systemctl --root="$root" --quiet mask systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udev-trigger.service \
  systemd-modules-load.service getty.target console-getty.service systemd-timesyncd.service \
  dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
  systemd-remount-fs.service proc-sys-fs-binfmt_misc.automount systemd-binfmt.service systemd-firstboot.service \
  ssh.service apt-daily.timer apt-daily-upgrade.timer e2scrub_reap.service
: >"$root/etc/fstab"
tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
mkdir -p "$root/var/log/journal"
