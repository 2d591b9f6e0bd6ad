#!/usr/bin/env bash
# The unit on a real systemd, over this machine's own files. tests/e2e/systemd-guest.sh is what runs inside.
# usage: tests/e2e/systemd.sh RELAYDAM BUILD      KEEP_LOG=1 prints the console, too
set -euo pipefail
relaydam=$(realpath "$1")
tail=$(realpath "$2")/e2e/tail
cd "$(dirname "$0")/../.."

skip() {
	echo "systemd.sh: SKIPPED: $*"
	exit 77
}

[ "$(id -u)" = 0 ] || skip "not root"
for tool in systemd-nspawn systemd-analyze unshare iptables; do
	command -v $tool > /dev/null || skip "no $tool (sh tests/deps.sh lab)"
done
unshare -m true 2> /dev/null || skip "no mount namespaces"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/share"
cp "$tail" "$work/share/tail"
cp docs/systemd.md docs/threats.md tests/demo/mail.log.gz "$work/share/"
cp tests/e2e/systemd-guest.sh "$work/share/guest.sh"

# nothing of this machine's units but what belongs to systemd itself
export relaydam
# shellcheck disable=SC2016 # for the inner shell
tests/lab/boot.sh / "$work/share" 200 '
	: > "$root/etc/fstab"
	rm -rf "$root"/etc/systemd/system/*.wants "$root"/etc/rc[0-6S].d "$root/var/log/journal" "$root"/var/log/mail*
	make -s install DESTDIR="$root" PROGRAM="$relaydam"'
grep -q '^[0-9]* passed, 0 failed, ' "$work/share/out"
grep -q '^[0-9]* passed, 0 failed, 0 skipped$' "$work/share/out" || exit 77
