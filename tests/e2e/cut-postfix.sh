#!/usr/bin/env bash
# Sessions are cut beside a real Postfix: the client has its 5xx, its smtpd lives on and serves the next one, no mail is torn, and
# no innocent notices. RACE is the number of innocent and of banned sessions (750). usage: tests/e2e/cut-postfix.sh RELAYDAM BUILD
set -euo pipefail

here=$(dirname "$(realpath "$0")")
if [ -z "${MX_ROOT:-}" ]; then
	"$here/../lab/need.sh" cut-postfix.sh || exit $?
	MX_SECONDS=${CUT_SECONDS:-280} exec "$here/../lab/mx.sh" "$2" "$0" "$(realpath "$1")"
fi

relaydam=$1
cd "$here/../.."
work=$MX_WORK conf=$MX_WORK/relaydam.conf
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
mkdir "$work/state" "$work/run"
ln -s "$PWD/conf/filters" "$work/filters"

configure() { # CUT_AFTER
	cat > "$conf" << CONF
sources = ( { file = "$MX_LOG"; } );
filters = [ "postfix" ];
state_dir = "$work/state";
runtime_dir = "$work/run";
cut_after = "$1";
blockers = ( { name = "mx"; type = "nft"; list = "rdcut"; ports = [ 25 ]; seconds = "10m"; } );
jails = (
  { name = "dnsbl"; offences = [ "dnsbl" ]; maxretry = 1; findtime = "10m"; bantime = "10m"; blocker = "mx"; cut = "socket"; },
  { name = "unknown"; offences = [ "unknown-user" ]; maxretry = 1; findtime = "10m"; bantime = "10m"; blocker = "mx"; cut = "socket"; } );
CONF
}
reloads() { grep -c "master.*: reload -- " "$MX_LOG"; }
reloaded() { [ "$(reloads)" != "$1" ] && not grep -qsx smtpd /proc/[0-9]*/comm; } # more often than that, and no smtpd is from before
smtpds() { # NUMBER of processes for port 25
	local before
	before=$(reloads || true)
	chroot "$MX_ROOT" postconf -F "smtp/inet/process_limit=$1"
	chroot "$MX_ROOT" postfix reload
	within 10 reloaded "$before"
}
client() { nsenter -t "$MX_CLIENTS" -n "$python" tests/e2e/cut-real.py "$@"; }
served_by() { # ADDRESS: the pid of the smtpd that took its connection last
	sed -n "s/.*smtpd\[\([0-9]*\)\]: connect from .*\[$1\]$/\1/p" "$MX_LOG" | tail -n 1
}
one_process_serves() { # ADDRESS ADDRESS
	local first second
	first=$(served_by "$1") second=$(served_by "$2")
	same "$first" "[0-9]*" && same "$second" "$first" && same "$(cat "/proc/$first/comm")" smtpd
}
cut_counted() { # LEAST
	ask status --metrics | awk -v least="$1" '/^relaydam_cuts_total{outcome="cut"}/ { n = $NF } END { print n; exit !(n >= least) }'
}
quiet() { not grep -E "throttling|bad command startup|warning: process .* (pid|exit)|fatal:|panic:" "$MX_LOG"; }
accepted() { # of the cut sessions' mails: what the server says, in order
	sed -n 's/.*qmgr\[.*: from=<\(t[0-9]*\)@friend.test>.*queue active.*/\1/p' "$MX_LOG" | sort -u
}

cut_one() { # SERVER GUILTY NEXT
	local told=$work/told
	check "$2: cut, and not before it has read" client session "$1" 25 "$2" "$work/ready" 5 \
		"EHLO bad.test" "MAIL FROM:<a@friend.test>" "RCPT TO:<user@mx.test>"
	cp "$work/last" "$told"
	check "$2: its 5xx" same "$(cat "$told")" "554 5.7.1 Service unavailable*"
	check "$2: is refused from then on" connects no "$2"
	check "$3: the next client is served" same "$(smtp earn accepted="$3")" "accepted $3 250 2.0.0 Ok: queued as *"
	check "$2, $3: by one and the same process" one_process_serves "$2" "$3"
	check "$2: it noticed the loss of this connection" within 2 grep -q "lost connection after RCPT from unknown\[$2\]" "$MX_LOG"
}
pipelined() { # SOURCE
	local source=$1
	check "$source: of two recipients one is refused, and the mail is not torn" \
		same "$(client pipelined "$source")" "250 550 250 354 250 2.0.0 Ok: queued as * 221"
	check "$source: it is delivered" within 3 grep -q "to=<user@mx.test>.*status=sent" "$MX_LOG"
	check "$source: and who sent it is banned" within 3 connects no "$source"
}
as_told() { # whose client reads 250 is queued. Between the last dot and the 250 a mail may be queued without its client's knowing: RFC 1047
	local untold
	same "$(wc -l < "$work/torn")" 60 && same "$(cat "$work/torn")" "*queued*" || return 1
	not grep . <(comm -23 <(sed -n 's/ queued$//p' "$work/torn" | sort) <(accepted)) || return 1
	untold=$(comm -23 <(accepted) <(sed -n 's/ queued$//p' "$work/torn" | sort) | wc -l)
	echo "60 late ends of messages: $(grep -c not "$work/torn") broken off, $untold of them queued all the same"
	[ "$untold" -le 6 ]
}

# With all processes busy Postfix hangs up after the first error; here who hangs is for relaydam to end. And
# who sends no mail in the end uses up what in_flow_delay counts: after some hundred of them each waits for a second.
chroot "$MX_ROOT" postconf smtpd_hard_error_limit=20 smtpd_timeout=60s in_flow_delay=0
check "one smtpd" smtpds 1
configure 500ms
check "the firewall" ask firewall --install
check "it starts" start
cut_one 198.51.100.25 198.19.1.1 198.18.1.1
cut_one 2001:db8:1::25 2001:db8:2:8001::1 2001:db8:2:1::1
check "two were cut" cut_counted 2
check "up to twelve" smtpds 12
pipelined 198.18.2.1
pipelined 2001:db8:2:2::1
client torn 60 > "$work/torn"
check "mails that come late: told is done" within 3 as_told
tail -n 1 "$work/last"
check "some were broken off" grep -q not "$work/torn"
check "it ends" stop

rm -f "$work"/state/*
configure 100ms
check "it starts anew" start
check "banned and innocent clients on twelve processes" client race "${RACE:-750}"
grep "banned and" "$work/last" || true
check "some were cut" cut_counted 20
check "no innocent's session was lost" not grep -E "(lost connection|timeout) .*\[198\.18\.1[5-9]" "$MX_LOG"
check "the port is open" connects "yes yes" 198.18.3.1 2001:db8:2:3::1
check "no smtpd was started in vain" quiet
check "it ends" stop
conclude cut-postfix.sh
