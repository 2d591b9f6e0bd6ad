#!/usr/bin/env bash
# The daemon's memory of who delivers, of rules that went wrong and of dry runs, over kill -9 and restarts. No privilege is
# needed: nothing is blocked. usage: tests/fair.sh RELAYDAM
set -euo pipefail

relaydam=$(realpath "$1")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
conf=$work/relaydam.conf
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
daemon=
finish() { # SIGNAL
	[ -z "$daemon" ] || kill "-$1" "$daemon" 2> /dev/null || true
	[ -z "$daemon" ] || wait "$daemon" 2> /dev/null || true
	daemon=
}
trap 'finish KILL; rm -rf "$work"' EXIT
log=$work/mail.log
mkdir "$work/state" "$work/run"
ln -s "$PWD/conf/filters" "$work/filters"
configure() { # JAILS [MORE]
	cat > "$conf" << CONF
sources = ( { file = "$log"; } );
filters = [ "postfix" ];
state_dir = "$work/state";
runtime_dir = "$work/run";
blockers = ( { name = "mx"; type = "print"; } );
jails = ( $1 );
${2:-}
CONF
}

written() { ask ban 203.0.113.250 > /dev/null; } # which answers when it, and all before it, is on the disk
documented() { # COMMAND...: has docs/control.md every key of its answer?
	local key
	for key in $("$@" --json | grep -oE '"[a-z_]+":' | tr -d ':' | sort -u); do
		grep -qF "$key" docs/control.md || { echo "docs/control.md does not have $key" && return 1; }
	done
}
start() { # OPTION...
	"$relaydam" run -c "$conf" "$@" > "$work/out" 2>&1 < /dev/null &
	daemon=$!
	within 10 says "pid $daemon" ask status
}
queue=0
at=0
stamp() { # sets $now, a second later each time
	now=$(date -d "-$((600 - at)) seconds" '+%b %d %H:%M:%S')
	at=$((at + 1))
}
mail() { # ADDRESS
	queue=$((queue + 1))
	local id
	id=$(printf 'A%05X' $queue)
	stamp
	echo "$now mx postfix/smtpd[1]: $id: client=relay.example[$1]"
	echo "$now mx postfix/qmgr[2]: $id: from=<a@b.example>, size=200, nrcpt=1 (queue active)"
}
listed() { # ADDRESS
	stamp
	echo "$now mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[$1]: 554 5.7.1 Service unavailable; Client host [$1] blocked using bl.example; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>"
}
times() { # N COMMAND...
	local n=$1
	shift
	for _ in $(seq "$n"); do "$@"; done
}
dnsbl='{ name = "dnsbl"; offences = [ "dnsbl" ]; maxretry = 1; findtime = "10m"; bantime = "1h"; }'

configure "$dnsbl"
times 3 mail 198.18.7.1 > "$log.1"
times 2 mail 198.18.7.2 >> "$log.1"
gzip "$log.1"
mail 198.18.7.2 > "$log"
check "it starts" start
check "the first start learns from the logs that are there, rotated ones, too" says "198.18.7.1 is not banned. It is a known sender until" ask status 198.18.7.1
check "and says by how many mails" says "accepted 3 mails from it" ask status 198.18.7.2
check "status counts them" says " 2 known senders" ask status
{
	times 3 mail 198.18.7.3
	listed 198.18.7.1
	listed 198.18.7.9
} >> "$log"
check "who is not spared is banned" within 5 ask status 198.18.7.9
check "who is spared is not" not ask status 198.18.7.1
check "mail is learnt as it comes" within 5 says "It is a known sender" ask status 198.18.7.3
written
finish KILL
check "it starts again" start
check "and knows them" says "It is a known sender" ask status 198.18.7.3
check "each mail once" says "accepted 3 mails from it" ask status 198.18.7.3
check "nothing is learnt into a running daemon's ledger" says "another relaydam uses" ask learn "$log"
finish TERM

times 5 mail 2001:db8:7::1 > "$work/archive"
check "learn" says "10 lines, 5 recent mails accepted from 1 clients, 1 of them known senders" ask learn "$work/archive"
check "it starts with that" start
check "and spares them" says "It is a known sender" ask status 2001:db8:7::9

for n in 1 2 3; do times 10 listed 198.18.7.$n >> "$log"; done
check "the third that delivers blows the fuse" within 5 says "Rule postfix/dnsbl has only reported" ask status
check "its ban is only told" within 5 says '"would":"fuse"' ask status --json 198.18.7.3
listed 198.18.7.77 >> "$log"
check "those of others, too" within 5 says '"would":"fuse"' ask status --json 198.18.7.77
check "it says so in its log" grep -q "fuse of rule postfix/dnsbl has blown" "$work/out"
written
finish KILL
check "it starts again" start
check "a fuse stays blown" says "Rule postfix/dnsbl has only reported" ask fuse
check "a rule whose fuse has not blown cannot be reset" says "has not blown" ask fuse postfix/relay --reset
check "reset" ask fuse postfix/dnsbl --reset
check "whole" says "No fuse has blown" ask fuse
listed 198.18.7.77 >> "$log"
check "its bans are carried out again" within 5 says "is banned" ask status 198.18.7.77
check "really" not says '"would"' ask status --json 198.18.7.77
check "each member of an answer has its place in the documentation" documented ask status
check "of one about a client, too" documented ask status 198.18.7.3
check "and of the list" documented ask list
finish TERM
check "it starts once more" start
check "a reset stays" says "No fuse has blown" ask fuse
check "and what was held back has ended" not says "198.18.7.3/32" ask list
finish TERM

rm -rf "$work/state" && mkdir "$work/state"
configure "$dnsbl" "spare = false;"
: > "$log"
check "a dry run" start --dry-run
listed 198.18.7.50 >> "$log"
check "bans" within 5 ask status 198.18.7.50
times 2 mail 198.18.7.50 >> "$log"
check "hears of mail" within 5 says "2 mails" ask status 198.18.7.50
check "it ends a ban" ask unban 198.18.7.50
check "and tells what it would have cost" within 5 says "dry run 1 1 1 2" sh -c "'$relaydam' status -c '$conf' | tr -s ' '"
listed 198.18.7.51 >> "$log"
check "another ban" within 5 ask status 198.18.7.51
finish TERM
check "in earnest" start
check "a dry run's ban is none" not ask status 198.18.7.51
check "what it would have done is told" says "dry run 2 2 1 2" sh -c "'$relaydam' status -c '$conf' | tr -s ' '"
listed 198.18.7.52 >> "$log"
check "a ban in earnest" within 5 ask status 198.18.7.52
configure "$dnsbl" "spare = false; dry_run = true;"
check "a dry run by the configuration, and a reload" ask reload
check "knows it" ask status 198.18.7.52
listed 198.18.7.53 >> "$log"
check "bans" within 5 ask status 198.18.7.53
configure "$dnsbl" "spare = false;"
check "in earnest again, by a reload" ask reload
check "its ban is none" not ask status 198.18.7.53
check "but that from before is" ask status 198.18.7.52
configure "$dnsbl" "spare = false; dry_run = true;"
check "a dry run once more" ask reload
listed 198.18.7.54 >> "$log"
check "bans, too" within 5 ask status 198.18.7.54
finish TERM
configure "$dnsbl" "spare = false;"
check "in earnest, by a start" start
check "that ban is none" not ask status 198.18.7.54
listed 198.18.7.55 >> "$log"
check "a ban" within 5 ask status 198.18.7.55
check "a reload, behind a rule's line" ask reload
stamp
echo "$now mx last message repeated 3 times" >> "$log"
listed 198.18.7.56 >> "$log"
check "whose repetition counts for nothing" within 5 ask status 198.18.7.56
finish TERM

configure "${dnsbl% \}} bantime_factor = 3; bantime_decay = \"1d\"; }"
rm -rf "$work/state" && mkdir "$work/state"
: > "$log"
at=-80000
check "bans that grow" start
listed 198.18.7.60 >> "$log"
at=-70000
listed 198.18.7.60 >> "$log"
check "two, both over" within 5 figure_is bans 2
written
finish KILL
check "start again" start
at=500
listed 198.18.7.60 >> "$log"
check "the third ban" within 5 ask status 198.18.7.60
check "is nine times as long" says "(8h" ask status 198.18.7.60
finish TERM
# one session of one is busy, and none is not
port=$((20000 + $$ % 10000))
configure "${dnsbl% \}} when = \"busy\"; sessions = 1; }"
sed -i "s/type = \"print\"/& ; ports = [ $port ]/" "$conf"
rm -rf "$work/state" && mkdir "$work/state"
: > "$log"
at=590
check "a jail that waits until the server is busy" start
listed 198.18.7.70 >> "$log"
check "only tells" within 5 says '"would":"busy"' ask status --json 198.18.7.70
timeout 30 python3 -c "
import socket, sys, time
l = socket.create_server(('127.0.0.1', $port)); c = socket.create_connection(('127.0.0.1', $port)); s = l.accept()
time.sleep(20)" > /dev/null 2>&1 < /dev/null &
session=$!
check "it acts when there is a session" within 5 says '"acts":true' ask status --json
check "on those that it has told of" not says '"would"' ask status --json 198.18.7.70
kill $session
wait $session 2> /dev/null || true
check "and waits again" within 5 says '"acts":false' ask status --json
check "what is banned stays so" ask status 198.18.7.70
written
finish KILL
check "start again" start
check "the ban that was carried out late is one" ask status 198.18.7.70
check "and none that was only told" not says '"would"' ask status --json 198.18.7.70
finish TERM

# a client may have written what stands behind a line that its writer cut: it is not read, and that is told
configure '{ name = "auth"; offences = [ "auth" ]; maxretry = 1; findtime = "1h"; bantime = "1h"; }'
sed -i 's/"postfix"/"courier"/' "$conf"
rm -rf "$work/state" && mkdir "$work/state"
: > "$log"
check "a daemon for Courier" start
at=-100 # the ten minutes are over, but not what may be held back
stamp
failed_login() { echo "$now mx imapd: LOGIN FAILED, user=$1, ip=[$2], port=[1]" >> "$log"; } # USER ADDRESS
failed_login "$(printf 'q%.0s' {1..600})" 198.18.7.80
failed_login a 198.18.7.81
failed_login a 198.18.7.82
check "what stands behind a line that was cut is counted" within 5 says '"torn":2' ask status --json
check "nobody is banned for it" not ask status 198.18.7.81
check "people see it" says "2 records not read" ask status
check "and whose they are" says "2 records of imapd were not read" ask status
check "docs/control.md has that, too" documented ask status
finish TERM

# the matcher can be changed while the daemon runs: windows and bans stay
configure "${dnsbl/maxretry = 1/maxretry = 2}"
rm -rf "$work/state" && mkdir "$work/state"
: > "$log"
at=560
check "a daemon with its own matcher" start
listed 198.18.7.90 >> "$log"
check "counts a hit" within 5 figure_is hits 1
configure "${dnsbl/maxretry = 1/maxretry = 2}" 'matcher = "pcre2";'
check "a reload, to PCRE2 alone" ask reload
listed 198.18.7.90 >> "$log"
check "the second hit bans" within 5 ask status 198.18.7.90
listed 198.18.7.91 >> "$log"
check "one more hit" within 5 figure_is hits 3
configure "${dnsbl/maxretry = 1/maxretry = 2}"
check "a reload, back" ask reload
check "the ban stays" ask status 198.18.7.90
listed 198.18.7.91 >> "$log"
check "a ban by one hit before and one behind" within 5 ask status 198.18.7.91
finish TERM
conclude fair.sh
