# shellcheck shell=bash
# Functions for tests of hostile sessions; see forge.py. Sourced, with relaydam and work set.
# FORGED_SESSIONS: number of sessions. FORGED_SEED: of the random generator. FORGED_SECONDS: time limit. FORGED_KEEP: a directory for
# logs and sessions.
# shellcheck disable=SC2154

forged_sessions() { # SERVERS COUNT [COMMAND...] which runs the clients: their log is $work/sessions
	local servers=$1 count=$2
	shift 2
	timeout "${FORGED_SECONDS:-240}" "$@" python3 tests/lab/forge.py sessions "$servers" "${FORGED_SESSIONS:-$count}" \
		"${FORGED_SEED:-1}" tests/forged/* > "$work/sessions"
}

forged_settled() { # LOG: nothing was written for half a second; ten at most
	local before=-1 now
	for _ in $(seq 20); do
		now=$(wc -c < "$1")
		[ "$now" != "$before" ] || return 0
		before=$now
		sleep 0.5
	done
}

forged_judge() { # NAME LOG...: every hit must be a true one; the verdict on the last log is shown
	local name=$1 log lines=0
	shift
	[ -z "${FORGED_KEEP:-}" ] || cp "$@" "$work/sessions" "$FORGED_KEEP/"
	for log; do
		[ -s "$log" ] || { echo "$name: FAILED: no $log" && return 1; }
		lines=$((lines + $(wc -l < "$log")))
		"$relaydam" match -c tests/etc/relaydam.conf --json "$log" > "$work/hits" || true
		python3 tests/lab/forge.py judge "$work/sessions" < "$work/hits" > "$work/judged" || {
			cat "$work/judged"
			echo "$name: FAILED: $(basename "$log")"
			return 1
		}
	done
	cat "$work/judged"
	echo "$name: passed, $lines lines in $# logs"
}
