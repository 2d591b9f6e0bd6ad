#!/usr/bin/env bash
# What the commands that ask the daemon print, against canned answers: tests/control/*.json in, tests/control/expect out.
# usage: tests/control.sh RELAYDAM SERVE; with UPDATE=1 the expected text is written anew, to be read before a commit.
set -euo pipefail
relaydam=$(realpath "$1") serve=$(realpath "$2")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
pids=()
cleanup() {
	for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
	rm -rf "$work"
}
trap cleanup EXIT
passed=0 failed=0
export TZ=UTC LC_ALL=C.UTF-8
unset RUNTIME_DIRECTORY

start() { # DIRECTORY NAME
	mkdir -p "$work/$2"
	"$serve" "$1" "$work/$2/control.sock" > "$work/$2.out" 2>&1 &
	pids+=($!)
	for _ in $(seq 200); do
		grep -qs ready "$work/$2.out" && return
		sleep 0.05
	done
	echo "FAILED: the server does not start"
	cat "$work/$2.out"
	exit 1
}

pass() { passed=$((passed + 1)); }
fail() {
	failed=$((failed + 1))
	echo "FAILED: $*"
}

transcript() { # DIRECTORY COMMAND...   each a line of words
	local dir=$1 command code
	shift
	for command in "$@"; do
		code=0
		echo "\$ relaydam $command"
		# shellcheck disable=SC2086 # a list of words
		RUNTIME_DIRECTORY=$work/$dir "$relaydam" $command 2>&1 || code=$?
		echo "=> $code"
		echo
	done
}

want() { # CODE TEXT COMMAND...
	local code=$1 text=$2 got=0
	shift 2
	"$@" > "$work/out" 2> "$work/err" < /dev/null || got=$?
	if [ $got = "$code" ] && { [ -z "$text" ] || grep -qF -- "$text" "$work/out" "$work/err"; }; then
		pass
	else
		fail "$* gave $got, wanted $code and \"$text\""
		head -n 5 "$work/out" "$work/err"
	fi
}

start tests/control well
start tests/control/ill ill
{
	transcript well status "status 192.0.2.7" "status 192.0.2.8" list "ban --for 1h 192.0.2.9" "ban 192.0.2.1" \
		"unban 192.0.2.7" "unban 192.0.2.8" "unban --all" reload "list --json" "status --metrics"
	transcript ill status reload list
	transcript well "watch --count 1" "watch --count 1 --blocker login mx1=$work/well/control.sock mx2=$work/none" |
		sed "s/^[0-9][0-9]:[0-9][0-9]:[0-9][0-9]/23:31:20/; s,$work,,g"
	transcript ill "watch --count 1 $work/none" | sed "s,$work,,g"
} > "$work/transcript"
[ "${UPDATE:-}" = 1 ] && cp "$work/transcript" tests/control/expect
if diff -u tests/control/expect "$work/transcript"; then pass; else fail "the text is not tests/control/expect"; fi

# what we write ourselves stays within 80 columns; log lines, JSON, metrics and errors do as they like
wide=$(sed '/^\$ relaydam list --json/,$d' tests/control/expect | grep -v '^  Nov \|^relaydam: ' | awk 'length > 80')
if [ -z "$wide" ]; then pass; else fail "wider than 80 columns: $wide"; fi

if grep -q $'\033' <(sed '/^\$ relaydam status --metrics/,/^=>/d' "$work/transcript"); then
	fail "an escape sequence of a client, or a colour without a terminal"
else
	pass
fi
if script -qec true /dev/null < /dev/null > /dev/null 2>&1; then
	on_terminal() { # DIRECTORY COMMAND   is there anything but plain text?
		RUNTIME_DIRECTORY=$work/$1 script -qec "'$relaydam' $2" /dev/null < /dev/null > "$work/tty"
		grep -q $'\033' "$work/tty"
	}
	if TERM=xterm on_terminal ill status; then pass; else fail "no colour on a terminal"; fi
	if TERM=xterm NO_COLOR=1 on_terminal ill status; then fail "colour in spite of NO_COLOR"; else pass; fi
	if TERM=xterm on_terminal well "status --metrics"; then fail "a client's escape sequence in the metrics"; else pass; fi
else
	echo "control.sh: SKIPPED: colours: no terminal to be had (script, or /dev/pts, is missing)"
fi

# every sample stands behind the HELP and TYPE of its family, each once; no label set twice
RUNTIME_DIRECTORY=$work/well "$relaydam" status --metrics > "$work/metrics"
if awk '/^# HELP/ { if (seen[$3]++) bad = 1; next } /^# TYPE/ { name = $3; next }
	{ family = $0; sub(/[{ ].*/, "", family); if (family != name || sample[$1]++) bad = 1
	  if ($0 !~ /^[a-z_]+(\{([a-z]+="([^"\\]|\\["\\n])*",?)+\})? -?[0-9.e+]+$/) { print; bad = 1 } } END { exit bad }' "$work/metrics"; then
	pass
else
	fail "the metrics are not as Prometheus wants them"
fi
if command -v promtool > /dev/null; then want 0 "" promtool check metrics < "$work/metrics"; fi

# where the socket is: runtime_dir before the environment; a broken usual file does not matter, one that was named does
printf 'runtime_dir = "%s";\n' "$work/well" > "$work/own.conf"
printf 'runtime_dir = "%s"\njails = (' "$work/well" > "$work/bad.conf"
want 0 "All is well." env RUNTIME_DIRECTORY="$work/ill" "$relaydam" status -c "$work/own.conf"
want 0 "3 bans in force" env RUNTIME_DIRECTORY="$work/well:/other" "$relaydam" list
want 3 "bad.conf:2: " "$relaydam" status -c "$work/bad.conf"
want 1 "" env RUNTIME_DIRECTORY="$work/well" "$relaydam" status --json 192.0.2.8
want 1 "" env RUNTIME_DIRECTORY="$work/well" "$relaydam" unban --json 192.0.2.8

# nobody there; not allowed
mkdir "$work/none"
want 4 "relaydam is not running" env RUNTIME_DIRECTORY="$work/none" "$relaydam" status
if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
	chmod 755 "$work"
	cp "$relaydam" "$work/relaydam"
	getent group relaydam > /dev/null && text="you are not in group relaydam" || text="only root has access"
	want 4 "$text" setpriv --reuid 65534 --regid 65534 --clear-groups \
		env RUNTIME_DIRECTORY="$work/well" ASAN_OPTIONS=detect_leaks=0 "$work/relaydam" status
fi
want 1 "running already" "$serve" tests/control "$work/well/control.sock"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
