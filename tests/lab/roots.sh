#!/bin/sh
# Several roots, one after the other. A root that cannot be made here is named, and the exit code is 77.
# usage, as root: tests/lab/roots.sh BUILD NAME...
set -eu
build=$1
shift
for name; do
	echo "a root for $name"
	"$(dirname "$0")/root.sh" "$build" "$name" || { echo "roots.sh: SKIPPED: no root for $name" && exit 77; }
done
