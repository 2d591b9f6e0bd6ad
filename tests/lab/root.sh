#!/usr/bin/env bash
# A Debian of its own in BUILD/root/NAME: mail servers, rsyslog and fail2ban are installed there and nowhere else.
# Nothing is started in it; what is there already with the same packages is kept. Debian and its mirror are this
# machine's own. Prints the directory. usage, as root: tests/lab/root.sh BUILD mx|courier|exim|deb
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo "root.sh: wants root" >&2 && exit 4; }
command -v debootstrap > /dev/null || { echo "root.sh: debootstrap is missing (sh tests/deps.sh test)" >&2 && exit 4; }
root=$(realpath -m "$1")/root/${2:-}
case ${2:-} in
mx) set -- postfix postfix-pcre libsasl2-modules sasl2-bin dovecot-imapd dovecot-pop3d rsyslog logrotate fail2ban python3-pyinotify iptables nftables python3 ;;
courier) set -- courier-mta courier-imap ;;
exim) set -- exim4-daemon-heavy ;;
deb) set -- systemd systemd-sysv dbus kmod procps iptables libnftables1 libconfig9 libjansson4 libsqlite3-0 libpcre2-8-0 tzdata man-db ;;
*) echo "root.sh: which one? mx, courier, exim or deb" >&2 && exit 2 ;;
esac
stamp=$root/var/lib/relaydam-lab
mkdir -p "$(dirname "$root")"
exec {lock}> "$root.lock" # two tests may want it at a time
flock -w 600 $lock
[ "$(cat "$stamp" 2> /dev/null)" != "$*" ] || { echo "$root" && exit 0; }

# shellcheck disable=SC1091 # where it is, it is read
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # apt's own
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $suite" | head -n 1)

new=$root.new-$$
held() { chroot "$new" "$@"; }
finish() {
	! mountpoint -q "$new/proc" || umount "$new/proc"
	rm -rf --one-file-system "$new"
}
trap finish EXIT
rm -rf --one-file-system "$root.new-"*
mkdir "$new"
debootstrap --variant=minbase --include="ca-certificates" "$suite" "$new" ${mirror:+"$mirror"} > "$root.log" 2>&1 ||
	{ tail -n 3 "$root.log" >&2 && exit 4; }
cp /etc/resolv.conf "$new/etc/resolv.conf"
cp -rn /etc/apt/apt.conf.d "$new/etc/apt/"
printf '#!/bin/sh\nexit 101\n' > "$new/usr/sbin/policy-rc.d"
chmod 755 "$new/usr/sbin/policy-rc.d"
mount -t proc proc "$new/proc"
{
	held apt-get -q update
	DEBIAN_FRONTEND=noninteractive held apt-get -q -y --no-install-recommends install "$@"
	held apt-get -q clean
} >> "$root.log" 2>&1 < /dev/null || { tail -n 5 "$root.log" >&2 && exit 4; }
umount "$new/proc"
echo "$*" > "$new/var/lib/relaydam-lab"
[ ! -e "$root" ] || rm -rf --one-file-system "$root"
mv "$new" "$root"
rm -f "$root.log"
echo "$root"
