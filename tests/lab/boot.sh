#!/usr/bin/env bash
# Boots the systemd of DIRECTORY in systemd-nspawn, with a network namespace of its own, and runs SHARE/guest.sh there as root. SHARE
# is mounted at /e2e. All writes go to memory and are lost at the end. Prints the output of guest.sh.
# usage, as root: tests/lab/boot.sh DIRECTORY SHARE SECONDS PREPARE
# PREPARE is shell text that may change $root before the boot. KEEP_LOG=1 prints the console, too. Exit code: 77 if it does not boot.
set -euo pipefail
parameter=/sys/module/xt_recent/parameters/ip_list_uid

inside() { # in a mount namespace: overlay, our files, and none of the units that would wait for hardware or network
	local work=$1 lower=$2 share=$3 seconds=$4 prepare=$5 unit
	export root=$work/root
	mount --make-rprivate /
	mount -t tmpfs -o size=1g,mode=755 e2e "$work"
	mkdir "$work/up" "$work/work" "$root"
	mount -t overlay e2e -o "lowerdir=$lower,upperdir=$work/up,workdir=$work/work" "$root" || exit 77
	: > "$root/etc/machine-id"
	sh -euc "$prepare"
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
	for unit in systemd-timesyncd systemd-networkd getty@ console-getty e2scrub_reap systemd-journal-remote man-db apt-daily; do
		ln -sf /dev/null "$root/etc/systemd/system/$unit.service"
	done
	cat > "$root/etc/systemd/system/e2e.service" << UNIT
[Unit]
Description=The checks
After=basic.target dbus.service
[Service]
Type=oneshot
ExecStart=/bin/bash /e2e/guest.sh
ExecStopPost=+/bin/systemctl poweroff --force
StandardOutput=file:/e2e/out
StandardError=file:/e2e/out
TimeoutStartSec=$((seconds - 50))
UNIT
	ln -s /etc/systemd/system/e2e.service "$root/etc/systemd/system/multi-user.target.wants/"
	export SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
	exec systemd-nspawn -q -b -D "$root" -M "relaydam-e2e-$$" --register=no --keep-unit --private-network \
		--bind="$share:/e2e" --capability=all --console=pipe
}
if [ "$1" = inside ]; then
	inside "${@:2}"
fi

share=$2 seconds=$3
work=$(mktemp -d /var/tmp/relaydam-e2e-XXXXXX)
cp "$(dirname "$0")/checks.sh" "$share/"
uid=$(cat $parameter 2> /dev/null || true)
# remove what an earlier or killed test left
[ -z "$uid" ] || [ "$(id -nu "$uid" 2> /dev/null)" = relaydam ] || uid=0
child=
cleanup() {
	[ -z "$child" ] || kill -KILL -- "-$child" 2> /dev/null || true
	# it belongs to the host, not to the container
	[ -z "$uid" ] || echo "$uid" > $parameter
	# the mounts ended with the mount namespace
	rm -rf --one-file-system "$work" "$share.console"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
[ -z "$uid" ] || echo "$uid" > $parameter
setsid timeout -k 5 "$seconds" unshare -m --propagation private "$0" inside "$work" "$@" > "$share.console" 2>&1 < /dev/null &
child=$!
code=0
wait $child || code=$?
child=
if [ -n "${KEEP_LOG:-}" ] || [ ! -s "$share/out" ]; then tail -n 60 "$share.console"; fi
[ -s "$share/out" ] || { echo "the container did not boot (exit code $code)" && exit 77; }
cat "$share/out"
