#!/usr/bin/env bash
# Faults by real means, one after the other: what the daemon does is one line in docs/trust.md each, and a new offender is banned
# while the fault lasts wherever a line of the log can be read. usage: tests/e2e/faults.sh RELAYDAM BUILD [FAULT]...
set -euo pipefail

if [ -z "${RELAYDAM_E2E_INSIDE:-}" ]; then
	"$(dirname "$0")/../lab/kernel.sh" faults.sh namespaces -- prlimit fsfreeze mkfs.ext4 mkfifo ss cc || exit $?
	# shellcheck disable=SC2016 # for the inner shell
	RELAYDAM_E2E_INSIDE=1 exec timeout -k 5 180 unshare -n -m -p -f --mount-proc --kill-child --propagation private \
		sh -c 'mount -t tmpfs faults /run && exec "$0" "$@"' "$0" "$@" < /dev/null
fi

relaydam=$(realpath "$1")
shift 2
cd "$(dirname "$0")/../.."
work=/run conf='' daemon='' name='' next=0
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
log='' dir=''
skipped=0

skip_fault() { # WHY
	echo "faults.sh: SKIPPED: $name: $*"
	skipped=$((skipped + 1))
}
prepare() { # NAME: a directory of its own; its log is empty
	name=$1 dir=$work/$1 conf=$work/$1/relaydam.conf log=$work/$1/log/mail.log
	mkdir -p "$dir/state" "$dir/run" "$dir/log"
	ln -s "$PWD/conf/filters" "$dir/filters"
	: > "$work/out"
	: > "$log"
	cat > "$conf" << CONF
sources = ( { file = "$log"; } );
filters = [ "postfix" ];
state_dir = "$dir/state";
runtime_dir = "$dir/run";
blockers = ( { name = "none"; type = "print"; } );
jails = ( { name = "dnsbl"; offences = [ "dnsbl" ]; maxretry = 1; findtime = "10m"; bantime = "10m"; blocker = "none"; },
          { name = "harvest"; offences = [ "unknown-user" ]; maxretry = 3; findtime = "10m"; bantime = "10m"; blocker = "none"; } );
CONF
}
stamp() { date -u '+%Y-%m-%dT%H:%M:%S.%6NZ' "$@"; }
offence() { # ADDRESS [STAMP]
	echo "${2:-$(stamp)} mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[$1]: 554 5.7.1 Service unavailable; Client host [$1] blocked using bl.test; from=<a@b.test> to=<c@d.test> proto=ESMTP helo=<x>"
}
guess() { # ADDRESS [STAMP]
	echo "${2:-$(stamp)} mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[$1]: 550 5.1.1 <x@mx.test>: Recipient address rejected: User unknown in local recipient table; from=<a@b.test> to=<x@mx.test> proto=ESMTP helo=<x>"
}
is_banned() { bans | grep -qx "${2:-dnsbl} $1/32"; }
offender() { # WHAT: a client that never came before is banned, at once or at the next look
	next=$((next + 1))
	last=198.51.100.$next
	offence $last >> "$log"
	check "$name: $1: a new offender is banned" within 3 is_banned $last
}
said() { grep -q -- "$1" "$work/out"; }
ledger_says() { ask status --json | grep -q "\"ledger\": *{[^}]*\"state\": *\"$1"; }
cpu_of() { awk '{ print $14 + $15 }' "/proc/$1/stat"; } # ticks of a hundredth of a second
written() { ask ban 203.0.113.8 > /dev/null; } # which answers when it, and all before it, is on the disk
crash() {
	kill -9 "$daemon"
	wait "$daemon" 2> /dev/null || true
}

full() { # the disk under the ledger
	mount -t tmpfs -o size=4m full "$dir/state"
	check "$name: starts" start
	offender "before"
	dd if=/dev/zero of="$dir/state/filler" bs=64k > /dev/null 2>&1 || true
	offender "full"
	check "$name: it says so" within 5 ledger_says "cannot be written"
	offender "still full"
	for n in {1..2000}; do offence 198.19.$((n / 250)).$((n % 250)); done >> "$log"
	check "$name: more bans than can wait for it" within 5 is_banned 198.19.8.0
	check "$name: an unban acts all the same, and says what becomes of it" says "a restart may bring them back" timeout 5 "$relaydam" unban 198.19.8.0 -c "$conf"
	check "$name: that ban is over" not is_banned 198.19.8.0
	check "$name: a ban by word as well" says "a restart may undo it" timeout 5 "$relaydam" ban 203.0.113.7 -c "$conf"
	check "$name: it is in force" is_banned 203.0.113.7
	rm "$dir/state/filler"
	check "$name: it goes on when there is room" within 5 ledger_says ok
	written
	crash
	check "$name: starts again" start
	check "$name: what was banned meanwhile was written" is_banned $last
	check "$name: ends" stop
}

hangs() { # the disk does not answer; the log lies on another
	truncate -s 16M "$work/disk"
	mkfs.ext4 -q "$work/disk"
	if ! mount -o loop "$work/disk" "$dir/state" 2> /dev/null; then
		skip_fault "no loop device here"
		return
	fi
	check "$name: starts" start
	offender "before"
	fsfreeze -f "$dir/state"
	(sleep 12; exec fsfreeze -u "$dir/state") > /dev/null 2>&1 &
	offender "frozen"
	check "$name: the ledger's thread hangs" within 5 grep -qs "^State:.*D" /proc/"$daemon"/task/*/status
	offender "frozen for a second"
	check "$name: it answers" timeout 2 "$relaydam" status -c "$conf"
	timeout 1 "$relaydam" ban 203.0.113.9 -c "$conf" > /dev/null 2>&1 || true # its answer waits for the disk
	check "$name: it bans by word" is_banned 203.0.113.9
	fsfreeze -u "$dir/state" || true
	offender "thawed"
	written
	crash
	check "$name: starts again" start
	check "$name: nothing was lost" is_banned 203.0.113.9
	check "$name: ends" stop
	umount "$dir/state"
}

readonly_state() {
	mount -t tmpfs -o size=4m state "$dir/state"
	check "$name: starts" start
	offender "before"
	written
	crash # nothing may be open for writing
	mount -o remount,ro "$dir/state"
	check "$name: refuses to start, or says that it has no ledger" not_silent
	if kill -0 "$daemon" 2> /dev/null; then
		offender "read-only"
		stop || true
	fi
	mount -o remount,rw "$dir/state"
	check "$name: starts again" start
	offender "writable again"
	check "$name: ends" stop
}
not_silent() {
	# shellcheck disable=SC2119 # of checks.sh: no command in front
	start || true
	said "ledger"
}

damaged() {
	check "$name: starts" start
	offender "before"
	check "$name: ends" stop
	head -c 20000 /dev/urandom > "$dir/state/ledger.db"
	rm -f "$dir/state/ledger.db-wal" "$dir/state/ledger.db-shm"
	check "$name: starts" start
	check "$name: it is set aside" ls "$dir"/state/ledger.db.damaged-*
	check "$name: with a message" said damaged
	offender "a new ledger"
	check "$name: ends" stop
	# and under its feet
	check "$name: starts" start
	offender "before"
	dd if=/dev/urandom of="$dir/state/ledger.db" bs=4k count=8 conv=notrunc > /dev/null 2>&1
	offender "overwritten"
	check "$name: ends" stop
	check "$name: starts" start
	offender "afterwards"
	check "$name: ends" stop
}

no_inotify() { # of a user namespace: no instance, then no watch
	local limit
	if ! unshare -U -r sh -c 'echo 0 > /proc/sys/user/max_inotify_instances' 2> /dev/null; then
		skip_fault "no user namespace here (a chroot may have none), or its limits cannot be set"
		return
	fi
	for limit in instances watches; do
		# shellcheck disable=SC2016 # for the inner shell
		check "$name: starts without $limit" start unshare -U -r sh -c \
			'echo 0 > "/proc/sys/user/max_inotify_$0" && exec "$@"' $limit
		offender "no $limit"
		mv "$log" "$log.1"
		: > "$log"
		offender "no $limit, rotated"
		check "$name: ends" stop
	done
}

overflow() { # more events than the kernel keeps
	check "$name: starts" start
	kill -STOP "$daemon"
	(cd "$dir/log" && seq -f 'x%.0f' 9000 | xargs touch && seq -f 'x%.0f' 9000 | xargs rm -f)
	next=$((next + 1))
	mv "$log" "$log.1"
	offence 198.51.100.$next >> "$log"
	kill -CONT "$daemon"
	check "$name: what came in between is read" within 3 is_banned 198.51.100.$next
	offender "afterwards"
	check "$name: ends" stop
}

nobody_asks() { [ -z "$(ss -Hx state connected src "$dir/run/control.sock")" ]; }
no_descriptors() {
	local before used
	check "$name: starts" start
	within 5 nobody_asks
	prlimit --pid "$daemon" --nofile=$(($(find "/proc/$daemon/fd" -mindepth 1 | wc -l))):4096
	before=$(cpu_of "$daemon")
	next=$((next + 1))
	timeout 2 "$relaydam" status -c "$conf" > /dev/null 2>&1 &
	offence 198.51.100.$next >> "$log"
	mv "$log" "$log.1"
	offence 198.51.101.$next >> "$log"
	sleep 2 # in which it might spin
	used=$(($(cpu_of "$daemon") - before))
	check "$name: it does not spin: $used hundredths of a second in two" [ $used -lt 50 ]
	check "$name: it lives" kill -0 "$daemon"
	prlimit --pid "$daemon" --nofile=1024:4096
	check "$name: it was banned" within 3 is_banned 198.51.100.$next
	check "$name: what could not be opened is read later" within 3 is_banned 198.51.101.$next
	offender "afterwards"
	check "$name: ends" stop
}

strange_log() { # a directory or a FIFO in its place
	local kind
	check "$name: starts" start
	for kind in mkdir mkfifo; do
		offender "a file"
		mv "$log" "$log.1"
		$kind "$log"
		check "$name: $kind: it says so" within 3 strange
		offence 198.51.101.$((next += 1)) >> "$log.1"
		check "$name: $kind: the old file is read on" within 3 is_banned 198.51.101.$next
		rm -rf "$log"
		: > "$log"
		offender "a file again"
		rm "$log.1"
	done
	check "$name: ends" stop
}
strange() { ask status --json | grep -q "not a regular file"; }

clock() { # of the log, both ways
	check "$name: starts" start
	offence 198.51.101.1 "$(stamp -d '-1 day')" >> "$log"
	check "$name: a day back" within 3 is_banned 198.51.101.1
	offence 198.51.101.2 "$(stamp -d '+1 day')" >> "$log"
	check "$name: a day ahead" within 3 is_banned 198.51.101.2
	offence 198.51.101.3 "$(stamp -d '-40 years')" >> "$log"
	check "$name: forty years back" within 3 is_banned 198.51.101.3
	offender "its own time again"
	check "$name: ends" stop
}

set_to() { # SECONDS ahead of what it was; the daemon has seen it
	ahead=$1
	echo "$ahead" > "$dir/ahead.new"
	mv "$dir/ahead.new" "$dir/ahead"
	within 3 reads_clock
}
reads_clock() { same "$(figure now)" "$(date -u -d "$ahead seconds" +%F)*"; }
here() { stamp -d "$ahead seconds"; } # what this machine's clock says
left_of() { # ADDRESS: how many seconds its ban still holds
	ask list --json | "$python" -c '
import datetime, json, sys
for line in sys.stdin:
    answer = json.loads(line)
    if answer.get("prefix") == sys.argv[1] + "/32":
        until = answer["until"]
    now = answer.get("now")
print(round((datetime.datetime.fromisoformat(until) - datetime.datetime.fromisoformat(now)).total_seconds()))' "$1"
}
still_holds() { local left; left=$(left_of "$1") && [ "$left" -gt 500 ] && [ "$left" -le 600 ]; } # of ten minutes
ended_in_ledger() { # ADDRESS
	"$python" -c '
import ipaddress, sqlite3, sys
with sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True) as ledger:
    address = ipaddress.IPv6Address("::ffff:" + sys.argv[2]).packed
    sys.exit(not ledger.execute("SELECT how FROM ban WHERE addr = ? AND how > 0", (address,)).fetchall())' "$dir/state/ledger.db" "$1"
}
stepped() { # N: the clock has just been set. Two guesses of .N came before, as did .1N's; .2N comes now; .250 is banned since long
	guess "198.51.101.$1" "$(here)" >> "$log"
	check "$name: $ahead s: hits before and behind it count together" within 3 is_banned "198.51.101.$1" harvest
	offence "198.51.101.2$1" "$(here)" >> "$log"
	check "$name: $ahead s: a new offender is banned" within 3 is_banned "198.51.101.2$1"
	check "$name: $ahead s: who was banned still is" still_holds 198.51.101.250
	check "$name: $ahead s: who comes now, for as long" still_holds "198.51.101.2$1"
	used=$(cpu_of "$daemon")
	# nobody asks, and no line comes: its own timer has to do it
	check "$name: $ahead s: a ban ends at its time" within 6 ended_in_ledger "198.51.101.$1"
	check "$name: $ahead s: it does not spin" [ $(($(cpu_of "$daemon") - used)) -lt 30 ]
	guess "198.51.101.1$1" "$(here)" >> "$log"
	check "$name: $ahead s: hits of longer ago do not count" within 3 hits_are 1 "198.51.101.1$1"
}
hits_are() { same "$(ask status --json "$2" | "$python" -c '
import json, sys
windows = json.loads(sys.stdin.readline()).get("windows", [])
print(sum(w["hits"] for w in windows if w["jail"] == "harvest"))')" "$1"; } # N ADDRESS: in its window
two_guesses() { # ADDRESS...
	local address
	for address; do
		guess "$address" "$(here)"
		guess "$address" "$(here)"
	done >> "$log"
}
machine_clock() { # by a day and back, while it runs and while it does not
	local used
	cc -std=gnu17 -D_GNU_SOURCE -O1 -shared -fPIC -o "$work/step.so" tests/e2e/step.c
	sed -i 's/maxretry = 3; findtime = "10m"; bantime = "10m"/maxretry = 3; findtime = "3s"; bantime = "3s"/' "$conf"
	echo 0 > "$dir/ahead"
	ahead=0
	check "$name: starts" start env LD_PRELOAD="$work/step.so" STEP_FILE="$dir/ahead"
	offence 198.51.101.250 >> "$log"
	two_guesses 198.51.101.1 198.51.101.11
	check "$name: before" within 3 is_banned 198.51.101.250
	check "$name: a day on" set_to 86400
	stepped 1
	two_guesses 198.51.101.2 198.51.101.12
	check "$name: and back" set_to 0
	stepped 2
	two_guesses 198.51.101.3 198.51.101.13
	check "$name: a day before that" set_to -86400
	stepped 3
	written
	crash
	echo -172800 > "$dir/ahead"
	check "$name: starts with a ledger of the future" start env LD_PRELOAD="$work/step.so" STEP_FILE="$dir/ahead"
	check "$name: its bans are not held for longer" still_holds 198.51.101.250
	check "$name: ends" stop
}

clients() { # of the control socket
	check "$name: starts" start
	"$python" - "$dir/run/control.sock" "$work/done" > "$work/ready" << 'PY' &
import os, socket, sys, time
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.setblocking(False)
    try:
        s.connect(sys.argv[1])
    except OSError:
        pass
    return s
def send(s, data):
    try:
        s.send(data)
    except OSError:
        pass
kinds = [b"", b"x" * 200000, b'{"command":"list"}\n' * 100, b'{"command":']
held = []
for i in range(1000):
    s = connect()
    send(s, kinds[i % len(kinds)])
    held.append(s)
print("ready", flush=True)
while not os.path.exists(sys.argv[2]):
    for s in held[::50]:
        send(s, b" ")
    time.sleep(0.1)
PY
	within 10 test -s "$work/ready"
	next=$((next + 1))
	offence 198.51.100.$next >> "$log"
	check "$name: a thousand of them: a new offender is banned" within 3 in_ledger 198.51.100.$next
	touch "$work/done"
	wait $!
	check "$name: and when they are gone, still is" is_banned 198.51.100.$next
	check "$name: ends" stop
}
in_ledger() { "$python" "$lab/bans.py" "$dir/state/ledger.db" | grep -q " $1/32$"; } # without asking the daemon

compressed() { # the file that the windows began in is gone: they begin where the present one does
	check "$name: starts" start
	guess 198.51.101.7 >> "$log"
	check "$name: a place in the first file" within 3 figure_is hits 1
	written
	mv "$log" "$log.1"
	guess 198.51.101.8 >> "$log"
	guess 198.51.101.8 >> "$log"
	offender "rotated"
	check "$name: ends" stop
	gzip "$log.1"
	check "$name: starts" start
	check "$name: nothing is said to be lost" not said "is missing: windows start empty"
	check "$name: but what is not read again" said "windows start at the beginning of this one"
	guess 198.51.101.8 >> "$log"
	check "$name: two hits before, one behind" within 3 is_banned 198.51.101.8 harvest
	check "$name: ends" stop
}

names() { # one file by two names, and by a third that comes later: each line counts once, also behind a rotation
	local other=$dir/other.log
	: > "$log"
	ln -s "$log" "$dir/alias.log"
	sed -i "s|^sources = .*|sources = ( { file = \"$log\"; }, { file = \"$dir/alias.log\"; }, { file = \"$other\"; } );|" "$conf"
	check "$name: check says so" same "$("$relaydam" check -c "$conf" 2>&1)" "*alias.log is the same file as $log*"
	check "$name: starts" start
	check "$name: names both" said "alias.log: is the same file as $log"
	ln "$log" "$other"
	check "$name: names both, later" within 5 said "other.log: is the same file as $log"
	guess 198.51.100.201 >> "$log"
	guess 198.51.100.201 >> "$log"
	offender "by three names"
	check "$name: two hits are two" figure_is hits 3
	mv "$log" "$log.1"
	: > "$log"
	guess 198.51.100.202 >> "$log"
	guess 198.51.100.202 >> "$log"
	offender "rotated"
	check "$name: two hits are two, rotated" figure_is hits 6
	sed -i "s|{ file = \"$log\"; }, ||" "$conf"
	check "$name: reload" ask reload
	guess 198.51.100.203 >> "$log"
	guess 198.51.100.203 >> "$log"
	offender "by the other name alone"
	check "$name: two hits are two, by the other name" figure_is hits 9
	check "$name: no hit made a ban" same "$(bans | grep -c harvest)" 0
	check "$name: ends" stop
}

copies() { # the same lines in two files
	offence 198.51.100.204 "$(stamp -d '1 minute ago')" | tee "$log" > "$dir/mail.info"
	sed -i "s|^sources = .*|sources = ( { file = \"$log\"; }, { file = \"$dir/mail.info\"; } );|" "$conf"
	check "$name: starts" start
	check "$name: names both" said "$log and $dir/mail.info both hold the lines of postfix"
	check "$name: ends" stop
}

terms() { # SIGTERM at any moment: while it starts, reads, writes, reloads
	local i ended=0 codes=''
	for i in $(seq 40); do offence "198.51.102.$i"; done >> "$log"
	for i in $(seq 20); do
		"$relaydam" run -c "$conf" >> "$work/out" 2>&1 &
		daemon=$!
		for j in 1 2 3 4 5; do offence 198.51.10$((3 + i % 5)).$((i * 5 + j)); done >> "$log"
		sleep 0.0$((RANDOM % 10))$((RANDOM % 10)) # any moment is what is tested
		[ $((i % 3)) != 0 ] || kill -HUP "$daemon" 2> /dev/null || true
		kill "$daemon" 2> /dev/null || true
		wait "$daemon" && ended=$((ended + 1)) || codes="$codes $?"
	done
	# before it has asked for the signal, SIGTERM is what it is to every process: 143
	check "$name: each ends with 0, or before it has begun:$codes" [ -z "${codes// 143/}" ]
	check "$name: starts" start
	offender "after $ended ends in peace"
	check "$name: ends" stop
}

faults=("$@")
[ ${#faults[@]} -gt 0 ] || faults=(full hangs readonly_state damaged no_inotify overflow no_descriptors strange_log clock machine_clock clients compressed names copies terms)
for fault in "${faults[@]}"; do
	prepare "$fault"
	$fault
done
[ $skipped = 0 ] || echo "faults.sh: $skipped skipped"
conclude faults.sh
