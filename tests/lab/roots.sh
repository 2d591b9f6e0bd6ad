#!/bin/sh
# Creates several roots, one after the other. Names those that cannot be created here, and then exits with 77.
# usage, as root: tests/lab/roots.sh BUILD NAME...
set -eu
build=$1
shift
for name; do
	echo "a root for $name"
	"$(dirname "$0")/root.sh" "$build" "$name" || { echo "roots.sh: SKIPPED: no root for $name" && exit 77; }
done
