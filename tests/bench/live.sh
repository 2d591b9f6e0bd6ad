#!/usr/bin/env bash
# The live daemon beside fail2ban: from write() of a log line to the kernel refusing the client, at several rates, many
# bans at once, and memory; in namespaces of its own. See README.md. usage, as root: tests/bench/live.sh RELAYDAM LIVE ROOT
# ROOT is the Debian that fail2ban lives in (tests/lab/root.sh BUILD mx), "" for none.
set -euo pipefail

if [ -z "${RELAYDAM_BENCH_INSIDE:-}" ]; then
	skip() { echo "No bench of the live daemon here: $*" && exit 0; }
	[ "$(id -u)" = 0 ] || skip "it wants root."
	for tool in unshare ip iptables ip6tables nft setpriv; do
		command -v $tool > /dev/null || skip "$tool is missing."
	done
	unshare -n -m -p -f --mount-proc true 2> /dev/null || skip "no namespaces."
	RELAYDAM_BENCH_INSIDE=1 exec timeout -k 5 900 unshare -n -m -p -f --mount-proc --kill-child "$0" "$@" < /dev/null
fi

relaydam=$(realpath "$1") live=$(realpath "$2") root=${3:-}
cd "$(dirname "$0")/../.."
source=$PWD
dir=$(realpath -m "${BENCH_DIR:-build/bench}")
read -ra rates <<< "${BENCH_LIVE_RATES:-1:100 100 1000 50000 50000:1}" # lines/s:per cent of them that are offences
read -ra peer_rates <<< "${BENCH_LIVE_PEER_RATES:-1:100 100 1000}"
seconds=${BENCH_LIVE_SECONDS:-8}    # of each rate
share=${BENCH_LIVE_SHARE:-15}       # where none is said
bans=${BENCH_LIVE_BANS:-2000}       # at once
patience=${BENCH_LIVE_PATIENCE:-30} # seconds that a late ban is waited for
mkdir -p "$dir"
work=$(mktemp -d "$dir/live.XXXXXX")
finish() {
	umount -R "$work/root" 2> /dev/null || true
	rm -rf --one-file-system "$work"
}
trap finish EXIT
log=$work/mail.log
tsv=$dir/live.tsv
first=65536 # number of the next fresh client
lists=()
backend=polling
[ ! -e "$root/usr/share/doc/python3-pyinotify" ] || backend=pyinotify
export TZ=UTC

ip link set lo up
ip route add local 10.0.0.0/8 dev lo
ip -6 route add local 2001:db8::/32 dev lo 2> /dev/null || true

# Lets a datagram to port 9 pass that comes from a client in one of the lists, and no other.
probe_xt() { # LIST...
	local list
	iptables -I INPUT -p udp --dport 9 -j DROP
	ip6tables -I INPUT -p udp --dport 9 -j DROP
	for list; do
		iptables -I INPUT -p udp --dport 9 -m recent --name "$list" --rcheck -j ACCEPT
		ip6tables -I INPUT -p udp --dport 9 -m recent --name "${list}6" --rcheck --mask ffff:ffff:ffff:ffff:: -j ACCEPT
	done
}

probe_nft() { # TABLE SET
	nft -f - <<- NFT
		add chain inet $1 bench { type filter hook input priority -300; }
		add rule inet $1 bench udp dport 9 ip saddr @$2 accept
		add rule inet $1 bench udp dport 9 drop
	NFT
}

# Rows of live.tsv: who, kind, and what live says.
measure() { # WHO PID KIND ARGUMENTS...
	local who=$1 pid=$2 kind=$3 row
	shift 3
	row=$("$live" "$log" "$pid" "$first" "$kind" "$@" "$patience")
	first=$((first + 500000))
	printf '%s\t%s\t%s\n' "$who" "$kind" "$row" >> "$tsv"
	show "$who" "$kind" "$row"
}

show() { # WHO KIND ROW
	local a
	IFS=$'\t' read -ra a <<< "$3"
	case $2 in
	rate) printf '%-13s %7s %3s %6s %9s %9s %10s %8s %7s%s\n' "$1" "${a[@]:0:8}" "$([ "${a[8]}" = 0 ] || echo " !${a[8]}")" ;;
	burst) printf '%-13s %s of %s bans in place after %s ms; CPU %s us each\n' "$1" "${a[1]}" "${a[0]}" "${a[2]}" "${a[3]}" ;;
	esac
}

at_rates() { # WHO PID RATE...
	local who=$1 pid=$2 rate percent
	shift 2
	for rate; do
		percent=$share
		case $rate in *:*) percent=${rate#*:} ;; esac
		measure "$who" "$pid" rate "${rate%:*}" "$seconds" "$percent"
	done
}

within() { # COMMAND...: until it succeeds, ten seconds at most
	local i
	for ((i = 0; i < 100; i++)); do
		"$@" > /dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}

stop() { # PID
	kill "$1" 2> /dev/null || true
	timeout 10 tail --pid="$1" -f /dev/null || kill -9 "$1" 2> /dev/null || true
	wait "$1" 2> /dev/null || true
}

pss() { # WHO PID
	local kib
	sleep 2 # it settles
	kib=$(awk '/^Pss:/ { print $2 }' "/proc/$2/smaps_rollup")
	printf '%s\tpss\t%s\n' "$1" "$kib" >> "$tsv"
	printf '%-13s Pss %s KiB, idle\n' "$1" "$kib"
}

# ---- relaydam ----

offences=(dnsbl unknown-user sender client relay helo auth rate abort protocol)

# A list for each of the first N offences.
conf() { # TYPE N
	local i comma
	cat <<- CONF
		sources = ( { file = "$log"; } );
		filters = [ "postfix" ];
		log_tz = "UTC";
		state_dir = "$work/state";
		runtime_dir = "$work/run";
	CONF
	comma="blockers = ("
	for ((i = 0; i < $2; i++)); do
		echo "$comma { name = \"b$i\"; type = \"$1\"; list = \"rdbench$i\"; ports = [ $((2500 + i)) ]; }"
		comma=,
	done
	comma="); jails = ("
	for ((i = 0; i < $2; i++)); do
		echo "$comma { name = \"j$i\"; offences = [ \"${offences[i]}\" ]; maxretry = 1; findtime = \"10m\"; bantime = \"10m\"; blocker = \"b$i\"; }"
		comma=,
	done
	echo ");"
}

start() { # CONF
	: > "$log"
	rm -rf "$work/state" "$work/run"
	mkdir "$work/state" "$work/run"
	"$relaydam" firewall -c "$1" --install > "$work/out" 2>&1 || { cat "$work/out" && return 1; }
	"$relaydam" run -c "$1" > "$work/out" 2>&1 &
	daemon=$!
	within "$relaydam" list -c "$1" || { cat "$work/out" && return 1; }
}

idle_relaydam() {
	sed -e "s,^sources = .*,sources = ( { file = \"$log\"; } ); state_dir = \"$work/state\"; runtime_dir = \"$work/run\";," \
		conf/relaydam.conf > "$work/idle.conf"
	start "$work/idle.conf"
	pss relaydam "$daemon"
	stop "$daemon"
	"$relaydam" firewall -c "$work/idle.conf" --remove > /dev/null 2>&1 || true
}

live_xt() {
	conf xt_recent 10 > "$work/xt.conf"
	start "$work/xt.conf"
	probe_xt "${lists[@]}"
	measure "relaydam xt" "$daemon" burst "$bans" 10 2
	at_rates "relaydam xt" "$daemon" "${rates[@]}"
	stop "$daemon"
}

live_nft() {
	conf nft 2 > "$work/nft.conf"
	start "$work/nft.conf"
	probe_nft relaydam rdbench0
	measure "relaydam nft" "$daemon" burst "$bans" 1 1
	at_rates "relaydam nft" "$daemon" "${rates[@]}"
	stop "$daemon"
}

clean_rules() {
	iptables -F && iptables -X && ip6tables -F && ip6tables -X && nft flush ruleset
}

# ---- fail2ban ----

mount_root() {
	mkdir "$work/upper" "$work/inner" "$work/root"
	mount -t overlay overlay -o "lowerdir=$(realpath "$root"),upperdir=$work/upper,workdir=$work/inner" "$work/root"
	mount -t proc proc "$work/root/proc"
	mount --rbind /dev "$work/root/dev"
	mkdir -p "$work/root/bench" "$work/root/var/run/fail2ban"
	mount --bind "$work" "$work/root/bench"
	rm -f "$work/root/etc/fail2ban/jail.d/"*
}

client() { chroot "$work/root" fail2ban-client -s /bench/f2b.sock "$@"; }

start_fail2ban() { # ACTION
	: > "$log"
	rm -f "$work/f2b.db"
	cat > "$work/root/etc/fail2ban/jail.local" <<- CONF
		[DEFAULT]
		ignoreself = false
		backend = $backend
		usedns = no
		maxretry = 1
		findtime = 10m
		bantime = 10m
		[postfix]
		enabled = true
		mode = more
		logpath = /bench/mail.log
		action = $1
	CONF
	chroot "$work/root" fail2ban-server -f -s /bench/f2b.sock -p /bench/f2b.pid --logtarget /bench/f2b.log start \
		> "$work/out" 2>&1 &
	daemon=$!
	within client status postfix || { tail -n 5 "$work/out" "$work/f2b.log" && return 1; }
	sleep 1
}

# Its rules and sets are made with the first ban.
first_ban() { # COMMAND...: until it succeeds
	client set postfix banip 192.0.2.1 > /dev/null
	within "$@"
}

fail2ban_xt() {
	start_fail2ban 'iptables-xt_recent-echo[name=mx]'
	pss fail2ban "$daemon"
	first_ban grep -q 192.0.2.1 /proc/net/xt_recent/f2b-mx
	probe_xt f2b-mx
	at_rates "fail2ban xt" "$daemon" "${peer_rates[@]}"
	stop "$daemon"
}

fail2ban_nft() {
	start_fail2ban 'nftables[type=multiport, name=mx, port="25"]'
	first_ban nft list set inet f2b-table addr-set-mx
	probe_nft f2b-table addr-set-mx
	measure "fail2ban nft" "$daemon" burst "$bans" 1 1
	at_rates "fail2ban nft" "$daemon" "${peer_rates[@]}"
	stop "$daemon"
}

# ---- all of it ----

# At each rate that both had: how many times as long the other's median is.
ratios() {
	awk -F '\t' '
		$2 == "rate" && $6 > 0 && !(($1, sprintf("%.1g", $3)) in median) { median[$1, sprintf("%.1g", $3)] = $6 }
		$2 == "burst" { median[$1, "at once"] = $5 }
		END {
			n = split("xt nft", kind, " ")
			m = split("1 100 1000 50000 at_once", order, " ")
			for (i = 1; i <= m; i++)
				for (j = 1; j <= n; j++) {
					rate = order[i] == "at_once" ? "at once" : sprintf("%.1g", order[i])
					ours = median["relaydam " kind[j], rate]
					theirs = median["fail2ban " kind[j], rate]
					if (ours > 0 && theirs > 0)
						printf "fail2ban takes %.0f times as long: %s, %s\n", theirs / ours, kind[j],
							order[i] == "at_once" ? "at once" : order[i] " lines/s"
				}
		}' "$tsv"
}

for i in "${!offences[@]}"; do lists+=("rdbench$i"); done
ln -s "$source/conf/filters" "$work/filters"
: > "$log"
printf '#who\trate\tlines/s\tpercent\tsamples\tmedian us\tp99 us\tmax us\tCPU us/line\tlag ms\tunseen\n' > "$tsv"
printf '#who\tburst\tbans\tin place\tms\tCPU us/ban\n#who\tpss\tKiB\n' >> "$tsv"
printf '%-13s %7s %3s %6s %9s %9s %10s %8s %7s\n' "" lines/s % n "median us" "p99 us" "max us" "CPU us/l" "lag ms"
idle_relaydam
for part in live_xt live_nft; do
	$part
	clean_rules
done
if [ -n "$root" ] && [ -x "$root/usr/bin/fail2ban-server" ]; then
	mount_root
	for part in fail2ban_xt fail2ban_nft; do
		$part
		clean_rules
	done
	ratios
else
	echo "fail2ban is left out: tests/lab/root.sh build mx"
fi
echo "$tsv"
