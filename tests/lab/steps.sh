# shellcheck shell=sh
# The steps of a long test run. A step is a command whose output goes to $logs; one line is printed when it ends. At the end all tests
# that failed or were skipped are listed. Sourced by tests/all.sh, which sets `logs`, and `steps` to the number of steps.
#
#   step_shown NAME COMMAND...  runs a command that shows its own progress
#   step NAME COMMAND...        runs a command alone
#   step_beside NAME COMMAND... runs it in parallel with other such steps, as many as there are processors
#   steps_end                   waits for all, prints the lists and the sum; returns 1 if a step failed
#
# Exit code 0: the step passed; 77: it was skipped, which counts as failed with SKIP=fail; any other: it failed. In the output, lines that
# begin with FAILED and lines with SKIPPED name single tests.
# shellcheck disable=SC2154 # logs, steps
# shellcheck source=tests/lab/progress.sh
. tests/lab/progress.sh
step_n=0 steps_running='' steps_failed=0 steps_skipped=0 steps_begin=$(date +%s)
steps_most=$(nproc)
rm -rf "${logs:?}"
mkdir -p "$logs"
trap 'steps_kill; exit 130' INT TERM
trap 'steps_kill' EXIT

clock() { # SECONDS
	printf '%d:%02d' $(($1 / 60)) $(($1 % 60))
}

steps_kill() {
	for n in $steps_running; do kill -TERM -- "-$(cat "$logs/$n.pid")" 2> /dev/null || true; done
	steps_running=
}

step_line() { # N TEXT: "[ 4/20] 1:35  unit tests: passed"
	[ ! -t 1 ] || printf '\r\033[K'
	printf '[%2d/%d] %5s  %s\n' "$1" "$steps" "$(clock $(($(date +%s) - steps_begin)))" "$2"
	progress_at=$(date +%s)
}

sum_of() { # FILE...: how many tests passed in them, by the last lines of scripts and of cmocka
	cat "$@" /dev/null | sed -n 's/.*\[  PASSED  \] \([0-9]*\) test.*/\1/p; s/^\(.*[: ]\)\?\([0-9]\+\) passed, [0-9]* failed.*/\2/p' |
		awk '{ n += $1 } END { print n + 0 }'
}

step_ended() { # N
	log=$logs/$1.log name=$(cat "$logs/$1.name") code=$(cat "$logs/$1.code")
	took="$(($(date +%s) - $(cat "$logs/$1.begin"))) s"
	n_passed=$(sum_of "$log")
	what=passed
	[ "$n_passed" = 0 ] || what="$n_passed passed"
	case $code in
	0) step_line "$1" "$name: $what ($took)" ;;
	77)
		steps_skipped=$((steps_skipped + 1))
		step_line "$1" "$name: SKIPPED ($took)"
		;;
	*)
		steps_failed=$((steps_failed + 1))
		step_line "$1" "$name: FAILED ($took)"
		tail -n 60 "$log" | cut -c1-300 | sed 's/^/    /'
		echo "    the whole output: $log"
		;;
	esac
	# single tests that a script skipped, and why
	grep -h 'SKIPPED' "$log" | sed 's/^/         /' || true
}

steps_wait() { # N: until fewer than N are running
	while :; do
		still='' count=0
		for n in $steps_running; do
			if [ -e "$logs/$n.code" ]; then
				step_ended "$n"
			else
				still="$still $n" count=$((count + 1))
			fi
		done
		steps_running=$still
		[ $count -ge "$1" ] || return 0
		n=${still##* }
		progress_from=$steps_begin
		said=$(tail -n 1 "$logs/$n.log" 2> /dev/null | cut -c1-40)
		progress_show "[$n/$steps] $(cat "$logs/$n.name")${said:+: $said}"
		sleep 0.2
	done
}

step_begin() { # NAME COMMAND...
	step_n=$((step_n + 1))
	printf '%s\n' "$1" > "$logs/$step_n.name"
	shift
	date +%s > "$logs/$step_n.begin"
	: > "$logs/$step_n.log"
	# its own process group, so that all its processes can be ended
	# shellcheck disable=SC2016 # for the inner shell
	setsid sh -c 'at=$1; shift; code=0; "$@" > "$at.log" 2>&1 < /dev/null || code=$?; echo $code > "$at.new"; mv "$at.new" "$at.code"' \
		sh "$logs/$step_n" "$@" &
	echo $! > "$logs/$step_n.pid"
	steps_running="$steps_running $step_n"
}
step() {
	steps_wait 1
	step_begin "$@"
	steps_wait 1
}
step_beside() {
	steps_wait "$steps_most"
	step_begin "$@"
}
step_shown() {
	steps_wait 1
	step_n=$((step_n + 1))
	name=$1
	shift
	step_line $step_n "$name"
	progress_from=$(date +%s)
	if "$@"; then return; fi
	echo "FAILED: $name"
	echo "tests: 0 passed, 1 failed"
	exit 1
}

steps_end() {
	steps_wait 1
	passed=$(sum_of "$logs"/*.log) failed=0
	echo
	for n in $(seq "$step_n"); do
		[ -e "$logs/$n.code" ] || continue
		name=$(cat "$logs/$n.name") code=$(cat "$logs/$n.code")
		case $code in
		0) ;;
		77)
			echo "skipped: $name"
			[ "${SKIP:-}" != fail ] || failed=$((failed + 1))
			;;
		*)
			grep -h '^FAILED\|^fuzz .* FAILED' "$logs/$n.log" | sort -u | cut -c1-200 > "$logs/$n.failed" || true
			[ -s "$logs/$n.failed" ] || echo "exit code $code" > "$logs/$n.failed"
			failed=$((failed + $(wc -l < "$logs/$n.failed")))
			head -n 20 "$logs/$n.failed" | sed "s|^|failed: $name: |"
			;;
		esac
	done
	[ "${SKIP:-}" != fail ] || [ $steps_skipped = 0 ] || echo "SKIP=fail: what was skipped counts as failed"
	echo "took $(clock $(($(date +%s) - steps_begin))) minutes; the output of each step is in $logs/"
	echo "tests: $passed passed, $failed failed, $steps_skipped skipped"
	[ $failed = 0 ]
}
