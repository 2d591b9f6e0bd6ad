#!/usr/bin/env bash
# The package's life in a booted Debian of its own, in a container with a network of its own: installed, started, upgraded,
# removed, purged. tests/e2e/deb-guest.sh is what runs inside. The packages are built where they are not there yet.
# usage: tests/e2e/deb.sh RELAYDAM BUILD      KEEP_LOG=1 prints the console, too
set -euo pipefail
build=$(realpath "$2")
cd "$(dirname "$0")/../.."
parameter=/sys/module/xt_recent/parameters/ip_list_uid

skip() {
	echo "deb.sh: SKIPPED: $*"
	exit 77
}

[ "$(id -u)" = 0 ] || skip "it wants root"
for tool in systemd-nspawn debootstrap unshare dpkg-buildpackage dh_installsysusers; do
	command -v $tool > /dev/null || skip "$tool is missing (sh tests/deps.sh test, sh tests/deps.sh deb)"
done
unshare -m true 2> /dev/null || skip "no mount namespaces"
ls /proc/net/xt_recent > /dev/null 2>&1 || modprobe xt_recent 2> /dev/null || skip "no xt_recent in this kernel"

work=$(mktemp -d /var/tmp/relaydam-deb-XXXXXX)
uid=$(cat $parameter 2> /dev/null || true)
# what another test, or one that was killed, left there is nobody's
[ -z "$uid" ] || [ "$(id -nu "$uid" 2> /dev/null)" = relaydam ] || uid=0
child=
cleanup() {
	[ -z "$child" ] || kill -KILL -- "-$child" 2> /dev/null || true
	# it is the machine's, not the container's
	[ -z "$uid" ] || echo "$uid" > $parameter
	rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

root=$(tests/lab/root.sh "$build" deb) || skip "no Debian of its own"
mkdir "$work/share" "$work/host"
version=$(sed -n 's/^VERSION := //p' Makefile)
old=$build/deb/relaydam_${version}_$(dpkg --print-architecture).deb
new=${old/_$version/_$version+1}
if [ ! -e "$old" ] || [ ! -e "$new" ] || find src include conf debian systemd docs README.md Makefile \( -newer "$old" -o -newer "$new" \) | grep -q .; then
	DEB_BUILD_OPTIONS="nocheck noautodbgsym" debian/package.sh "$build/deb" "$version" "$version+1" > /dev/null
fi
cp "$old" "$work/share/old.deb"
cp "$new" "$work/share/new.deb"
cp tests/e2e/deb-guest.sh "$work/share/"

cat > "$work/boot.sh" << 'EOF'
set -eu
work=$1 lower=$2
mount --make-rprivate /
mount -t tmpfs -o size=1g,mode=755 e2e "$work/host"
mkdir "$work/host/up" "$work/host/work" "$work/host/root"
mount -t overlay e2e -o "lowerdir=$lower,upperdir=$work/host/up,workdir=$work/host/work" "$work/host/root" || exit 77
root=$work/host/root
rm -f "$root/usr/sbin/policy-rc.d" "$root/var/lib/relaydam-lab"
: > "$root/etc/machine-id"
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
for unit in systemd-timesyncd systemd-networkd getty@ console-getty e2scrub_reap man-db apt-daily; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit.service"
done
cat > "$root/etc/systemd/system/e2e.service" << 'UNIT'
[Unit]
Description=The checks
After=basic.target dbus.service
[Service]
Type=oneshot
ExecStart=/bin/bash /e2e/deb-guest.sh
ExecStopPost=+/bin/systemctl poweroff --force
StandardOutput=file:/e2e/out
StandardError=file:/e2e/out
TimeoutStartSec=200
UNIT
ln -s /etc/systemd/system/e2e.service "$root/etc/systemd/system/multi-user.target.wants/"
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec systemd-nspawn -q -b -D "$root" -M "relaydam-deb-$$" --register=no --keep-unit --private-network \
	--bind="$work/share:/e2e" --capability=all --console=pipe
EOF

[ -z "$uid" ] || echo "$uid" > $parameter
setsid timeout -k 5 250 unshare -m --propagation private sh "$work/boot.sh" "$work" "$root" \
	> "$work/console" 2>&1 < /dev/null &
child=$!
code=0
wait $child || code=$?
child=
if [ -n "${KEEP_LOG:-}" ] || [ ! -s "$work/share/out" ]; then tail -n 60 "$work/console"; fi
[ -s "$work/share/out" ] || skip "the container did not boot (exit code $code)"
cat "$work/share/out"
grep -q '^deb.sh: [0-9]* passed, 0 failed$' "$work/share/out"
