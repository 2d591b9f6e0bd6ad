#!/usr/bin/env bash
# The package's life in a booted Debian of its own, in a container with a network of its own: installed, started, upgraded,
# removed, purged. tests/e2e/deb-guest.sh is what runs inside. The packages are built where they are not there yet.
# usage: tests/e2e/deb.sh RELAYDAM BUILD      KEEP_LOG=1 prints the console, too
set -euo pipefail
build=$(realpath "$2")
cd "$(dirname "$0")/../.."

skip() {
	echo "deb.sh: SKIPPED: $*"
	exit 77
}

[ "$(id -u)" = 0 ] || skip "it wants root"
for tool in systemd-nspawn debootstrap unshare dpkg-buildpackage dh_installsysusers; do
	command -v $tool > /dev/null || skip "$tool is missing (sh tests/deps.sh lab)"
done
unshare -m true 2> /dev/null || skip "no mount namespaces"
ls /proc/net/xt_recent > /dev/null 2>&1 || modprobe xt_recent 2> /dev/null || skip "no xt_recent in this kernel"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$(tests/lab/root.sh "$build" deb) || skip "no Debian of its own"
mkdir "$work/share"
version=$(sed -n 's/^VERSION := //p' Makefile)
old=$build/deb/relaydam_${version}_$(dpkg --print-architecture).deb
new=${old/_$version/_$version+1}
if [ ! -e "$old" ] || [ ! -e "$new" ] || find src include conf debian systemd docs README.md Makefile \( -newer "$old" -o -newer "$new" \) | grep -q .; then
	DEB_BUILD_OPTIONS="nocheck noautodbgsym" debian/package.sh "$build/deb" "$version" "$version+1" > /dev/null
fi
cp "$old" "$work/share/old.deb"
cp "$new" "$work/share/new.deb"
cp tests/e2e/deb-guest.sh "$work/share/guest.sh"
# shellcheck disable=SC2016 # for the inner shell
tests/lab/boot.sh "$root" "$work/share" 250 'rm -f "$root/usr/sbin/policy-rc.d" "$root/var/lib/relaydam-lab"'
grep -q '^deb.sh: [0-9]* passed, 0 failed$' "$work/share/out"
