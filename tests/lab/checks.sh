# shellcheck shell=bash
# Functions for tests of the live daemon. A test that runs in the lab (mx.sh) or in its own namespaces starts with
#	relaydam=...; work=...; conf=...; . tests/lab/checks.sh
# and ends with `conclude NAME`. conf selects the daemon: it is the path of its configuration, and may be changed at any time.
# shellcheck disable=SC2154 # the test sets relaydam, work, conf
passed=0 failed=0
python=$(python3 -c 'import sys; print(sys.executable)' 2> /dev/null || true) # the interpreter itself: a wrapper costs 0.1 s
lab=$PWD/tests/lab

check() { # WHAT COMMAND...
	local what=$1
	shift
	if "$@" > "$work/last" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		head -n 5 "$work/last"
	fi
}

same() { # GOT WANTED, which may be a pattern
	# shellcheck disable=SC2053
	[[ $1 == $2 ]] || {
		echo "got \"$1\", wanted \"$2\""
		return 1
	}
}

within() { # SECONDS COMMAND...: until it succeeds
	local end=$((SECONDS + $1 + 1))
	shift
	while ! "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

not() { ! "$@"; }
says() { # TEXT COMMAND...: its exit code is a matter of its own
	local text=$1
	shift
	{ "$@" || true; } 2>&1 | tr '\n' ' ' | grep -F -- "$text"
}
neighbour() { # another network namespace; the process that holds it in `peer`
	unshare -n sleep infinity > /dev/null 2>&1 &
	peer=$!
	within 5 test ! /proc/self/ns/net -ef "/proc/$peer/ns/net"
}
ask() { "$relaydam" "$1" -c "$conf" "${@:2}"; }

start() { # [COMMAND...] a daemon, once it answers; its pid in `daemon`, what it says in $work/out
	"$@" "$relaydam" run -c "$conf" >> "$work/out" 2>&1 &
	daemon=$!
	within 10 answers_or_gone && answers
}
answers_or_gone() { answers || [ ! -e "/proc/$daemon/exe" ]; }
answers() { ask status > "$work/status" 2>&1; local r=$?; [ $r = 0 ] && kill -0 "$daemon"; }
stop() { # ends it in peace; its exit code
	kill "$daemon"
	wait "$daemon"
}

figure() { # KEY of status --json
	ask status --json | "$python" -c '
import json, sys
for line in sys.stdin:
    value = json.loads(line).get(sys.argv[1])
    if value is not None:
        print(value)' "$1"
}
figure_is() { same "$(figure "$1")" "$2"; } # KEY VALUE

bans() { # "jail prefix" of each ban in force, sorted
	ask list --json | "$python" -c '
import json, sys
for line in sys.stdin:
    ban = json.loads(line)
    if "jail" in ban:
        print(ban["jail"], ban["prefix"])' | sort
}

smtp() { nsenter -t "$MX_CLIENTS" -n "$python" "$lab/smtp.py" "$@"; }
connects() { same "$(smtp connect "${@:2}")" "$1"; } # "yes no ..." ADDRESS...

conclude() { # NAME of the test
	echo "$1: $passed passed, $failed failed"
	[ $failed = 0 ]
}
