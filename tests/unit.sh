#!/usr/bin/env bash
# The unit tests that were built in BUILD, side by side. usage: tests/unit.sh BUILD [PREFIX]
# RELAYDAM_LONG=1: the random ones try more.
set -euo pipefail
build=$(realpath "$1") prefix=${2:-}
cd "$(dirname "$0")/.."
# shellcheck source=tests/lab/jobs.sh
. tests/lab/jobs.sh
jobs_most=$((2 * jobs_most)) # some of them wait most of the time

unit() { # NAME
	local code=0 test=$build/$1
	"$test" > "$test.out" 2>&1 || code=$?
	if [ $code = 0 ]; then
		grep -h 'PASSED' "$test.out" | sed "s|^|$prefix$1: |"
	else
		cat "$test.out"
		grep -h '\[  FAILED  \] [^0-9]' "$test.out" | sed 's/\[  FAILED  \] //' | sort -u | sed "s|^|FAILED: $prefix$1: |"
		echo "FAILED: $prefix$1 ended with $code"
	fi
	return $code
}
# the longest first
for source in $(printf '%s\n' tests/unit/test_{ledger,zfile,forged,pattern,control_server,tail_load}.c tests/unit/test_*.c | awk '!seen[$0]++'); do
	# its long form runs in real time against a writer that does not wait: tests/check.sh runs it alone, at the end
	[ -z "${RELAYDAM_LONG:-}" ] || [ "$source" != tests/unit/test_tail_load.c ] || continue
	job unit "$(basename "$source" .c)"
done
jobs_end
[ $status = 0 ]
