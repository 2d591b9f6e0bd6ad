#!/usr/bin/env bash
# Unit tests, replay cases, command line and control, built by gcc and by clang with address and undefined-behaviour sanitizers. gcc's
# build counts the lines that were run: the last line has their share, which `make coverage` makes larger by tests on the kernel.
set -euo pipefail
cd "$(dirname "$0")/.."
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
san='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
# shellcheck source=tests/lab/jobs.sh
. tests/lab/jobs.sh

called() { # NAME COMMAND...: a script's lines, under its name
	local code=0
	echo "== $1"
	"${@:2}" || code=$?
	[ $code = 0 ] || echo "FAILED: $1"
	return $code
}

declare -A counted=([gcc]="--coverage" [clang]="")
for cc in gcc clang; do
	build=build/$cc-san
	make -s -j"$(nproc)" CC=$cc CFLAGS="$san ${counted[$cc]}" LTO= BUILD=$build TARGET=$build/relaydam \
		$build/relaydam $build/serve $build/nomem unit-tests
done
for cc in gcc clang; do
	build=build/$cc-san
	# the longest first
	[ $cc != gcc ] || job called "$cc: no memory" tests/nomem.sh $build/nomem
	[ $cc != gcc ] || job called "$cc: memory of who delivers" tests/fair.sh $build/relaydam
	job called "$cc: unit tests" tests/unit.sh $build "$cc "
	job called "$cc: replay cases" tests/replay.sh $build/relaydam
	[ $cc != gcc ] || job called "$cc: both matchers" tests/matchers.sh $build/relaydam
	job called "$cc: command line" tests/cli.sh $build/relaydam
	job called "$cc: control commands, and what the daemon remembers" tests/control.sh $build/relaydam $build/serve
	job called "$cc: completion" tests/completion.sh $build/relaydam $build/serve
	job $build/relaydam check -c tests/etc/relaydam.conf
	job $build/relaydam check -c conf/relaydam.conf
done
jobs_end
for cc in gcc clang; do
	[ -z "${RELAYDAM_LONG:-}" ] || called "$cc: followed files under load" build/$cc-san/test_tail_load || status=1
done
tests/coverage.py build/gcc-san 85 | tail -n 1 || status=1
[ $status = 0 ]
