#!/usr/bin/env bash
# Builds the package from a copy of the tree, in OUT. VERSION other than the changelog's is for tries of an upgrade.
# usage: debian/package.sh OUT [VERSION]
set -euo pipefail
cd "$(dirname "$0")/.."
ours=$(sed -n 's/^VERSION := //p' Makefile)
theirs=$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
[ "$theirs" = "$ours" ] || { echo "package.sh: debian/changelog has $theirs, the Makefile $ours" >&2 && exit 1; }
version=${2:-$theirs}
mkdir -p "$1"
out=$(realpath "$1") copy=$(realpath "$1")/relaydam-$version
rm -rf "$copy"
mkdir "$copy"
tar -c --exclude=./build --exclude=./.git --exclude=./relaydam --exclude='*.o' . | tar -x -C "$copy"
sed -i "1s/(.*)/($version)/" "$copy/debian/changelog"
cd "$copy"
# what a caller exports for the tree's own build is not for the package
env -u CFLAGS -u LDFLAGS -u CPPFLAGS -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
	dpkg-buildpackage -b -us -uc > "$out/build-$version.log" 2>&1 < /dev/null ||
	{ tail -n 25 "$out/build-$version.log" >&2 && exit 1; }
rm -rf "$copy"
find "$out" -name "relaydam_${version}_*.deb"
