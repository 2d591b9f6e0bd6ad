#!/bin/sh
# The tests. `sh tests/all.sh --help` says which; tests/README.md has each of them.
set -eu
cd "$(dirname "$0")/.."

usage() {
	cat << 'END'
usage: sh tests/all.sh [--lab]

Installs what the tests need, builds relaydam and runs the tests. Without an option, in at most five minutes on two cores of a fresh Debian 12:
unit tests, replays of logs, the command line, all with sanitizers; and the kernel's lists in network namespaces.
That needs no mail server. What this place cannot do (no root, no namespaces, no xt_recent) is skipped, by name.

  --lab   everything: two compilers, lint, fuzzers, the page of a report in a browser, Postfix, Exim, Dovecot and Courier
          in Debian roots of their own below build/root/, the systemd unit, the package, faults of the disk and the clock.
          Twenty minutes, 2.5 GB of packages and roots; wants root
  --help  this text

SKIP=fail   what cannot run here has failed. FUZZ_SECONDS=N with --lab: seconds for each fuzzer (5).
Exit code: 0 when nothing failed, 1 when something did, 2 usage.
tests/README.md says what each test proves, needs and takes, and how to run it alone.
END
}
lab=
[ $# = 0 ] || case "$1/$#" in
--lab/1) lab=1 ;;
--help/1 | -h/1)
	usage
	exit 0
	;;
*)
	echo "all.sh: \"$*\" is no option; \"sh tests/all.sh --help\" lists them" >&2
	exit 2
	;;
esac

logs=build/tests
san='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
sanitized() { # TARGET...: built by gcc with sanitizers
	sh tests/lab/build.sh $logs/build-san.log CFLAGS="$san" BUILD=build/san TARGET=build/san/relaydam "$@"
}
build() { sh tests/lab/build.sh $logs/build.log ./relaydam "$@"; }

kernel() { step_beside "kernel: tests/e2e/$1.sh" tests/e2e.sh ./relaydam build "$1"; } # NAME

brief() {
	steps=19
	echo "relaydam's tests: $steps steps, some four minutes on two cores, half of it packages and building."
	echo "They install compiler and libraries by apt-get and write below build/. For real mail servers, systemd and the rest: --lab."
	echo
	# shellcheck source=tests/lab/steps.sh
	. tests/lab/steps.sh
	step_shown "packages (tests/deps.sh test)" sh tests/deps.sh test
	step_shown "build" build build/e2e_block
	step_shown "build with sanitizers, and the unit tests" sanitized build/san/relaydam build/san/serve build/san/nomem unit-tests
	# The tests on the kernel wait most of the time, and for each other (tests/e2e.sh): one of them runs beside two others.
	steps_most=$((steps_most + 1))
	step_beside "replays and matches of logs" tests/replay.sh build/san/relaydam
	kernel block
	step_beside "unit tests" tests/unit.sh build/san
	step_beside "no memory: one allocation of twelve fails, in turn" env NOMEM_EVERY=12 tests/nomem.sh build/san/nomem
	kernel cut
	step_beside "command line" tests/cli.sh build/san/relaydam
	step_beside "layers: who may use whom in src/" tests/layers.py build
	step_beside "both matchers: the same rules and bans" tests/matchers.sh ./relaydam
	kernel live
	step_beside "control commands" tests/control.sh build/san/relaydam build/san/serve
	step_beside "completion" tests/completion.sh build/san/relaydam build/san/serve
	kernel asked
	step_beside "known senders, fuses and dry runs over restarts" tests/fair.sh build/san/relaydam
	kernel restart
	step_beside "tests/etc/relaydam.conf" build/san/relaydam check -c tests/etc/relaydam.conf
	step_beside "conf/relaydam.conf" build/san/relaydam check -c conf/relaydam.conf
}

everything() {
	e2e_all=$(for script in tests/e2e/*.sh; do basename "$script" .sh; done | grep -v -- '-guest$')
	steps=$((8 + $(echo "$e2e_all" | wc -l)))
	echo "All of relaydam's tests: $steps steps, some fifteen minutes on two cores, 2.5 GB of packages and Debian roots."
	echo "Servers are installed below build/root/ and nowhere else."
	echo
	# shellcheck source=tests/lab/steps.sh
	. tests/lab/steps.sh
	step_shown "packages (tests/deps.sh lab)" sh tests/deps.sh lab
	step_shown "build" build build/e2e_block build/e2e/tail
	# the Debians that the last tests run servers in; whether they can be made, these tests say themselves
	step_begin "Debian roots for the servers, beside the next steps" tests/lab/roots.sh build mx courier exim deb
	steps_most=$((steps_most + 1)) # it waits for disk and network
	step_beside "layers: who may use whom in src/" tests/layers.py build
	step_beside "lint" tests/lint.sh
	steps_wait 2
	step_beside "unit tests, replays, command line: gcc and clang, with sanitizers" env RELAYDAM_LONG=1 tests/check.sh
	steps_wait 2
	step_beside "the page of a report in a browser" tests/page.sh ./relaydam
	steps_wait 2
	step_beside "fuzzers" env FUZZ_SECONDS="${FUZZ_SECONDS:-5}" tests/fuzz/run.sh
	for e2e in $e2e_all; do step "tests/e2e/$e2e.sh" tests/e2e.sh ./relaydam build "$e2e"; done
}

if [ -n "$lab" ]; then everything; else brief; fi
steps_end
