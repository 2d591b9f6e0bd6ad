#!/usr/bin/env bash
# Line coverage of src/ by unit tests, replay cases, the command line, control, fair, nomem, and of the end-to-end tests those that
# need no lab. usage: tests/coverage.sh BUILD [LEAST]
set -uo pipefail
cd "$(dirname "$0")/.." || exit
build=$1 relaydam=$1/relaydam
find "$build" -name '*.gcda' -delete
export ASAN_OPTIONS=detect_leaks=0
run() { # what fails says so by itself; here it only counts what ran
	timeout 180 "$@" > "$build/said" 2>&1 < /dev/null || echo "coverage: $* ended with $?"
}
for test in "$build"/test_*; do
	case $test in *.gc* | *.d | *.out) continue ;; esac
	run "$test"
done
run tests/replay.sh "$relaydam"
run tests/matchers.sh "$relaydam"
run tests/cli.sh "$relaydam"
run tests/control.sh "$relaydam" "$build/serve"
run tests/fair.sh "$relaydam"
run tests/completion.sh "$relaydam" "$build/serve"
run tests/nomem.sh "$build/nomem"
if [ "$(id -u)" = 0 ]; then
	for e2e in block crash cut faults live many; do run "tests/e2e/$e2e.sh" "$relaydam" "$build"; done
fi
exec tests/coverage.py "$build" "${@:2}"
