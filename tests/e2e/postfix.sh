#!/usr/bin/env bash
# The daemon beside a real Postfix: a client earns its 5xx, reads it, and is refused from then on; its neighbours are not,
# nor is anybody whom it names. With each blocker, and with the log as postlogd and as rsyslogd in its three formats write it.
# usage: tests/e2e/postfix.sh RELAYDAM BUILD
set -euo pipefail

here=$(dirname "$(realpath "$0")")
if [ -z "${MX_ROOT:-}" ]; then
	"$here/../lab/need.sh" postfix.sh || exit $?
	code=0 labs=()
	for log in postlog rsyslog; do # side by side: each is a host of its own
		MX_SECONDS=120 "$here/../lab/mx.sh" "$2" --log $log "$0" "$(realpath "$1")" $log &
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

# what each kind is told; the jail has the offence's name
declare -A replies=(
	[dnsbl]="554 5.7.1 Service unavailable; Client host * blocked using bl.mx.test; *"
	[unknown-user]="550 5.1.1 <nobody@mx.test>: Recipient address rejected: User unknown in local recipient table"
	[relay]="554 5.7.1 <a@elsewhere.test>: Relay access denied"
	[helo]="554 5.7.1 <mail.mx.test>: Helo command rejected: You are not me"
	[sender]="554 5.7.1 <a@spammer.test>: Sender address rejected: Access denied"
	[client]="554 5.7.1 <*>: Client host rejected: your address is on our list"
	[auth]="535 5.7.8 Error: authentication failed: *"
	[protocol]="503 5.5.0 <DATA>: Data command rejected: Improper use of SMTP command pipelining"
	[rate]="421 4.7.0 mail.mx.test Error: too many connections from *"
	[content]="550 5.7.1 no pills here"
	[accepted]="250 2.0.0 Ok: queued as *"
	[forged-helo]="550 5.1.1 *" [forged-sender]="550 5.1.1 *" [forged-recipient]="550 5.1.1 *"
)
all="dnsbl unknown-user relay helo sender client auth protocol rate content accepted forged-helo forged-sender forged-recipient"
jails="dnsbl unknown-user relay helo sender client auth protocol rate content"
victim=198.18.255.99 # whom smtp.py's forgers name

configure() { # NAME TYPE FILE [BLOCKER...]: a configuration of its own, with a daemon's directories; the last blocker is in use
	local type=$2 file=$3 jail blocker
	conf=$work/$1/relaydam.conf
	mkdir -p "$work/$1/state" "$work/$1/run"
	ln -sfn "$PWD/conf/filters" "$work/$1/filters"
	cat > "$conf" << CONF
sources = ( { file = "$file"; } );
filters = [ "postfix" ];
state_dir = "$work/$1/state";
runtime_dir = "$work/$1/run";
CONF
	shift 3
	[ $# != 0 ] || set -- mx
	{
		echo "blockers = ("
		for blocker; do
			echo "{ name = \"$blocker\"; type = \"$type\"; list = \"rd$blocker\"; ports = [ 25, 2525, 2626 ]; seconds = \"10m\"; },"
		done | sed '$s/,$/ );/'
		echo "jails = ("
		for jail in $jails; do
			echo "{ name = \"$jail\"; offences = [ \"$jail\" ]; maxretry = 1; findtime = \"10m\"; bantime = \"10m\"; blocker = \"${!#}\"; },"
		done | sed '$s/,$/ );/'
	} >> "$conf"
}

clients() { # ROUND KIND...: who is to earn what; a client and its neighbour in the arrays below
	local round=$1 n=0 kind net4 net6
	shift
	wanted=() guilty=() neighbours=() innocents=("$victim") banned=()
	for kind; do
		n=$((n + 1)) net4=198.18 net6=0
		[ "$kind" != dnsbl ] || net4=198.19 net6=$((0x8000))
		net6=$((net6 + round * 256 + n))
		local four=$net4.$round.$n six near
		six=2001:db8:2:$(printf %x $net6)
		near=2001:db8:2:$(printf %x $((net6 + 128)))
		wanted+=("$kind=$four" "$kind=$six::1")
		case $kind in
		accepted) innocents+=("$four" "$six::1") && continue ;;
		forged-*) kind=unknown-user ;;
		esac
		guilty+=("$four" "$six::1")
		neighbours+=("$net4.$round.$((n + 128))" "$near::1")
		banned+=("$kind $four/32" "$kind $six::/64")
	done
}

told() { # KIND of $work/replies: each of its clients was told what it had to be told
	local kind reply n=0
	while read -r kind _ reply; do
		[ "$kind" = "$1" ] || continue
		same "$reply" "${replies[$kind]}" || return 1
		n=$((n + 1))
	done < "$work/replies"
	[ $n = 2 ] # one IPv4, one IPv6
}
words() { # WORD N: as often as that
	local words
	words=$(printf "$1 %.0s" $(seq "$2"))
	echo "${words% }"
}
has_bans() { same "$(bans)" "$(printf '%s\n' "${banned[@]}" | sort)"; }
all_held() { same "$(figure not_in_kernel)" 0 && same "$(figure bans_in_force)" "${#banned[@]}"; }

round() { # NUMBER KIND...: they earn it, and are banned, and nobody else
	local kind
	clients "$@"
	shift
	smtp earn "${wanted[@]}" > "$work/replies"
	for kind; do check "$name: $kind reads its answer first" told "$kind"; done
}
effect() { # of a round, on the daemon of $conf
	check "$name: the bans" within 5 has_bans
	check "$name: are in the kernel" within 5 all_held
	check "$name: who is banned is refused" connects "$(words no ${#guilty[@]})" "${guilty[@]}"
	check "$name: their neighbours and the innocents are not" \
		connects "$(words yes $((${#neighbours[@]} + ${#innocents[@]})))" "${neighbours[@]}" "${innocents[@]}"
}

flush() { # TYPE VARIANT: as firewall scripts do
	local program
	[ "$1" != nft ] || nft flush ruleset
	[ "$1" = nft ] || for program in iptables ip6tables; do "$program-$2" -F && "$program-$2" -X; done
}
rebuilt() { # ROUND TYPE VARIANT: the firewall is taken away and made again while sessions come in
	local round=$1 stream
	exec {load}> >(smtp stream "198.18.25$round."{1..20} 2001:db8:2:7a00::{1..9} > "$work/streamed")
	stream=$!
	check "$name: sessions come in" within 5 grep -q "198[.]18[.]25${round}[.]" "$MX_LOG"
	flush "$2" "$3"
	check "$name: without rules all connect" connects yes "${guilty[0]}"
	check "$name: a ban without rules" same "$(smtp earn dnsbl="198.19.$round.77")" "dnsbl * 554 *"
	guilty+=("198.19.$round.77") banned+=("dnsbl 198.19.$round.77/32")
	ask firewall --install --variant "$3"
	check "$name: made again, the bans" within 5 has_bans
	check "$name: are in the kernel again" within 10 refuses "${guilty[@]}"
	check "$name: and said to be" within 5 all_held
	exec {load}>&-
	wait $stream
	check "$name: under load" same "$(cat "$work/streamed")" "[1-9][0-9]*"
}
refuses() { connects "$(words no $#)" "$@"; }

variant() { # ROUND VARIANT TYPE KIND...: iptables' variant and the blocker's type
	local round=$1 variant=$2 type=$3 name="$2 $3"
	shift 3
	configure "$round" "$type" "$MX_LOG"
	ask firewall --install --variant "$variant"
	check "$name: the daemon starts" start
	round "$round" "$@"
	effect
	rebuilt "$round" "$type" "$variant"
	check "$name: it ends with 0" stop
	ask firewall --remove --variant "$variant"
}

postlog() {
	# shellcheck disable=SC2086
	variant 1 legacy xt_recent $all
	variant 2 nft xt_recent dnsbl unknown-user
	variant 3 nft nft dnsbl unknown-user
}

rsyslog() { # three daemons, each with a list of its own, on the three files of the same sessions
	local name pids=()
	declare -A blockers=([rfc3339]="trad rfc5424 rfc3339" [rfc5424]="trad rfc3339 rfc5424" [trad]="rfc3339 rfc5424 trad")
	declare -A files=([trad]=$MX_LOG [rfc3339]=${MX_LOG%.log}.rfc3339 [rfc5424]=${MX_LOG%.log}.rfc5424)
	for name in trad rfc3339 rfc5424; do
		check "$name: rsyslogd writes" within 5 test -s "${files[$name]}"
		# shellcheck disable=SC2086
		configure $name xt_recent "${files[$name]}" ${blockers[$name]}
		[ $name != trad ] || ask firewall --install
		check "$name: the daemon starts" start
		pids+=("$daemon")
	done
	# shellcheck disable=SC2086
	round 1 $all
	for name in trad rfc3339 rfc5424; do
		conf=$work/$name/relaydam.conf
		effect
		check "$name: as many in its list" same "$(cat "/proc/net/xt_recent/rd$name" "/proc/net/xt_recent/rd${name}6" | wc -l)" "${#banned[@]}"
	done
	kill "${pids[@]}"
	wait "${pids[@]}"
}

$log
conclude "postfix.sh ($log)"
