#!/usr/bin/env bash
# The unit on a real systemd: boots one by systemd-nspawn over this machine's own files, with all that is written there
# in memory, in a network of its own. tests/e2e/systemd-guest.sh is what runs inside. Nothing stays behind.
# usage: tests/e2e/systemd.sh RELAYDAM BUILD      KEEP_LOG=1 prints the console, too
set -euo pipefail
relaydam=$(realpath "$1")
tail=$(realpath "$2")/e2e/tail
cd "$(dirname "$0")/../.."
parameter=/sys/module/xt_recent/parameters/ip_list_uid

skip() {
	echo "systemd: skipped: $*"
	echo "0 passed, 0 failed, 1 skipped"
	[ "${SKIP:-}" != fail ]
	exit
}

[ "$(id -u)" = 0 ] || skip "not root"
for tool in systemd-nspawn systemd-analyze unshare iptables; do
	command -v $tool > /dev/null || skip "no $tool (sh tests/deps.sh test)"
done

work=$(mktemp -d /var/tmp/relaydam-e2e-XXXXXX)
uid=$(cat $parameter 2> /dev/null || true)
# what another test, or one that was killed, left there is nobody's
[ -z "$uid" ] || [ "$(id -nu "$uid" 2> /dev/null)" = relaydam ] || uid=0
child=
cleanup() {
	[ -z "$child" ] || kill -KILL -- "-$child" 2> /dev/null || true
	# it is the machine's, not the container's
	[ -z "$uid" ] || echo "$uid" > $parameter
	# mounts went with the mount namespace
	rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

mkdir -p "$work/share" "$work/host"
cp "$tail" "$work/share/tail"
cp docs/systemd.md docs/threats.md tests/e2e/systemd-guest.sh tests/demo/mail.log.gz "$work/share/"
unshare -m true 2> /dev/null || skip "no mount namespaces"

# The container: overlay, our files, nothing of this machine's units but what belongs to systemd itself.
cat > "$work/boot.sh" << 'EOF'
set -eu
work=$1 relaydam=$2
mount --make-rprivate /
mount -t tmpfs -o size=1g,mode=755 e2e "$work/host"
mkdir "$work/host/up" "$work/host/work" "$work/host/root"
mount -t overlay e2e -o "lowerdir=/,upperdir=$work/host/up,workdir=$work/host/work" "$work/host/root" || exit 77
root=$work/host/root
: > "$root/etc/machine-id"
: > "$root/etc/fstab"
rm -rf "$root"/etc/systemd/system/*.wants "$root"/etc/rc[0-6S].d "$root/var/log/journal" "$root"/var/log/mail*
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
for unit in systemd-timesyncd systemd-networkd getty@ console-getty e2scrub_reap systemd-journal-remote; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit.service"
done
make -s -o "$relaydam" install DESTDIR="$root" TARGET="$relaydam"
cat > "$root/etc/systemd/system/e2e.service" << 'UNIT'
[Unit]
Description=The checks
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/bash /e2e/systemd-guest.sh
ExecStopPost=+/bin/systemctl poweroff --force
StandardOutput=file:/e2e/out
StandardError=file:/e2e/out
TimeoutStartSec=150
UNIT
ln -s /etc/systemd/system/e2e.service "$root/etc/systemd/system/multi-user.target.wants/"
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec systemd-nspawn -q -b -D "$root" -M "relaydam-e2e-$$" --register=no --keep-unit --private-network \
	--bind="$work/share:/e2e" --capability=all --console=pipe
EOF

[ -z "$uid" ] || echo "$uid" > $parameter
setsid timeout -k 5 200 unshare -m --propagation private sh "$work/boot.sh" "$work" "$relaydam" \
	> "$work/console" 2>&1 < /dev/null &
child=$!
code=0
wait $child || code=$?
child=
if [ -n "${KEEP_LOG:-}" ] || [ ! -s "$work/share/out" ]; then tail -n 60 "$work/console"; fi
[ -s "$work/share/out" ] || skip "the container did not boot (exit code $code)"
cat "$work/share/out"
grep -q '^[0-9]* passed, 0 failed, 0 skipped$' "$work/share/out" ||
	{ [ "${SKIP:-}" != fail ] && grep -q '^[0-9]* passed, 0 failed, ' "$work/share/out"; }
