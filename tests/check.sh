#!/usr/bin/env bash
# Unit tests and replay cases, built by gcc and by clang with address and undefined-behaviour sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
san='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
jobs=$(nproc)
status=0

for cc in gcc clang; do
	build=build/$cc-san
	make -s -j"$jobs" CC=$cc CFLAGS="$san" LTO= BUILD=$build TARGET=$build/relaydam \
		$build/relaydam $build/serve $build/nomem unit-tests
	for test in "$build"/test_*; do
		[ -x "$test" ] || continue
		case $test in *.d) continue ;; esac
		"$test" > "$test.out" 2>&1 || { status=1; cat "$test.out"; }
		grep -h 'PASSED\|FAILED' "$test.out" | sed "s|^|$cc $(basename "$test"): |" | grep -v '\[  FAILED  \] 0' || true
	done
	echo "== $cc: replay cases"
	tests/replay.sh $build/relaydam || status=1
	echo "== $cc: command line"
	tests/cli.sh $build/relaydam || status=1
	echo "== $cc: control commands, and what the daemon remembers"
	tests/control.sh $build/relaydam $build/serve || status=1
	[ $cc != gcc ] || tests/fair.sh $build/relaydam || status=1
	[ $cc != gcc ] || tests/nomem.sh $build/nomem || status=1
	tests/completion.sh $build/relaydam $build/serve || status=1
	$build/relaydam check -c tests/etc/relaydam.conf || status=1
	$build/relaydam check -c conf/relaydam.conf || status=1
done
exit $status
