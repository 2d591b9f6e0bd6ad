#!/bin/sh
# Runs make and shows the progress. The output goes to LOG, and is printed if make fails.
# usage: tests/lab/build.sh LOG MAKE-ARGUMENT...
set -eu
log=$1
shift
# shellcheck source=tests/lab/progress.sh
. "$(dirname "$0")/progress.sh"
cd "$(dirname "$0")/../.."
mkdir -p "$(dirname "$log")"
files=$(make -n "$@" 2> /dev/null | grep -c ' -o ' || true)
n=0
: > "$log"
rm -f "$log.code"
{
	code=0
	make "$@" 2>&1 || code=$?
	echo $code > "$log.code"
} < /dev/null | while read -r line; do
	printf '%s\n' "$line" >> "$log"
	case $line in
	*" -o "*)
		n=$((n + 1))
		progress_show "building: $n of $files files"
		;;
	esac
done
code=$(cat "$log.code")
rm -f "$log.code"
if [ "$code" != 0 ]; then
	progress_end "building FAILED"
	grep -v ' -o ' "$log" | tail -n 30
	exit 1
fi
progress_end "built: $files files"
