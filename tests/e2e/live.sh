#!/usr/bin/env bash
# The daemon on the kernel's real list: from a line in the log to a client that is refused, in a network namespace of
# its own. usage: tests/e2e/live.sh RELAYDAM BUILD
set -euo pipefail


if [ -z "${RELAYDAM_E2E_INSIDE:-}" ]; then
	"$(dirname "$0")/../lab/kernel.sh" live.sh namespaces xt_recent -- nsenter ip iptables || exit $?
	RELAYDAM_E2E_INSIDE=1 exec timeout -k 5 120 unshare -n -p -f --mount-proc --kill-child "$0" "$@" < /dev/null
fi

relaydam=$(realpath "$1")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
conf=$work/relaydam.conf
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
log=$work/mail.log
mkdir "$work/state" "$work/run"
ln -s "$PWD/conf/filters" "$work/filters"
cat > "$conf" << CONF
sources = ( { file = "$log"; } );
filters = [ "postfix" ];
state_dir = "$work/state";
runtime_dir = "$work/run";
blockers = ( { name = "mx"; type = "xt_recent"; list = "rdlive"; ports = [ 2525 ]; seconds = "10m"; } );
jails = ( { name = "dnsbl"; offences = [ "dnsbl" ]; maxretry = 1; findtime = "10m"; bantime = "10m"; blocker = "mx"; },
          { name = "harvest"; offences = [ "unknown-user" ]; maxretry = 5; findtime = "10m"; bantime = "10m"; blocker = "mx"; } );
CONF

connects() { # FROM: to port 2525, from the other namespace
	nsenter -t "$peer" -n "$python" -c "
import socket
s = socket.socket(); s.settimeout(0.4); s.bind(('$1', 0)); s.connect(('198.51.100.25', 2525))" 2> /dev/null
}
rejected() { # ADDRESS TEXT
	echo "$(date '+%b %d %H:%M:%S') mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[$1]: $2; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>" >> "${into:-$log}"
}
listed() { rejected "$1" "554 5.7.1 Service unavailable; Client host [$1] blocked using bl.example"; }
unknown() { rejected "$1" "550 5.1.1 <c@d.example>: Recipient address rejected: User unknown in local recipient table"; }

ip link set lo up
neighbour
ip link add v0 type veth peer name v1
ip link set v1 netns "$peer"
ip addr add 198.51.100.25/24 dev v0
ip link set v0 up
# shellcheck disable=SC2016 # for the inner shell
nsenter -t "$peer" -n sh -c 'ip link set v1 up; ip addr add 198.51.100.1/24 dev v1
	for n in 1 2 3 4 5 6 7 8 9; do ip addr add 192.0.2.$n/32 dev v1; done'
ip route add 192.0.2.0/24 dev v0
"$python" -c "
import socket
s = socket.socket(); s.bind(('198.51.100.25', 2525)); s.listen(50)
while True: s.accept()[0].close()" &
: > "$log"

check "a missing list is named with its remedy" says "relaydam firewall --install" "$relaydam" run -c "$conf"
check "the firewall is installed" ask firewall --install
check "it starts" start
check "a stranger connects" connects 192.0.2.1
listed 192.0.2.1
check "one line, and the client is refused" within 5 not connects 192.0.2.1
check "its neighbour is not" connects 192.0.2.2
check "status says why" says "Client host [192.0.2.1] blocked" ask status 192.0.2.1
check "and by which rule" says "postfix/dnsbl" ask status 192.0.2.1
check "list has it" says "192.0.2.1" ask list
check "its own address is never banned" says "ignoreip" ask ban 198.51.100.25
check "a ban by hand" ask ban 192.0.2.3 --for 5m
check "holds" not connects 192.0.2.3
check "an unban" ask unban 192.0.2.1
check "opens" connects 192.0.2.1
for _ in 1 2 3; do unknown 192.0.2.4; done
check "three hits are no ban" connects 192.0.2.4

kill -9 "$daemon"
wait "$daemon" 2> /dev/null || true
unknown 192.0.2.4
check "it starts again" start
check "an unban stays done" connects 192.0.2.1
check "a ban stays" not connects 192.0.2.3
check "the hits before the end are not forgotten" within 5 says "has 4 of the 5 hits" ask status 192.0.2.4
unknown 192.0.2.4
check "the fifth makes the ban" within 5 not connects 192.0.2.4

mv "$log" "$log.1"
listed 192.0.2.5
check "a rotated log is followed" within 5 not connects 192.0.2.5
iptables -F
iptables -X
check "without rules anybody connects" connects 192.0.2.5
check "the firewall is built anew" ask firewall --install
check "and the bans are in it again" within 5 not connects 192.0.2.5

echo 'jails = nonsense' > "$work/bad"
cp "$conf" "$work/good"
cp "$work/bad" "$conf.new" && cat "$conf.new" > "$conf"
check "a bad configuration is refused" says "relaydam.conf:1" "$relaydam" reload -c "$work/good"
cat "$work/good" > "$conf"
check "the old one stays in force" not connects 192.0.2.5
sed -i 's/maxretry = 5/maxretry = 2/' "$conf"
check "a good one is taken" ask reload
check "with the bans there were" not connects 192.0.2.5
unknown 192.0.2.2
unknown 192.0.2.2
check "and its new limit" within 5 not connects 192.0.2.2

slots=$(cat /sys/module/xt_recent/parameters/ip_list_tot)
if [ "$slots" -le 100 ]; then
	has() { grep -q "src=$1 " /proc/net/xt_recent/rdlive; }
	for n in $(seq 101); do listed "203.0.113.$n"; done
	check "more bans than slots: the newest are in the kernel" within 5 has 203.0.113.101
	check "the oldest are not" not has 203.0.113.1
	listed 203.0.113.1
	check "one of these that comes again is" within 5 has 203.0.113.1
	check "an unban of all makes room" ask unban --all
	for n in 3 5; do listed "192.0.2.$n"; done
	check "for others" within 5 not connects 192.0.2.5
fi
echo 'dry_run = true;' >> "$conf"
check "a dry run, by reload" ask reload
check "lets them in" within 5 connects 192.0.2.5
check "status says so" says "dry run" ask status
check "and leaves the firewall alone" says "nothing installed" ask firewall --install
sed -i '/^dry_run/d' "$conf"
check "and back" ask reload
check "its bans are real again" within 5 not connects 192.0.2.5

other=$work/other.log
sed -i "s|sources = .*|sources = ( { file = \"$other\"; }, { file = \"$log\"; } );|" "$conf"
check "a source more" ask reload
check "which is not there yet, as status says" says "$other: is not there" ask status
: > "$other"
check "and then it is" within 5 not says "$other: is not there" ask status
into=$other listed 192.0.2.6
check "is read" within 5 not connects 192.0.2.6
sed -i "s|, { file = \"$log\"; }||" "$conf"
check "a source less" ask reload
listed 192.0.2.7
into=$other listed 192.0.2.8
check "the one that is left is read" within 5 not connects 192.0.2.8
check "the other is not" connects 192.0.2.7
for _ in $(seq 1000); do echo "Nov 21 00:00:00 mx nginx[1]: hello"; done > "$work/web"
sed -i "s|$other|$work/web2|" "$conf"
: > "$work/web2"
check "a log of something else" ask reload
check "is begun with" stop
check "by a new daemon" start
cat "$work/web" >> "$work/web2"
check "is warned of" within 5 says "none of a program that a filter reads, but of nginx" ask status
sed -i "s|$work/web2|$log|" "$conf"
check "back to the mail log" ask reload
check "it ends again" stop
mv "$log" "$log.1" && gzip "$log.1"
: > "$log"
check "it starts behind a rotation that took the place away" start
listed 192.0.2.9
check "and judges what is new" within 5 not connects 192.0.2.9

flood() { # N clients, each listed, in one write; IPv6, which has a list of its own
	"$python" -c "
import datetime
now = datetime.datetime.now().strftime('%b %d %H:%M:%S')
text = ''.join('%s mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[2001:db8:9:%x::1]: 554 5.7.1 Service unavailable; Client host [x] blocked using bl.example; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>\n' % (now, i) for i in range($1))
open('$log', 'a').write(text)"
}
place_is_saved() {
	"$python" -c "
import os, sqlite3
with sqlite3.connect('file:$work/state/ledger.db?mode=ro', uri=True) as db:
    saved = {row[0] for row in db.execute('SELECT offset FROM source')}
assert os.path.getsize('$log') in saved, saved"
}
check "more bans at once than the ledger's queue holds" flood 6000
check "the last of them holds" within 5 says "2001:db8:9:176f::" ask list
check "all are written down, and the place behind them" within 15 place_is_saved # a queue of them a second
check "it ends when it is told to" kill "$daemon"
wait "$daemon" && code=0 || code=$?
check "with 0" [ "$code" = 0 ]
check "the bans outlive it" not connects 192.0.2.5
check "the rules can be taken away" ask firewall --remove

conclude live.sh
