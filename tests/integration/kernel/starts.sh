#!/bin/sh
# starts.sh   whether a Linux of its own starts on this machine, in a second: its first process switches it off
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
timeout 10 linux.uml mem=256M quiet rootfstype=hostfs rootflags=/ ro con=null con0=null,fd:1 uml_dir="$folder" \
  init="$(command -v busybox)" -- poweroff -f </dev/null 2>&1 | grep -q 'System halted'
