#!/usr/bin/env bash
# One wave against one defence, inside of tests/lab/mx.sh. usage: wave-run.sh RELAYDAM OUT DEFENCE
# DEFENCE: nothing, fail2ban-xt, fail2ban-nft, relaydam-xt, relaydam-nft (without the cut), cut-xt, cut-nft; and spare-nft,
# spare-no: cut-nft as it is and with spare = false, where WAVE_RELAYS (3) of the honest clients forward rejected mail, too.
# Leaves OUT/DEFENCE.seconds, .mails and .clients (see wave.py), and of relaydam .banned: the honest clients under a ban.
set -euo pipefail
relaydam=$(realpath "$1") out=$(realpath "$2") defence=$3
cd "$(dirname "$0")/../.."
seconds=${WAVE_SECONDS:-120} bots=${WAVE_BOTS:-3000} mails=${WAVE_MAILS:-2} relays=0
count=(echo 0)

within() { # COMMAND...: until it succeeds, ten seconds at most
	local i
	for ((i = 0; i < 100; i++)); do
		"$@" > /dev/null 2>&1 && return
		sleep 0.1
	done
	echo "wave-run.sh: $defence does not start" >&2
	return 4
}

relaydam() { # TYPE CUT [KEY]: KEY is one more of each jail
	mkdir "$MX_WORK/state" "$MX_WORK/run"
	ln -s "$PWD/conf/filters" "$MX_WORK/filters"
	cat > "$MX_WORK/conf" <<- CONF
		sources = ( { file = "$MX_LOG"; } );
		filters = [ "postfix" ];
		state_dir = "$MX_WORK/state";
		runtime_dir = "$MX_WORK/run";
		blockers = ( { name = "mx"; type = "$1"; list = "wave"; ports = [ 25 ]; } );
		jails = (
		  { name = "dnsbl"; offences = [ "dnsbl" ]; maxretry = 1; findtime = "10m"; bantime = "10m"; blocker = "mx"; cut = "$2"; ${3:-} },
		  { name = "harvest"; offences = [ "unknown-user" ]; maxretry = 5; findtime = "10m"; bantime = "10m"; blocker = "mx"; ${3:-} } );
	CONF
	"$relaydam" firewall -c "$MX_WORK/conf" --install > "$MX_WORK/out" 2>&1
	"$relaydam" run -c "$MX_WORK/conf" > "$MX_WORK/out" 2>&1 < /dev/null &
	within "$relaydam" list -c "$MX_WORK/conf"
}

# Its own postfix filter in the mode for block lists, and the same limits.
fail2ban() { # ACTION
	mkdir -p "$MX_ROOT/run/fail2ban"
	rm -f "$MX_ROOT/etc/fail2ban/jail.d/"*
	cat > "$MX_ROOT/etc/fail2ban/jail.local" <<- CONF
		[DEFAULT]
		backend = pyinotify
		usedns = no
		[postfix-rbl]
		enabled = true
		maxretry = 1
		findtime = 10m
		bantime = 10m
		logpath = /var/log/mail.log
		action = $1
	CONF
	chroot "$MX_ROOT" fail2ban-server -f --logtarget /var/log/fail2ban.log start > "$MX_WORK/out" 2>&1 < /dev/null &
	within chroot "$MX_ROOT" fail2ban-client status postfix-rbl
}

in_set() { # TABLE SET
	count=(sh -c "nft list set inet $1 $2 2> /dev/null | grep -oE \"198\\.19(\\.[0-9]+){2}\" | wc -l")
}

[[ $defence != spare-* ]] || relays=${WAVE_RELAYS:-3}
case $defence in
nothing) ;;
fail2ban-xt)
	fail2ban 'iptables-xt_recent-echo[name=wave]'
	count=(sh -c 'cat /proc/net/xt_recent/f2b-wave | wc -l')
	;;
fail2ban-nft)
	fail2ban 'nftables[type=multiport, name=wave, port="25"]'
	in_set f2b-table addr-set-wave
	;;
relaydam-xt | cut-xt)
	relaydam xt_recent "$([ "$defence" = cut-xt ] && echo socket || echo no)"
	count=(sh -c 'cat /proc/net/xt_recent/wave | wc -l')
	;;
relaydam-nft | cut-nft)
	relaydam nft "$([ "$defence" = cut-nft ] && echo socket || echo no)"
	in_set relaydam wave
	;;
spare-nft | spare-no)
	relaydam nft socket "$([ "$defence" = spare-nft ] || echo "spare = false;")"
	in_set relaydam wave
	;;
*) echo "wave-run.sh: what is $defence?" >&2 && exit 2 ;;
esac

python3 tests/bench/wave.py sample "$out/$defence.seconds" "$seconds" "${count[@]}" &
nsenter -t "$MX_CLIENTS" -n python3 tests/bench/wave.py clients "$out/$defence.mails" "$seconds" "$bots" "$mails" "$relays" > "$out/$defence.clients"
wait $!
[ ! -e "$MX_WORK/conf" ] || "$relaydam" list -c "$MX_WORK/conf" --json | grep -o '"prefix":"198\.18\.[^"]*"' > "$out/$defence.banned" || true
