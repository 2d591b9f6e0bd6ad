#!/usr/bin/env bash
# The daemon, built with sanitizers, under all that happens to it at once: lines at a steady rate, floods, rotations of both kinds,
# reloads, control clients, and firewall rebuilds where nftables are to be had. In the end, memory and descriptors are where they
# were after the first fifth. usage: tests/soak.sh RELAYDAM FLOOD      SOAK_SECONDS=600
set -euo pipefail

if [ -z "${RELAYDAM_E2E_INSIDE:-}" ]; then
	skip() {
		echo "soak.sh: SKIPPED: $*"
		exit 77
	}
	[ "$(id -u)" = 0 ] || skip "it wants root"
	unshare -n -m -p -f --mount-proc true 2> /dev/null || skip "no namespaces here"
	# shellcheck disable=SC2016 # for the inner shell
	RELAYDAM_E2E_INSIDE=1 exec timeout -k 5 $((${SOAK_SECONDS:-600} + 60)) unshare -n -m -p -f --mount-proc --kill-child \
		--propagation private sh -c 'mount -t tmpfs soak /run && exec "$0" "$@"' "$0" "$@" < /dev/null
fi

relaydam=$(realpath "$1") flood=$(realpath "$2")
cd "$(dirname "$0")/.."
work=/run conf=/run/relaydam.conf log=/run/log/mail.log
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
seconds=${SOAK_SECONDS:-600}
type=print
! command -v nft > /dev/null || type=nft
# A freed block is held back for a while by the sanitizer: no more than this.
export ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=8 UBSAN_OPTIONS=print_stacktrace=1

mkdir -p $work/log $work/state $work/run
ln -s "$PWD/conf/filters" $work/filters
: > $log
configure() { # MAXRETRY
	cat > $conf.new << CONF
sources = ( { file = "$log"; } );
filters = [ "postfix" ];
state_dir = "$work/state";
runtime_dir = "$work/run";
table_memory = "4M";
blockers = ( { name = "mx"; type = "$type"; list = "soak"; ports = [ 25 ]; seconds = "10m"; } );
jails = ( { name = "dnsbl";   offences = [ "dnsbl" ];        maxretry = 1; findtime = "2s"; bantime = "3s"; blocker = "mx"; },
          { name = "harvest"; offences = [ "unknown-user" ]; maxretry = $1; findtime = "5s"; bantime = "5s"; blocker = "mx"; } );
CONF
	mv $conf.new $conf
}
resident() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$daemon/status"; }
descriptors() { find "/proc/$daemon/fd" -mindepth 1 2> /dev/null | wc -l; }
nobody_asks() { [ -z "$(ss -Hx state connected src $work/run/control.sock)" ]; }
quiet() { # what is open is the daemon's own
	within 5 nobody_asks || true
	echo "$(resident) $(descriptors)"
}
asks() { # until told to end
	while [ ! -e $work/end ]; do
		ask status --json || true
		ask list || true
		ask status 10.1.2.3 || true
		ask ban 192.0.2.77 || true
		ask unban 192.0.2.77 || true
		ask status --metrics || true
		sleep 0.2 # their pace
	done > /dev/null 2>&1
}
happens() { # what the round's number says
	case $(($1 % 6)) in
	0) mv $log $log.1 && : > $log ;;
	1) cp $log $log.1 && : > $log ;;
	2) configure $((3 + $1 % 4)) && ask reload > $work/said 2>&1 ;;
	3) "$flood" 40000 20000 $log > $work/said 2>&1 ;;
	4) [ $type != nft ] || { nft flush ruleset && ask firewall --install > $work/said 2>&1; } ;;
	5) kill -HUP "$daemon" ;;
	esac
}

ip link set lo up
configure 5
[ $type = print ] || ask firewall --install
check "starts" start
"$python" tests/lab/lines.py mixed $((seconds * 2000)) 1000 file:$log 1 > $work/writer 2>&1 &
writer=$!
asks &
asker=$!
round=0 first='' last=''
while [ $SECONDS -lt "$seconds" ] && kill -0 "$daemon"; do
	happens $round || check "round $round" false
	round=$((round + 1))
	sleep 0.3 # the pace of what happens; what comes of it is looked at in the end
	[ -n "$first" ] || [ $SECONDS -lt $((seconds / 5)) ] || first=$(quiet)
done
touch $work/end
wait $asker || true
last=$(quiet)
check "it lives" kill -0 "$daemon"
ask status --json > $work/status.json
kill $writer 2> /dev/null || true
read -r memory files <<< "$first"
read -r memory_now files_now <<< "$last"
"$python" - << PY
import json
s = json.loads(open("$work/status.json").readline())
print("soak.sh: $round rounds in $seconds s:", s["lines"], "lines,", s["bans"], "bans, memory $memory then $memory_now KiB, descriptors $files then $files_now, longest pause", s["loop"]["longest_ms"], "ms;", *s["warnings"])
PY
check "descriptors: $files then $files_now" [ "$files_now" -le $((files + 4)) ]
check "memory: $memory then $memory_now KiB" [ "$memory_now" -le $((memory + memory / 10 + 4096)) ]
check "ends with 0, and no sanitizer has a word to say" stop
check "no report" not grep -q 'Sanitizer\|runtime error' $work/out
conclude soak.sh
