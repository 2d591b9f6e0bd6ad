#!/usr/bin/env bash
# The package: two builds, in two places, at two times, in two zones and umasks, are the same bytes; the program in it is
# hardened; lintian has nothing to say. usage: tests/deb.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "$1"
build=$(realpath "$1")
version=$(sed -n 's/^VERSION := //p' Makefile)
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() { # WHAT COMMAND...: it has nothing to say, and exits with 0
	local what=$1
	shift
	if "$@" > "$work/said" 2>&1 && [ ! -s "$work/said" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		head -n 20 "$work/said"
	fi
}
# whoever uploads it puts an address of his own there: the project has none
no_address=bogus-mail-host,bogus-mail-host-in-debian-changelog
hardened() { hardening-check --quiet --nocfprotection "$1"; }

debian/package.sh "$build/deb" > /dev/null
(umask 027 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 DEB_BUILD_OPTIONS=nocheck debian/package.sh "$work/a/longer/way") > /dev/null
for deb in "$build"/deb/relaydam*_"$version"_*.deb; do
	check "$(basename "$deb") is the same, byte for byte" cmp "$deb" "$work/a/longer/way/$(basename "$deb")"
done
log=$build/deb/build-$version.log
changes=$(echo "$build/deb/relaydam_${version}"_*.changes)
check "every file is compiled and linked with the flags" blhc --bindnow "$log" # that gcc makes PIE by itself is seen below
dpkg-deb -x "$build/deb/relaydam_${version}"_*.deb "$work/root"
check "the program has PIE, RELRO, bind now, fortify, stack protector" hardened "$work/root/usr/bin/relaydam"
check "lintian" lintian -i --allow-root --pedantic --suppress-tags $no_address --fail-on error,warning,info,pedantic "$changes"
echo "deb.sh: $passed passed, $failed failed"
[ $failed = 0 ]
