#!/usr/bin/env bash
# Creates a Debian root in BUILD/root/NAME. Mail servers, rsyslog and fail2ban are installed there only, and none is started. An existing
# root with the same packages is kept. Uses the Debian release and the mirror of this machine. Prints the directory.
# usage, as root: tests/lab/root.sh BUILD base|mx|courier|exim|deb      base: the minimal Debian that the others are copied from
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo "root.sh: wants root" >&2 && exit 4; }
command -v debootstrap > /dev/null || { echo "root.sh: debootstrap is missing (sh tests/deps.sh lab)" >&2 && exit 4; }
build=$1 name=${2:-}
root=$(realpath -m "$build")/root/$name
case $name in
base) set -- ;;
mx) set -- postfix postfix-pcre libsasl2-modules sasl2-bin dovecot-imapd dovecot-pop3d rsyslog logrotate fail2ban python3-pyinotify iptables nftables python3 ;;
courier) set -- courier-mta courier-imap courier-pop rsyslog ;;
exim) set -- exim4-daemon-heavy rsyslog ;;
deb) set -- systemd systemd-sysv dbus kmod procps iptables libnftables1 libconfig9 libjansson4 libsqlite3-0 libpcre2-8-0 tzdata man-db ;;
*) echo "root.sh: which one? base, mx, courier, exim or deb" >&2 && exit 2 ;;
esac
stamp=$root/var/lib/relaydam-lab
mkdir -p "$(dirname "$root")"
exec {lock}> "$root.lock" # two tests may want it at a time
flock -w 600 $lock
[ "$(cat "$stamp" 2> /dev/null)" != "$name: $*" ] || { echo "$root" && exit 0; }

bare() { # DIRECTORY
	local suite mirror
	# shellcheck disable=SC1091 # where it is, it is read
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# shellcheck disable=SC2016 # apt's own
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $suite" | head -n 1)
	debootstrap --variant=minbase --include="ca-certificates" "$suite" "$1" ${mirror:+"$mirror"} > "$root.log" 2>&1 ||
		{ tail -n 3 "$root.log" >&2 && return 4; }
	cp /etc/resolv.conf "$1/etc/resolv.conf"
	cp -rn /etc/apt/apt.conf.d "$1/etc/apt/"
	printf '#!/bin/sh\nexit 101\n' > "$1/usr/sbin/policy-rc.d"
	chmod 755 "$1/usr/sbin/policy-rc.d"
	chroot "$1" apt-get -q update >> "$root.log" 2>&1 < /dev/null
}
new=$root.new-$$
held() { chroot "$new" "$@"; }
finish() {
	! mountpoint -q "$new/proc" || umount "$new/proc"
	rm -rf --one-file-system "$new"
}
trap finish EXIT
rm -rf --one-file-system "$root.new-"*
if [ "$name" = base ]; then
	mkdir "$new"
	bare "$new" || exit 4
else
	base=$("$0" "$build" base) || exit 4
	cp -a "$base" "$new"
	mount -t proc proc "$new/proc"
	{
		DEBIAN_FRONTEND=noninteractive held apt-get -q -y --no-install-recommends install "$@"
		held apt-get -q clean
	} > "$root.log" 2>&1 < /dev/null || { tail -n 5 "$root.log" >&2 && exit 4; }
	umount "$new/proc"
fi
echo "$name: $*" > "$new/var/lib/relaydam-lab"
[ ! -e "$root" ] || rm -rf --one-file-system "$root"
mv "$new" "$root"
rm -f "$root.log"
echo "$root"
