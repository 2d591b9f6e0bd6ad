#!/usr/bin/env bash
# Builds the package in OUT from a copy of the tree. Versions other than the changelog's are for testing an upgrade; the
# second version reuses the objects of the first. usage: debian/package.sh OUT [VERSION [VERSION]]
set -euo pipefail
cd "$(dirname "$0")/.."
ours=$(sed -n 's/^VERSION := //p' Makefile)
theirs=$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
[ "$theirs" = "$ours" ] || { echo "package.sh: debian/changelog has $theirs, the Makefile $ours" >&2 && exit 1; }
mkdir -p "$1"
out=$(realpath "$1")
shift
[ $# != 0 ] || set -- "$theirs"
copy=$out/relaydam-$1
rm -rf "$copy"
mkdir "$copy"
tar -c --exclude=./build --exclude=./.git --exclude=./relaydam --exclude='*.o' . | tar -x -C "$copy"
cd "$copy"
clean=()
for version; do
	sed -i "1s/(.*)/($version)/" debian/changelog
	# the caller's settings for the tree's own build do not apply to the package
	env -u CFLAGS -u LDFLAGS -u CPPFLAGS -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
		dpkg-buildpackage -b -us -uc "${clean[@]}" > "$out/build-$version.log" 2>&1 < /dev/null ||
		{ tail -n 25 "$out/build-$version.log" >&2 && exit 1; }
	find "$out" -name "relaydam_${version}_*.deb"
	clean=(--no-pre-clean)
	dh_clean
	grep -l '\bVERSION\b' src/*.c src/*/*.c | xargs touch
done
rm -rf "$copy"
