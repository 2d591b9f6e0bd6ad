#!/usr/bin/env bash
# kill -9 at twenty random moments (CRASH_TIMES), reloads at as many: while a log is being written, three daemons follow it, one of them left
# in peace. In the end all three have made the same bans at the same times, and so does a replay.
# usage: tests/e2e/crash.sh RELAYDAM BUILD      SEED=N for the same moments and the same lines
set -euo pipefail

if [ -z "${RELAYDAM_E2E_INSIDE:-}" ]; then
	"$(dirname "$0")/../lab/kernel.sh" crash.sh namespaces -- || exit $?
	# shellcheck disable=SC2016 # for the inner shell
	RELAYDAM_E2E_INSIDE=1 exec timeout -k 5 $((60 + ${CRASH_TIMES:-20} * 3 / 2)) unshare -n -m -p -f --mount-proc --kill-child --propagation private \
		sh -c 'mount -t tmpfs crash /run && exec "$0" "$@"' "$0" "$@" < /dev/null
fi

relaydam=$(realpath "$1")
cd "$(dirname "$0")/../.."
work=/run conf=
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
seed=${SEED:-$((SRANDOM % 1000000))}
RANDOM=$seed
times=${CRASH_TIMES:-20}
lines=$((times * 1000)) rate=1400
log=$work/mail.log
: > $log

configure() { # NAME
	conf=$work/$1/relaydam.conf
	mkdir -p "$work/$1/state" "$work/$1/run"
	ln -s "$PWD/conf/filters" "$work/$1/filters"
	cat > "$conf" << CONF
sources = ( { file = "$log"; } );
filters = [ "postfix" ];
state_dir = "$work/$1/state";
runtime_dir = "$work/$1/run";
blockers = ( { name = "none"; type = "print"; } );
# Bans outlast the longest findtime: what is read again after a kill begins in the middle of some.
jails = ( { name = "dnsbl";   offences = [ "dnsbl" ];        maxretry = 1; findtime = "1s"; bantime = "2s"; blocker = "none"; },
          { name = "harvest"; offences = [ "unknown-user" ]; maxretry = 4; findtime = "1s"; bantime = "3s"; blocker = "none"; },
          { name = "patient"; offences = [ "unknown-user", "relay" ]; maxretry = 8; findtime = "2s"; bantime = "5s"; blocker = "none"; } );
CONF
}
run() { # in the background; its pid in `daemon`
	"$relaydam" run -c "$conf" >> "$work/out" 2>&1 &
	daemon=$!
}
pause() { # any moment is what is tested; a quarter of them long enough for the ledger to have written, the others while the daemon starts or catches up
	local ms=$((50 + RANDOM % 300))
	[ $((RANDOM % 4)) != 0 ] || ms=$((950 + RANDOM % 800))
	sleep "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))"
}
kills() { # with -9, and at once again
	local i
	for i in $(seq "$times"); do
		pause
		kill -9 "$daemon" || return 1
		wait "$daemon" 2> /dev/null || true
		run
	done
}
reloads() { # by the command and by the signal, in turn, of daemon $1
	local i
	for i in $(seq "$times"); do
		pause
		if [ $((i % 2)) = 0 ]; then kill -HUP "$1"; else "$relaydam" reload -c "$2"; fi || return 1
	done
}
read_all() {
	ask status --json | "$python" -c '
import json, sys
sys.exit(json.loads(sys.stdin.readline())["sources"][0]["lag_bytes"] != 0)'
}
bans_of() { "$python" tests/lab/bans.py "$work/$1/state/ledger.db"; }
replayed() { # the same form
	"$relaydam" replay -c "$conf" --json $log | "$python" -c '
import datetime, json, sys
def micro(text):
    return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000000)
bans = [e for e in map(json.loads, sys.stdin) if e["event"] == "ban"]
print(*sorted("%d %d %s %s" % (micro(b["time"]), micro(b["until"]), b["jail"], b["prefix"]) for b in bans), sep="\n")'
}

declare -A daemons=()
for name in peace reload kill; do
	configure $name
	check "$name: the daemon starts" start
	daemons[$name]=$daemon
done
"$python" tests/lab/lines.py mixed $lines $rate "file:$log" "$seed" &
writer=$!
reloads "${daemons[reload]}" $work/reload/relaydam.conf > "$work/reloads" 2>&1 &
reloader=$!
check "$times kills" kills
check "$times reloads" wait $reloader
check "all is written" wait $writer
daemons[kill]=$daemon
for name in peace reload kill; do
	conf=$work/$name/relaydam.conf daemon=${daemons[$name]}
	check "$name: read to the end" within 10 read_all
	check "$name: it ends with 0" stop
	bans_of $name > "$work/$name.bans"
done
check "many bans" test "$(wc -l < $work/peace.bans)" -gt 300
check "kill -9 changes nothing" diff $work/peace.bans $work/kill.bans
check "a reload changes nothing" diff $work/peace.bans $work/reload.bans
replayed > $work/replay.bans
check "live is what a replay says" diff $work/peace.bans $work/replay.bans
echo "crash.sh: $(wc -l < $work/peace.bans) bans, seed $seed"
conclude crash.sh
