#!/usr/bin/env bash
# A live ban: the daemon, a log, the kernel's real list and a client that gets locked out, all in network namespaces of
# its own. Where that cannot be had it says so. usage: tests/demo-live.sh RELAYDAM
set -euo pipefail

if [ -z "${RELAYDAM_DEMO_INSIDE:-}" ]; then
	for tool in unshare nsenter ip iptables; do
		command -v $tool > /dev/null || { echo "No live ban here: $tool is missing." && exit 0; }
	done
	unshare -n -p -f --mount-proc true 2> /dev/null || { echo "No live ban here: it wants root and network namespaces." && exit 0; }
	RELAYDAM_DEMO_INSIDE=1 exec timeout -k 5 60 unshare -n -p -f --mount-proc --kill-child "$0" "$@" < /dev/null
fi

relaydam=$(realpath "$1")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/mail.log
mkdir "$work/state" "$work/run"
ln -s "$PWD/conf/filters" "$work/filters"
cat > "$work/conf" << CONF
sources = ( { file = "$log"; } );
filters = [ "postfix" ];
state_dir = "$work/state";
runtime_dir = "$work/run";
blockers = ( { name = "mx"; type = "xt_recent"; list = "rddemo"; ports = [ 25 ]; } );
jails = ( { name = "dnsbl"; offences = [ "dnsbl" ]; maxretry = 1; findtime = "10m"; bantime = "10m"; blocker = "mx"; } );
CONF
: > "$log"
ip link set lo up
unshare -n sleep 60 &
peer=$!
until [ "$(readlink "/proc/$peer/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do :; done # or the 60 seconds of above are over
ip link add v0 type veth peer name v1
ip link set v1 netns "$peer"
ip addr add 198.51.100.25/24 dev v0
ip link set v0 up
nsenter -t "$peer" -n sh -c 'ip link set v1 up; ip addr add 198.51.100.7/24 dev v1; ip addr add 198.51.100.8/24 dev v1'
"$relaydam" firewall -c "$work/conf" --install > "$work/out" 2>&1 || { echo "No live ban here: $(head -n 1 "$work/out")" && exit 0; }
"$relaydam" run -c "$work/conf" > "$work/out" 2>&1 &
daemon=$!
until "$relaydam" status -c "$work/conf" > /dev/null 2>&1 || ! kill -0 "$daemon" 2> /dev/null; do :; done
kill -0 "$daemon" 2> /dev/null || { echo "No live ban here: $(head -n 1 "$work/out")" && exit 0; }

# no server listens: who gets through is told so by the kernel at once, who is banned hears nothing
try() { # ADDRESS
	nsenter -t "$peer" -n timeout 0.7 bash -c "ip route replace 198.51.100.25/32 dev v1 src $1 && exec 3<> /dev/tcp/198.51.100.25/25" 2> /dev/null &&
		code=0 || code=$?
	if [ "$code" = 124 ]; then echo "  $1 knocks at port 25: no answer"; else echo "  $1 knocks at port 25: gets through"; fi
}

echo "A live ban, in a network namespace of its own:"
try 198.51.100.7
try 198.51.100.8
line="$(date '+%b %d %H:%M:%S') mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using bl.example; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>"
begin=$(date +%s%N)
echo "$line" >> "$log"
until grep -q 198.51.100.7 /proc/net/xt_recent/rddemo; do :; done
echo "  the mail log says that a block list has it; $((($(date +%s%N) - begin) / 1000000)) ms later the kernel has it, too"
try 198.51.100.7
try 198.51.100.8
"$relaydam" status -c "$work/conf" 198.51.100.7 | head -n 2 | sed 's/^/  /' || true
kill "$daemon"
