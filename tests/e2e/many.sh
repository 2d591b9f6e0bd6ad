#!/usr/bin/env bash
# Two thousand bans at once: over twenty lists of the kernel where each holds but a hundred addresses, and in one set of nftables.
# Each of them is then in the kernel; and one more than a list holds is said not to be. usage: tests/e2e/many.sh RELAYDAM BUILD
set -euo pipefail

if [ -z "${RELAYDAM_E2E_INSIDE:-}" ]; then
	"$(dirname "$0")/../lab/kernel.sh" many.sh namespaces xt_recent nft -- ip ss iptables nft || exit $?
	# shellcheck disable=SC2016 # for the inner shell
	RELAYDAM_E2E_INSIDE=1 exec timeout -k 5 90 unshare -n -m -p -f --mount-proc --kill-child --propagation private \
		sh -c 'mount -t tmpfs many /run && exec "$0" "$@"' "$0" "$@" < /dev/null
fi

relaydam=$(realpath "$1")
cd "$(dirname "$0")/../.."
work=/run conf=
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
log=$work/mail.log
offences="dnsbl unknown-user relay helo sender client auth protocol abort rate" # a list for each, and one for its IPv6
slots=100
! [ -r /sys/module/xt_recent/parameters/ip_list_tot ] || slots=$(cat /sys/module/xt_recent/parameters/ip_list_tot)

configure() { # NAME TYPE: a filter of our own: "OFFENCE ADDRESS"
	local offence end=","
	conf=$work/$1/relaydam.conf
	mkdir -p "$work/$1/state" "$work/$1/run" "$work/$1/filters"
	{
		echo 'name = "told"; programs = [ "told" ]; rules = ('
		for offence in $offences; do
			[ "$offence" != rate ] || end=""
			echo "{ name = \"$offence\"; offence = \"$offence\"; match = \"^$offence <addr>\$\";"
			echo "  hits = ( { text = \"$offence 192.0.2.7\"; addr = \"192.0.2.7\"; } ); misses = ( \"x $offence 192.0.2.7\" ); }$end"
		done
		echo ");"
	} > "$work/$1/filters/told.conf"
	{
		echo "sources = ( { file = \"$log\"; } ); filters = [ \"told\" ];"
		echo "state_dir = \"$work/$1/state\"; runtime_dir = \"$work/$1/run\";"
		end=","
		echo "blockers = ("
		for offence in $offences; do
			[ "$offence" != rate ] || end=""
			[ "$2" != nft ] || [ "$offence" = rate ] || continue
			echo "{ name = \"$offence\"; type = \"$2\"; list = \"rd$offence\"; ports = [ 25 ]; seconds = \"10m\"; }$end"
		done
		end=","
		echo "); jails = ("
		for offence in $offences; do
			[ "$offence" != rate ] || end=""
			echo "{ name = \"$offence\"; offences = [ \"$offence\" ]; maxretry = 1; findtime = \"10m\"; bantime = \"10m\";"
			echo "  blocker = \"$([ "$2" = nft ] && echo rate || echo "$offence")\"; }$end"
		done
		echo ");"
	} > "$conf"
}
told() { # N OF: N lines for each offence and family, by one write; prints "LIST ADDRESS"
	"$python" - "$log" "$1" "$offences" << 'PY'
import sys, time
path, n, offences = sys.argv[1], int(sys.argv[2]), sys.argv[3].split()
lines = []
for at, offence in enumerate(offences):
    for i in range(n):
        print("rd%s 198.18.%d.%d" % (offence, at, i + 1))
        print("rd%s6 2001:db8:%x:%x::" % (offence, at + 1, i + 1))
        lines += ["%s 198.18.%d.%d" % (offence, at, i + 1), "%s 2001:db8:%x:%x::1" % (offence, at + 1, i + 1)]
stamp = time.strftime("%b %e %H:%M:%S")
with open(path, "a", buffering=1 << 20) as log:
    log.write("".join("%s mx told[1]: %s\n" % (stamp, line) for line in lines))
PY
}
in_lists() { # what the kernel's lists hold, in the same form
	local list
	for list in /proc/net/xt_recent/*; do
		sed -n "s,^src=\([^ ]*\) .*,${list##*/} \1,p" "$list"
	done | "$python" -c '
import ipaddress, sys
for line in sys.stdin:
    name, address = line.split()
    print(name, ipaddress.ip_address(address))' | sort
}
in_sets() {
	nft -j list table inet relaydam | "$python" -c '
import json, sys
for item in json.load(sys.stdin)["nftables"]:
    for element in item.get("set", {}).get("elem", []):
        element = element.get("elem", element)
        value = element["val"] if isinstance(element, dict) else element
        prefix = value["prefix"]["addr"] if isinstance(value, dict) and "prefix" in value else value
        print(prefix["range"][0] if isinstance(prefix, dict) else prefix)' | sort
}
missing() { comm -23 "$work/wanted" <("$1") | wc -l; }
all_in() { same "$(missing "$1")" 0; }

newest_are_in() { same "$(in_lists | grep -c '^rddnsbl 198[.]19[.]')" "$slots"; }

ip link set lo up
: > $log
configure lists xt_recent
ask firewall --install
check "lists: the daemon starts" start
told "$((slots < 100 ? slots : 100))" | sort > $work/wanted
wanted=$(wc -l < $work/wanted)
check "lists: $wanted bans" within 10 figure_is bans_in_force "$wanted"
check "lists: each is in the kernel" within 10 all_in in_lists
check "lists: and said to be" figure_is not_in_kernel 0
if [ "$slots" -le 1000 ]; then
	stamp=$(date '+%b %e %H:%M:%S')
	for i in $(seq "$slots"); do echo "$stamp mx told[1]: dnsbl 198.19.$((i / 250)).$((i % 250))"; done >> $log
	check "lists: more than there is room for" within 10 figure_is not_in_kernel "$slots"
	check "lists: the newest are in" within 10 newest_are_in
fi
check "lists: it ends with 0" stop
ask firewall --remove

: > $log
configure set nft
ask firewall --install
check "set: the daemon starts" start
told 100 | cut -d ' ' -f 2 | sort > $work/wanted
check "set: 2000 bans" within 10 figure_is bans_in_force 2000
check "set: each is in the kernel" within 10 all_in in_sets
check "set: and said to be" figure_is not_in_kernel 0
check "set: it ends with 0" stop
check "set: started again" start
check "set: all are there" all_in in_sets
check "set: none is twice" figure_is bans_in_force 2000
check "set: it ends again" stop
ask firewall --remove
conclude many.sh
