#!/usr/bin/env bash
# Everything in tests/e2e/, or those NAMEs of it, one after the other. usage: tests/e2e.sh RELAYDAM BUILD [NAME...]
# With SKIP=fail what cannot run here is a failure. A script ends with 0 done, 1 failed, 77 skipped; what was skipped is printed
# and counted, in the last line too; when all NAMEs were skipped, so is this (77). Machines are shared and clients have their own idea of time: a script that fails is run
# once more, which is said, too. One run at a time: a parameter of xt_recent is the whole machine's.
set -euo pipefail
relaydam=$(realpath "$1") build=$(realpath "$2")
cd "$(dirname "$0")/.."
shift 2
named=$#
[ $named != 0 ] || for script in tests/e2e/*.sh; do set -- "$@" "$(basename "$script" .sh)"; done
passed=0 skipped=0 again=0 status=0
exec {lock}> "${TMPDIR:-/tmp}/relaydam-e2e-$UID.lock"
flock -w 900 $lock || { echo "e2e: another run does not end" && exit 1; }

for name; do
	script=tests/e2e/$name.sh
	case $script in *-guest.sh) continue ;; esac # runs inside of another one
	got=0
	"$script" "$relaydam" "$build" {lock}>&- || got=$?
	if [ $got != 0 ] && [ $got != 77 ]; then
		echo "e2e: $script failed ($got), once more:"
		again=$((again + 1)) got=0
		"$script" "$relaydam" "$build" {lock}>&- || got=$?
	fi
	case $got in
	0) passed=$((passed + 1)) ;;
	77) skipped=$((skipped + 1)) ;;
	*)
		echo "FAILED: $script ($got)"
		status=1
		;;
	esac
done
echo "e2e: $passed scripts done, $again of them tried twice, $skipped skipped"
[ $named = 0 ] || [ $skipped != $named ] || status=77
[ "${SKIP:-}" != fail ] || [ $skipped = 0 ] || [ $status = 77 ] || status=1
exit $status
