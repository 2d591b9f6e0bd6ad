#!/usr/bin/env bash
# The blockers and `relaydam firewall` on this machine's kernel, in network namespaces of their own.
# usage: tests/e2e/block.sh RELAYDAM BUILD
set -euo pipefail

if [ "${RELAYDAM_E2E_INSIDE:-}" != 1 ]; then
	"$(dirname "$0")/../lab/kernel.sh" block.sh namespaces xt_recent nft -- ip setpriv nft iptables-nft iptables-legacy || exit $?
	RELAYDAM_E2E_INSIDE=1 exec timeout 300 unshare -n -m --propagation private "$0" "$@"
fi

relaydam=$(realpath "$1") driver=$(realpath "$2")/e2e_block
cd "$(dirname "$0")"
work=$(mktemp -d)
parameters=/sys/module/xt_recent/parameters
passed=0 failed=0 skipped=0
peer=relaydam-e2e-$$ server="" owner=""
mount -t tmpfs tmpfs /run # iptables' lock, ip's namespaces, the kept owner: nobody else's

finish() {
	exec {to}>&- 2> /dev/null || true
	[ -z "$server" ] || kill "$server" 2> /dev/null || true
	ip netns del "$peer" 2> /dev/null || true
	if [ -n "$owner" ]; then
		echo "${owner% *}" > $parameters/ip_list_uid
		echo "${owner#* }" > $parameters/ip_list_gid
	fi
	rm -rf "$work"
}
trap finish EXIT
if [ -e $parameters ]; then # of the whole machine: two runs at a time would see each other's
	exec {lock}< $parameters/ip_list_uid
	flock -w 100 "$lock"
fi
[ ! -e $parameters ] || owner="$(cat $parameters/ip_list_uid) $(cat $parameters/ip_list_gid)"

cp -r ../../conf/filters "$work/filters"
cat > "$work/relaydam.conf" <<'CONF'
filters = [ "postfix" ];
blockers = (
  { name = "mx";  type = "xt_recent"; list = "rd-e2e";     ports = [ 25 ]; seconds = "10m"; },
  { name = "c24"; type = "xt_recent"; list = "rd-e2e-c24"; ports = [ 25 ]; seconds = "10m"; prefix4 = 24; },
  { name = "set"; type = "nft";       list = "rdset";      ports = [ 25 ]; },
  { name = "net"; type = "nft";       list = "rdnet";      ports = [ 25 ]; prefix4 = 24; }
);
jails = ( { name = "dnsbl"; offences = [ "dnsbl" ]; maxretry = 1; blocker = "mx"; } );
CONF
conf=$work/relaydam.conf
variant=nft

ok() { # WHAT GOT WANTED      wanted may be a pattern
	# shellcheck disable=SC2053
	if [[ $2 == $3 ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED ($variant): $1: got \"$2\", wanted \"$3\""
	fi
}
firewall() { "$relaydam" firewall -c "$conf" --variant $variant "$@"; }
rules() { # [6] ARGUMENT...
	local program=iptables
	[ "$1" != 6 ] || { program=ip6tables && shift; }
	"$program-$variant" "$@"
}
code() {
	local r=0
	"$@" > "$work/out" 2>&1 || r=$?
	echo $r
}

driver() { # BLOCKER [COMMAND...]   a driver on a string, as said before by "$@"
	local blocker=$1
	shift
	rm -f "$work/in" "$work/answers"
	mkfifo "$work/in" "$work/answers"
	"$@" "$driver" "$conf" "$blocker" < "$work/in" > "$work/answers" 2> "$work/notes" &
	exec {to}> "$work/in" {from}< "$work/answers"
}
say() { # one command, one answer
	local answer
	echo "$*" >&$to
	read -r -t 10 -u $from answer || answer="no answer"
	echo "$answer"
}
hang_up() {
	exec {to}>&- {from}<&-
	wait $! || true
}

# A neighbourhood: the server here, a client with several addresses in another namespace.
ip link set lo up
ip netns add "$peer"
ip link add here type veth peer name there netns "$peer"
ip addr add 198.51.100.1/24 dev here
ip addr add 2001:db8:1::1/32 dev here nodad
ip link set here up
ip -n "$peer" link set lo up
for addr in 198.51.100.7/24 198.51.100.8/24 2001:db8:7::7/32 2001:db8:7::8/32 2001:db8:8::7/32; do
	case $addr in
	*:*) ip -n "$peer" addr add $addr dev there nodad ;;
	*) ip -n "$peer" addr add $addr dev there ;;
	esac
done
ip -n "$peer" addr add 203.0.113.9/24 dev there
ip -n "$peer" link set there up
ip route add 203.0.113.0/24 dev here
cat > "$work/net.py" << 'PY'
import socket, sys, threading
def serve():
    s = socket.create_server(("::", 25), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
    print("ready", flush=True)
    def one(c):
        while (data := c.recv(100)):
            c.sendall(data)
    while True:
        threading.Thread(target=one, args=(s.accept()[0],), daemon=True).start()
def connect(source):
    to = "2001:db8:1::1" if ":" in source else "198.51.100.1"
    return socket.create_connection((to, 25), timeout=0.7, source_address=(source, 0))
def echo(c):
    try:
        c.sendall(b"x")
        return c.recv(1) == b"x"
    except OSError:
        return False
if sys.argv[1] == "serve":
    serve()
elif sys.argv[1] == "hold":  # a connection from before; says at each line whether it lives
    c = connect(sys.argv[2])
    print("open", flush=True)
    for line in sys.stdin:
        print("alive" if echo(c) else "dead", flush=True)
else:
    for source in sys.argv[2:]:
        try:
            print("yes" if echo(connect(source)) else "mute", end=" ")
        except OSError:
            print("no", end=" ")
    print()
PY
python3 "$work/net.py" serve > "$work/ready" 2> "$work/server" &
server=$!
for _ in $(seq 50); do
	[ ! -s "$work/ready" ] || break
	sleep 0.1
done
reach() { ip netns exec "$peer" python3 "$work/net.py" try "$@"; }
clients="198.51.100.7 198.51.100.8 2001:db8:7::7 2001:db8:7::8 2001:db8:8::7 203.0.113.9"
for _ in $(seq 10); do # until the neighbours know each other
	# shellcheck disable=SC2086
	[[ $(reach $clients) == *no* ]] || break
done
hold() { # SOURCE
	rm -f "$work/hold-in" "$work/hold-out"
	mkfifo "$work/hold-in" "$work/hold-out"
	ip netns exec "$peer" python3 "$work/net.py" hold "$1" < "$work/hold-in" > "$work/hold-out" &
	exec {hold_to}> "$work/hold-in" {hold_from}< "$work/hold-out"
	read -r -t 10 -u $hold_from _
}
held() {
	local answer
	echo >&$hold_to
	read -r -t 10 -u $hold_from answer || answer="no answer"
	echo "$answer"
}
let_go() { exec {hold_to}>&- {hold_from}<&-; }

# shellcheck disable=SC2086
blocks() { # BLOCKER: one IPv4 address, an IPv6 /64, and who is near
	ok "$1: all reach the server" "$(reach $clients)" "yes yes yes yes yes yes *"
	hold 198.51.100.7
	driver "$1"
	ok "$1: start" "$(say start)" "0*"
	say add 198.51.100.7 0 60 > "$work/out"
	say add 198.51.100.7 1 90 > "$work/out"
	say add 2001:db8:7::7 0 60 > "$work/out"
	say add 192.0.2.50 0 60 > "$work/out"
	ok "$1: not before the blocker said yes" "$(say ask 198.51.100.7)" "pending 2"
	say run > "$work/out"
	ok "$1: held, for two reasons" "$(say ask 198.51.100.7)" "held 2"
	ok "$1: who is banned cannot connect" "$(reach $clients)" "$2"
	ok "$1: an established connection lives on" "$(held)" alive
	let_go
	say end 198.51.100.7 0 > "$work/out"
	ok "$1: one reason is left" "$(reach 198.51.100.7)" "no *"
	say end 198.51.100.7 1 > "$work/out"
	say end 2001:db8:7::7 0 > "$work/out"
	ok "$1: none is left" "$(reach 198.51.100.7 2001:db8:7::8)" "yes yes *"
	say pass 61 > "$work/out"
	say run > "$work/out"
	ok "$1: over" "$(say counts)" "held 0 0 waiting 0 0*"
	hang_up
}

recent() { # what is special to xt_recent: capacity, lists that are deleted and created
	local slots n
	slots=$(cat $parameters/ip_list_tot)
	driver mx
	say start > "$work/out"
	ok "full: all are kept" "$(say bench "$slots" 1)" "$slots bans in * us, $slots held"
	ok "full: one more" "$(say add 192.0.2.7 0 60)" 0
	say run > "$work/out"
	ok "full: the newest is in the kernel" "$(say ask 192.0.2.7) $(grep -c 192.0.2.7 /proc/net/xt_recent/rd-e2e)" "held 1 1"
	ok "full: the oldest is not" "$(say ask 203.0.0.1) $(grep -c 'src=203.0.0.1 ' /proc/net/xt_recent/rd-e2e)" "waiting 1 0"
	say end 192.0.2.7 0 > "$work/out"
	say run > "$work/out"
	ok "full: a free slot is filled" "$(say ask 203.0.0.1)" "held 1"
	# what the kernel dropped is put back; foreign entries keep their places
	echo -203.0.0.2 > /proc/net/xt_recent/rd-e2e
	echo -203.0.0.3 > /proc/net/xt_recent/rd-e2e
	echo +192.0.2.99 > /proc/net/xt_recent/rd-e2e
	say pass 31 > "$work/out"
	say run > "$work/out"
	ok "lost: into free places only" "$(say counts)" "held $((slots - 1)) 0 waiting 1 0 others 1*lost 2*"
	ok "lost: another's entry is left alone" "$(grep -c 'src=192.0.2.99 ' /proc/net/xt_recent/rd-e2e)" 1
	say pass 31 > "$work/out"
	ok "lost: the next pass has nothing to do" "$(say run > "$work/out"; say counts)" "*lost 2*"
	# rebuilt: seen at a write, and without one
	n=$(rules -S relaydam-mx | tail -n 1)
	rules -F relaydam-mx
	say add 192.0.2.8 0 60 > "$work/out"
	say run > "$work/out"
	ok "rebuilt: reported as missing" "$(say counts)" "held 0 0 waiting * missing 1 0*"
	ok "rebuilt: not held" "$(say ask 192.0.2.8)" "waiting 1"
	# shellcheck disable=SC2086
	rules $n
	say pass 1 > "$work/out"
	say run > "$work/out"
	ok "rebuilt: written again, the newest first" "$(say ask 192.0.2.8) $(wc -l < /proc/net/xt_recent/rd-e2e)" "held 1 $slots"
	rules -F relaydam-mx
	# shellcheck disable=SC2086
	rules $n
	say pass 6 > "$work/out"
	say run > "$work/out"
	ok "rebuilt: seen without a write" "$(say counts) $(wc -l < /proc/net/xt_recent/rd-e2e)" "held $slots *rebuilt 2*$slots"
	ok "each error is reported once" "$(grep -c 'the firewall was rebuilt' "$work/notes")" 1
	hang_up
	rules -F relaydam-mx
	driver mx
	ok "missing at start" "$(say start)" "-2 the list */rd-e2e is missing*Run as root: relaydam firewall --install"
	hang_up
	firewall --install
}

owner() { # a daemon without root
	[ -n "$owner" ] || {
		skipped=$((skipped + 1))
		echo "block.sh: SKIPPED: no $parameters"
		return
	}
	firewall --remove
	chmod -R a+rX "$work"
	firewall --install
	driver mx setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all
	ok "EACCES has its remedy" "$(say start)" "-13 the list * belongs to uid 0, but this is uid 65534. Run as root: relaydam firewall --install --owner 65534"
	say add 198.51.100.7 0 60 > "$work/out"
	say run > "$work/out"
	ok "EACCES: not held" "$(say ask 198.51.100.7)" "waiting 1"
	firewall --install --owner 65534
	say pass 11 > "$work/out"
	say run > "$work/out"
	ok "recovered: held" "$(say ask 198.51.100.7)" "held 1"
	ok "recovered: it works" "$(reach 198.51.100.7 198.51.100.8)" "no yes *"
	firewall --remove
	firewall --install
	say pass 6 > "$work/out"
	say run > "$work/out"
	ok "the parameter is put back, new lists are root's" "$(cat $parameters/ip_list_uid) $(cat $parameters/ip_list_gid) $(say ask 198.51.100.7)" "$owner waiting 1"
	firewall --install --owner nobody
	firewall --remove
	firewall --install --owner nobody
	ok "new lists are the user's" "$(stat -c %U /proc/net/xt_recent/rd-e2e)" nobody
	hang_up
	firewall --remove
	ok "put back again" "$(cat $parameters/ip_list_uid) $(cat $parameters/ip_list_gid)" "$owner"
	firewall --install
}

check() { # --install and --check against an admin's hands
	firewall --remove
	ok "check: nothing there" "$(code firewall --check)" 1
	rules -A INPUT -p tcp --dport 22 -m comment --comment 'x -j relaydam-mx y' -j ACCEPT
	rules -N relaydam-old
	rules -A relaydam-old -j RETURN
	rules -N relaydam-mx
	rules -A relaydam-mx -p tcp -m tcp --dport 25 -m recent --name rd-e2e --update --seconds 300 --mask 255.255.0.0 -j DROP
	rules -A INPUT -j relaydam-mx
	rules -A INPUT -j relaydam-mx
	ok "check: an older version" "$(code firewall --check)" 1
	for text in 'mask is "255.255.0.0", should be "255.255.255.255"' 'seconds is "300", should be "600"' \
		'ports is "", should be "25"' 'is there 2 times' 'relaydam-old is stale'; do
		ok "check: $text" "$(grep -cF "$text" "$work/out")" 1
	done
	ok "install over it" "$(code firewall --install)" 0
	ok "check: as it should be" "$(code firewall --check)" 0
	echo +192.0.2.7 > /proc/net/xt_recent/rd-e2e
	ok "install again" "$(code firewall --install)" 0
	rules -I INPUT 1 -i lo -j ACCEPT
	ok "check: place" "$(code firewall --check; cat "$work/out")" '1*comes after 1 other rule*'
	ok "install puts it first" "$(code firewall --install; firewall --check)" 0
	ok "entries live on" "$(grep -c 192.0.2.7 /proc/net/xt_recent/rd-e2e)" 1
	ok "the list has its new mask" "$(echo +192.0.2.8 > /proc/net/xt_recent/rd-e2e; grep -c 192.0.2 /proc/net/xt_recent/rd-e2e)" 2
	nft flush chain inet relaydam input
	ok "check: nft" "$(code firewall --check; cat "$work/out")" '1*nft: chain input: missing: tcp dport 25 ct state new ip saddr @rdset drop*'
	ok "install: nft" "$(code firewall --install; firewall --check)" 0
	ok "remove" "$(code firewall --remove)" 0
	ok "remove leaves nothing" "$(rules -S | grep -c -- '-j relaydam-\|N relaydam-' || true) $(rules 6 -S | grep -c relaydam || true) $(nft list tables | grep -c 'inet relaydam' || true)" "1 0 0"
	ok "remove leaves the admin's" "$(rules -S INPUT | wc -l)" 3
	rules -F INPUT
	firewall --install
	firewall --print --only iptables > "$work/print"
	firewall --remove
	"iptables-$variant-restore" --noflush -w < "$work/print"
	ok "what --print shows can be used by hand" "$(code firewall --check --only iptables)" 0
	firewall --remove
	firewall --install
}

nftables() {
	driver set
	ok "nft: 2000 bans" "$(say start > "$work/out"; say bench 2000 1)" "2000 bans in * us, 2000 held"
	nft delete table inet relaydam
	say add 192.0.2.8 0 60 > "$work/out"
	say run > "$work/out"
	ok "nft: missing" "$(say ask 192.0.2.8)" "waiting 1"
	firewall --install
	say pass 1 > "$work/out"
	say run > "$work/out"
	ok "nft: written again" "$(say ask 192.0.2.8; say counts)" "held 1*held 2001 0*rebuilt 1*"
	nft flush set inet relaydam rdset
	say pass 31 > "$work/out"
	say run > "$work/out"
	ok "nft: what was lost is put back" "$(say counts) $(nft list set inet relaydam rdset | grep -o '192.0.2.8 ')" "held 2001 0*lost 2001*192.0.2.8 "
	hang_up
	nft add element inet relaydam rdnet '{ 192.0.2.0/25 }'
	driver net
	say start > "$work/out"
	say add 192.0.2.9 0 60 > "$work/out"
	say add 198.51.100.7 0 60 > "$work/out"
	say run > "$work/out"
	ok "nft: one that cannot be is refused, alone" "$(say ask 192.0.2.9) $(say ask 198.51.100.7)" "refused 1 held 1"
	hang_up
	driver set setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all
	ok "nft: without the right" "$(say start)" "-1 *CAP_NET_ADMIN*"
	hang_up
}

for variant in nft legacy; do
	ok "install" "$(code firewall --install)" 0
	blocks mx "no yes no no yes yes *"
	blocks c24 "no no no no yes yes *"
	recent
	owner
	check
	firewall --remove
done
variant=nft
firewall --install
blocks set "no yes no no yes yes *"
blocks net "no no no no yes yes *"
nftables
firewall --remove
echo "block.sh: $passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] || exit 1
[ $skipped = 0 ] || exit 77
