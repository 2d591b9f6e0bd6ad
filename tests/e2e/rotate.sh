#!/usr/bin/env bash
# A log that a real logrotate rotates while thousands of lines a second come in: by `create` with rsyslogd and with
# postlogd, which both write to the old file for a while, and by `copytruncate`. Each line is about a client of its own that one
# hit bans, so what the daemon read is known line by line: none is missing of those that a file holds, none was read twice.
# usage: tests/e2e/rotate.sh RELAYDAM BUILD
set -euo pipefail

here=$(dirname "$(realpath "$0")")
if [ -z "${MX_ROOT:-}" ]; then
	"$here/../lab/need.sh" rotate.sh || exit $?
	code=0 labs=()
	for log in rsyslog postlog; do # side by side: each is a host of its own
		MX_SECONDS=90 "$here/../lab/mx.sh" "$2" --log $log "$0" "$(realpath "$1")" $log &
		labs+=($!)
	done
	trap 'kill "${labs[@]}"' INT TERM
	for lab in "${labs[@]}"; do wait "$lab" || code=1; done
	exit $code
fi

relaydam=$1 log=$2
cd "$here/../.."
work=$MX_WORK conf=
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh

configure() { # NAME FILE
	conf=$work/$1/relaydam.conf
	mkdir -p "$work/$1/state" "$work/$1/run"
	ln -sfn "$PWD/conf/filters" "$work/$1/filters"
	cat > "$conf" << CONF
sources = ( { file = "$2"; } );
filters = [ "postfix" ];
state_dir = "$work/$1/state";
runtime_dir = "$work/$1/run";
blockers = ( { name = "none"; type = "print"; } );
jails = ( { name = "dnsbl"; offences = [ "dnsbl" ]; maxretry = 1; findtime = "10m"; bantime = "10m"; blocker = "none"; } );
CONF
}

rotation() { # FILE, as the chroot names it; what is to be done on standard input
	{
		echo "$1 {"
		echo "rotate 50"
		cat
		echo "}"
	} > "$MX_ROOT/etc/rotate.conf"
}
rotate() { chroot "$MX_ROOT" logrotate -f -s /run/rotated /etc/rotate.conf; }

held() { # FILE...: the clients in them, one a line, sorted
	cat "$@" | sed -n 's/.*reject: RCPT from unknown\[\([^]]*\)\].*/\1\/32/p' | sort
}
lag() {
	ask status --json | "$python" -c 'import json, sys; print(json.loads(sys.stdin.readline())["sources"][0]["lag_bytes"])'
}
counted() { # KEY: of the last status
	"$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/last-status" "$1"
}

has_lines() { [ "$(wc -l < "$file")" -ge "$1" ]; }
under_load() { # ROTATIONS COMMAND...: that writes
	local rotations=$1 i writer
	shift
	"$@" > "$work/writer" 2>&1 &
	writer=$!
	for i in $(seq "$rotations"); do
		within 5 has_lines 1000
		check "$name: rotation $i" rotate
	done
	check "$name: all is written" wait $writer
}

compare() { # what is in the ledger beside what is in the files
	check "$name: read to the end" within 10 hits_are_steady
	ask status --json > "$work/last-status"
	check "$name: it ends with 0" stop
	"$python" "$lab/bans.py" "$work/$name/state/ledger.db" | cut -d ' ' -f 4 | sort > "$work/banned"
	held "$file"* > "$work/held"
	check "$name: the files hold lines" test "$(wc -l < "$work/held")" -gt $((lines / 2))
	check "$name: rotated" test -e "$file.3"
	check "$name: none is missing" same "$(comm -13 "$work/banned" "$work/held" | wc -l)" 0
	check "$name: none was read twice" same "$(counted stopped)" 0
	check "$name: each is a hit" same "$(counted hits)" "$(wc -l < "$work/banned")"
}
hits_are_steady() { # nothing more is read, and nothing twice, for a while: the old file may still be drained
	local before
	before=$(figure hits)
	sleep 0.3
	same "$(lag)" 0 && same "$(figure hits)" "$before"
}
exact() { # by `create` nothing gets lost on its way: what the files hold is what was written, and what was read
	check "$name: the files hold all" same "$(wc -l < "$work/held")" "$lines"
	check "$name: nothing else was read" same "$(wc -l < "$work/banned")" "$lines"
	check "$name: every line counts once" same "$(counted lines)" "$(cat "$file"* | wc -l)"
}

rsyslog() {
	local name=create file=$MX_LOG lines=12000
	rotation /var/log/mail.log << 'ROTATE'
create 0640 root root
postrotate
	kill -HUP $(cat /run/rsyslogd.pid)
endscript
ROTATE
	within 5 test -s "$file"
	: > "$file" # what was before the daemon's first start is none of its business
	configure $name "$file"
	check "$name: the daemon starts" start
	under_load 5 "$python" "$lab/lines.py" unique $lines 4000 "syslog:$MX_ROOT/dev/log"
	compare
	exact

	name=copytruncate file=$MX_ROOT/var/log/other.log lines=20000
	rotation /var/log/other.log <<< copytruncate
	: > "$file"
	configure $name "$file"
	check "$name: the daemon starts" start
	under_load 5 "$python" "$lab/lines.py" unique $lines 5000 "file:$file"
	compare
}

postlog() {
	local name=postlog file=$MX_LOG lines=8000
	rotation /var/log/mail.log << 'ROTATE'
create 0600 root root
postrotate
	postfix reload
endscript
ROTATE
	: > "$file"
	configure $name "$file"
	check "$name: the daemon starts" start
	under_load 4 sh -c "'$python' '$lab/lines.py' unique $lines 2500 - | chroot '$MX_ROOT' postlog -i -t postfix/smtpd"
	compare
	exact
}

$log
conclude "rotate.sh ($log)"
