#!/usr/bin/env bash
# Everything in tests/e2e/, one after the other. usage: tests/e2e.sh RELAYDAM BUILD
# With SKIP=fail what cannot run here is a failure. A script ends with 0 done, 1 failed, 77 skipped; what was skipped is printed and counted, in the last line too.
set -euo pipefail
relaydam=$(realpath "$1") build=$(realpath "$2")
cd "$(dirname "$0")/.."
passed=0 skipped=0 status=0

for script in tests/e2e/*.sh; do
	case $script in *-guest.sh) continue ;; esac # runs inside of another one
	got=0
	"$script" "$relaydam" "$build" || got=$?
	case $got in
	0) passed=$((passed + 1)) ;;
	77) skipped=$((skipped + 1)) ;;
	*) status=1 ;;
	esac
done
echo "e2e: $passed scripts passed, $skipped skipped"
[ "${SKIP:-}" != fail ] || [ $skipped = 0 ] || status=1
exit $status
