#!/usr/bin/env bash
# Sessions of banned clients are ended, and nobody else's: on the real kernel, in network namespaces of its own, with a
# stand-in for smtpd (cut.py). usage: tests/e2e/cut.sh RELAYDAM BUILD; RACE=1500 is the number of short sessions
set -euo pipefail


if [ -z "${RELAYDAM_E2E_INSIDE:-}" ]; then
	"$(dirname "$0")/../lab/kernel.sh" cut.sh namespaces xt_recent -- nsenter ip iptables ip6tables setpriv || exit $?
	RELAYDAM_E2E_INSIDE=1 exec timeout -k 5 180 unshare -n -p -f --mount-proc --kill-child "$0" "$@" < /dev/null
fi

relaydam=$(realpath "$1")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
conf=$work/relaydam.conf
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
daemon=
log=$work/mail.log
mkdir "$work/state" "$work/run"
ln -s "$PWD/conf/filters" "$work/filters"

configure() { # CUT_AFTER
	cat > "$conf" << CONF
sources = ( { file = "$log"; } );
filters = [ "postfix" ];
state_dir = "$work/state";
runtime_dir = "$work/run";
ignoreip = [ "192.0.2.200" ];
cut_after = "$1";
blockers = ( { name = "mx"; type = "xt_recent"; list = "rdcut"; ports = [ 2525, 2526 ]; seconds = "10m"; } );
jails = ( { name = "dnsbl"; offences = [ "dnsbl" ]; maxretry = 1; findtime = "10m"; bantime = "10m"; blocker = "mx"; cut = "socket"; } );
CONF
}

clients() { nsenter -t "$peer" -n "$python" tests/e2e/cut.py "$@"; }
start() { # OPTION...
	"$relaydam" run -c "$conf" "$@" > "$work/out" 2>&1 &
	daemon=$!
	within 10 answers
}
stop() {
	local code=0
	kill "$daemon" && wait "$daemon" || code=$?
	rm -f "$work"/state/*
	return $code
}
counted() { # OUTCOME LEAST
	ask status --metrics | awk -v want="relaydam_cuts_total{outcome=\"$1\"}" -v least="$2" \
		'index($0, want) == 1 { n = $NF } END { exit !(n >= least) }'
}
told() { grep -qF -- "$1" "$work/out"; }

ip link set lo up
neighbour
ip link add v0 type veth peer name v1
ip link set v1 netns "$peer"
sysctl -qw net.ipv6.conf.v0.accept_dad=0
ip addr add 198.51.100.25/24 dev v0
ip addr add 2001:db8:25::25/64 dev v0 nodad
ip link set v0 up
# shellcheck disable=SC2016 # for the inner shell
nsenter -t "$peer" -n sh -c 'sysctl -qw net.ipv6.conf.v1.accept_dad=0
	ip addr add 198.51.100.1/24 dev v1
	ip addr add 2001:db8:25::1/64 dev v1 nodad
	ip link set lo up; ip link set v1 up
	for net in 192.0.2.0/24 10.66.0.0/16 10.67.0.0/16; do ip route add local $net dev lo; done
	ip -6 route add local 2001:db8:1::/48 dev lo'
for net in 192.0.2.0/24 10.66.0.0/16 10.67.0.0/16; do ip route add $net via 198.51.100.1; done
ip -6 route add 2001:db8:1::/48 via 2001:db8:25::1
: > "$log"
"$python" tests/e2e/cut.py serve "$log" &
within 5 clients alive 192.0.2.250 2> /dev/null

configure 500ms
check "the firewall is installed" ask firewall --install
check "it starts" start
check "the client reads its 5xx, and is cut; its neighbour in the process is not" clients bad_is_cut 192.0.2.1 192.0.2.101
head -n 1 "$work/last"
check "so too at a port for both families" clients bad_is_cut 192.0.2.2 192.0.2.101 2526
check "and by IPv6" clients bad_is_cut 2001:db8:1:1::1 2001:db8:1:f::1
check "at a port for both families" clients bad_is_cut 2001:db8:1:2::1 2001:db8:1:f::1 2526
check "a reply that takes its time is waited for, and no longer" clients late_reply 192.0.2.3
check "a ban of a prefix cuts all that come from it" clients prefix 2001:db8:1:3::1 2001:db8:1:3:ffff::2 2001:db8:1:4::1
check "a session at another port is not cut" clients other_port 192.0.2.4 192.0.2.101
check "six of them are counted" counted cut 6
check "the log tells" told "192.0.2.1: 1 session cut after"
check "an ignored address is neither" clients stays 192.0.2.200
clients held 192.0.2.6 4 > "$work/held" 2>&1 &
by_hand=$!
within 5 grep -q ready "$work/held"
check "a ban by hand" ask ban 192.0.2.6
check "cuts, too" wait "$by_hand"
sed -i 's/cut = "socket"/cut = "no"/' "$conf"
check "a jail that cuts no more" ask reload
check "cuts nobody" clients stays 192.0.2.9
sed -i 's/cut = "no"/cut = "socket"/' "$conf"
check "and again" ask reload
check "does" clients bad_is_cut 192.0.2.10 192.0.2.101

# What it reads behind time: written while it was not there.
check "it ends" kill "$daemon"
wait "$daemon"
clients late 192.0.2.5 "$work/go" > "$work/late" 2>&1 &
late=$!
within 5 grep -q ready "$work/late"
sleep 5.1 # its age is what is tested: CUT_FRESH
check "it comes back, five seconds late" start
touch "$work/go"
check "an old line bans" within 5 sh -c "'$relaydam' status -c '$conf' 192.0.2.5 | grep -q 'is banned from'"
check "but does not cut" wait "$late"
check "and is counted" counted old 1
check "it ends" stop

configure 100ms
check "it starts anew" start
check "sessions that end at the moment they are cut, and innocents among them" clients race "${RACE:-1500}"
tail -n 1 "$work/last"
check "some were cut" counted cut 1
ask status --metrics | sed -n 's/^relaydam_cuts_total//p' | tr '\n' ' '
echo
check "none failed" sh -c "! grep -q 'could not cut a session' '$work/out'"
check "it ends" stop

check "a dry run" start --dry-run --debug
check "cuts nobody" clients stays 192.0.2.7
check "and says whom it would" told "192.0.2.7: 1 session would be cut"
check "and what it looked at" told "look at 198.51.100.25 port 2525 from 192.0.2.7"
check "it ends" stop
echo "dry_run = true;" >> "$conf"
check "a dry run by the configuration" start
check "cuts nobody either" clients stays 192.0.2.9
check "and says whom it would" told "192.0.2.9: 1 session would be cut"
check "it ends" stop

configure 500ms
check "without the right" start
check "it ends" stop
setpriv --bounding-set -net_admin --inh-caps -net_admin "$relaydam" run -c "$conf" > "$work/out" 2>&1 &
daemon=$!
check "is told at the start" within 5 told "CAP_NET_ADMIN must be in"
check "and bans all the same" clients stays 192.0.2.8
check "which is counted" within 5 counted failed 1
check "it ends" stop
check "the rules can be taken away" ask firewall --remove

conclude cut.sh
