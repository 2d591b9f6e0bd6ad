#!/usr/bin/env bash
# What a running daemon is told by word or by another configuration, and what is then in force: in the kernel, in the ledger, and in
# its answers; across reloads and restarts. With nft sets, in a network namespace of its own. usage: tests/e2e/asked.sh RELAYDAM BUILD
set -euo pipefail

skip() {
	echo "asked.sh: SKIPPED: $*"
	exit 77
}

if [ -z "${RELAYDAM_E2E_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || skip "it wants root"
	for tool in unshare ip nft python3; do
		command -v $tool > /dev/null || skip "$tool is missing"
	done
	unshare -n -p -f --mount-proc nft list tables > /dev/null 2>&1 || skip "no namespaces, or no nftables, here"
	RELAYDAM_E2E_INSIDE=1 exec timeout -k 5 170 unshare -n -p -f --mount-proc --kill-child "$0" "$@" < /dev/null
fi

relaydam=$(realpath "$1")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/mail.log conf=$work/relaydam.conf
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
mkdir "$work/state" "$work/run"
ln -s "$PWD/conf/filters" "$work/filters"
: > "$log"

dnsbl='{ name = "dnsbl"; offences = [ "dnsbl" ]; maxretry = 1; findtime = "10m"; bantime = "1h"; blocker = "mx"; }'
harvest='{ name = "harvest"; offences = [ "unknown-user" ]; maxretry = 2; findtime = "10m"; bantime = "1h"; blocker = "mx"; }'
auth='{ name = "auth"; offences = [ "auth" ]; maxretry = 1; findtime = "10m"; bantime = "1h"; blocker = "login"; }'
configure() { # JAILS [MORE]
	cat > "$conf" << CONF
sources = ( { file = "$log"; } );
filters = [ "postfix" ];
state_dir = "$work/state";
runtime_dir = "$work/run";
blockers = ( { name = "mx"; type = "nft"; list = "rdmx"; ports = [ 25 ]; }, { name = "login"; type = "nft"; list = "rdlogin"; ports = [ 465 ]; } );
jails = ( $1 );
${2:-}
CONF
}
rejected() { # ADDRESS TEXT
	echo "$(date '+%b %d %H:%M:%S') mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[$1]: $2; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>" >> "$log"
}
listed() { rejected "$1" "554 5.7.1 Service unavailable; Client host [$1] blocked using bl.example"; }
unknown() { rejected "$1" "550 5.1.1 <c@d.example>: Recipient address rejected: User unknown in local recipient table"; }
kernel_has() { nft list set inet relaydam "$1" | grep -wF -- "$2"; } # SET ADDRESS
says() { # TEXT COMMAND...: whatever its exit code
	local text=$1
	shift
	{ "$@" || true; } 2>&1 | grep -F -- "$text"
}
exits() { # CODE COMMAND...
	local wanted=$1 got=0
	shift
	"$@" || got=$?
	same "$got" "$wanted"
}
banned() { says "$1" bans; }
again() { stop && start; }

ip link set lo up
configure "$dnsbl, $harvest, $auth"
check "the firewall is installed" ask firewall --install
check "it starts" start

# ---- an answer tells what is ----
check "a ban by hand" ask ban 192.0.2.1 --jail dnsbl
check "is in the kernel, and its answer knows" not says "does not hold" ask ban 192.0.2.2 --jail dnsbl
check "in JSON as well" says "\"in_kernel\":true" ask ban 192.0.2.3 --jail dnsbl --json
check "the blocker's set has another name" sed -i 's/rdmx/rdmx2/' "$conf"
check "which is made" ask firewall --install
check "and taken by a reload, with what is in it when it answers" eval 'ask reload && kernel_has rdmx2 192.0.2.1'
check "the old name" sed -i 's/rdmx2/rdmx/' "$conf"
check "is made" ask firewall --install
check "and taken" eval 'ask reload && kernel_has rdmx 192.0.2.1'

conclude asked.sh
