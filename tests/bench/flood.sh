#!/usr/bin/env bash
# Ten million clients that come once each, among them offenders who come back: what memory it takes, whether the offenders are banned,
# what a hit costs, and how long the daemon's loop stands still. Fails where a promise of docs/trust.md is broken.
# usage: tests/bench/flood.sh RELAYDAM FLOOD HITS      FLOOD_LINES=10000000 FLOOD_SECONDS=20 FLOOD_RATE=50000
set -euo pipefail
relaydam=$(realpath "$1") flood=$(realpath "$2") hits=$(realpath "$3")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
daemon=""
cleanup() {
	[ -z "$daemon" ] || kill "$daemon" 2> /dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
conf=$work/relaydam.conf
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
lines=${FLOOD_LINES:-10000000} seconds=${FLOOD_SECONDS:-20} rate=${FLOOD_RATE:-50000}

configure() { # MAXRETRY FINDTIME BANTIME
	cat > "$conf" << CONF
sources = ( { file = "$work/mail.log"; } );
filters = [ "postfix" ];
state_dir = "$work";
runtime_dir = "$work";
table_memory = "16M";
blockers = ( { name = "none"; type = "print"; } );
jails = ( { name = "harvest"; offences = [ "unknown-user" ]; maxretry = $1; findtime = "$2"; bantime = "$3"; blocker = "none"; } );
CONF
}
replay() { # LINES: peak memory in KiB, bans and evicted
	"$flood" "$1" 2> "$work/wanted" | "$python" -c '
import json, resource, subprocess, sys
out = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=True).stdout
summary = json.loads(out.splitlines()[-1])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, summary["bans"], summary["evicted"], summary["hits"])' \
		"$relaydam" replay -c "$conf" --json -
}
resident() { # KIND KiB of the daemon
	sed -n "s/^$1:[[:space:]]*\([0-9]*\) kB/\1/p" "/proc/$daemon/status"
}
member() { # OBJECT KEY of status
	ask status --json | "$python" -c '
import json, sys
print(json.loads(sys.stdin.readline())[sys.argv[1]][sys.argv[2]])' "$1" "$2"
}
read_all() {
	ask status --json | "$python" -c '
import json, sys
sys.exit(json.loads(sys.stdin.readline())["sources"][0]["lag_bytes"] != 0)'
}
at_most() { "$python" -c 'import sys; a, b = map(float, sys.argv[1:]); print(a, "of", b); sys.exit(a > b)' "$1" "$2"; }

ln -s "$PWD/conf/filters" "$work/filters"
: > "$work/mail.log"
configure 5 10m 10m
read -r few _ _ _ <<< "$(replay 1000)"
read -r many bans evicted got <<< "$(replay "$lines")"
echo "replay: $got hits, $evicted entries forgotten, $bans bans of $(cat "$work/wanted"), $((many - few)) KiB more than for 1,000 lines"
check "replay: every line is a hit, but for those of who is banned" same "$got" "$lines"
check "replay: all offenders are banned, and nobody else" same "$bans" "$(cat "$work/wanted")"
# What a replay keeps of each ban for its report is no table's: 200 bytes.
check "replay: memory" at_most $((many - few)) $((16 * 1024 + bans / 5 + 512))

configure 5 10m 10m
check "the daemon starts" start
before=$(resident VmRSS)
"$flood" $((rate * seconds)) "$rate" "$work/mail.log" 2> "$work/wanted" &
writer=$!
answers_in=0
while kill -0 $writer 2> /dev/null; do
	took=$("$python" - "$work/control.sock" << 'PY'
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
worst = 0
for _ in range(50):
    start = time.monotonic()
    s.sendall(b'{"command":"status","addr":"192.0.2.7"}\n')
    while not s.recv(65536).endswith(b"\n"):
        pass
    worst = max(worst, time.monotonic() - start)
    time.sleep(0.01)
print(int(worst * 1000000))
PY
	)
	[ "$took" -le "$answers_in" ] || answers_in=$took
done
wait $writer
check "live: nothing is left to read" within 5 read_all
echo "live: $rate lines a second for $seconds s, $(figure bans) bans of $(cat "$work/wanted"), $(($(resident VmHWM) - before)) KiB more than at start;" \
	"longest pause $(member loop longest_ms) ms, of it CPU $(member loop longest_cpu_ms) ms, $(member loop over_10ms) over 10 ms; longest answer $((answers_in / 1000)) ms"
check "live: all lines" figure_is lines $((rate * seconds))
check "live: all offenders are banned, and nobody else" figure_is bans "$(cat "$work/wanted")"
# 12 MiB for all else that has a bound of its own: the ledger's thread, pages and queue, the evidence, blocks that are read.
check "live: memory" at_most $(($(resident VmHWM) - before)) $((16 * 1024 + 12 * 1024))
# By the CPU's clock: on a machine with other work the scheduler's pauses are not ours.
check "live: no pause over 10 ms" at_most "$(member loop longest_cpu_ms)" 10
check "it ends with 0" stop
daemon=""

configure 8 20s 1s
code=0
"$hits" "$conf" "$lines" || code=$?
check "what a hit costs" [ $code = 0 ]
conclude flood.sh
