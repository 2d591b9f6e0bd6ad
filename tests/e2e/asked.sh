#!/usr/bin/env bash
# What a running daemon is told by word or by another configuration, and what is then in force: in the kernel, in the ledger, and in
# its answers; across reloads and restarts. With nft sets, in a network namespace of its own. usage: tests/e2e/asked.sh RELAYDAM BUILD
set -euo pipefail


if [ -z "${RELAYDAM_E2E_INSIDE:-}" ]; then
	"$(dirname "$0")/../lab/kernel.sh" asked.sh namespaces nft -- ip nft setpriv || exit $?
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
banned() { bans | grep -- "$1"; }
# shellcheck disable=SC2119 # with no command in front
again() { stop && start; }

ip link set lo up
configure "$dnsbl, $harvest, $auth"
check "the firewall is installed" ask firewall --install
check "it starts" start

# ---- an answer tells what is ----
check "a ban by hand" ask ban 192.0.2.1 --jail dnsbl
check "is in the kernel, and its answer knows" not says "not in the kernel" ask ban 192.0.2.2 --jail dnsbl
check "in JSON as well" says "\"in_kernel\":true" ask ban 192.0.2.3 --jail dnsbl --json
check "the blocker's set has another name" sed -i 's/rdmx/rdmx2/' "$conf"
check "which is made" ask firewall --install
check "and taken by a reload, with what is in it when it answers" eval 'ask reload && kernel_has rdmx2 192.0.2.1'
check "the old name" sed -i 's/rdmx2/rdmx/' "$conf"
check "is made" ask firewall --install
check "and taken" eval 'ask reload && kernel_has rdmx 192.0.2.1'

# ---- a ban of a prefix is of all of it, or none ----
check "a prefix is refused where the jail bans addresses" exits 2 ask ban 203.0.113.0/24 --jail dnsbl
check "and told why" says "jail dnsbl bans no more than a /32 at a time" ask ban 203.0.113.0/24
check "IPv6 likewise" says "no more than a /64" ask ban 2001:db8::/32
check "a /64 is banned" ask ban 2001:db8:0:7::/64 --jail dnsbl
check "none of the others" same "$(bans | grep -c '203.0.113\|2001:db8::/')" 0
sed -i 's/list = "rdmx";/& prefix4 = 24;/' "$conf"
check "with a blocker of /24" eval 'ask firewall --install && ask reload'
check "a /24 is banned" says "203.0.113.0/24 is banned" ask ban 203.0.113.0/24 --jail dnsbl
check "as a whole" kernel_has rdmx 203.0.113.0/24
configure "$dnsbl, $harvest, $auth"
check "with one of /32 again" eval 'ask firewall --install && ask reload'
check "it is over" not banned 203.0.113.0/24
check "and its first address is not held for it" not kernel_has rdmx 203.0.113.0

# ---- what the configuration does not allow any more is not in force, after a reload and after a restart ----
ended() { grep -cF "ended $1 bans that the configuration does not allow now: $2" "$work/out" | grep -x "${3:-1}"; }
unknown 192.0.2.21
listed 192.0.2.22
listed 192.0.2.23
listed 192.0.2.24
unknown 192.0.2.21
check "bans by lines" within 5 eval 'banned "harvest 192.0.2.21/32" && banned "dnsbl 192.0.2.24/32"'
check "a line that made a ban is shown once" same "$(ask status 192.0.2.22 | grep -c reject:)" 1
check "two lines, in their order" same "$(ask status 192.0.2.21 | grep -c reject:)" 2
check "and by hand" eval 'ask ban 192.0.2.25 --jail auth && ask ban 192.0.2.26 --jail auth'
configure "$dnsbl, $harvest, $auth" 'ignoreip = [ "192.0.2.22" ];'
check "a reload that ignores one" ask reload
check "ends its ban" not banned 192.0.2.22/32
check "in the kernel too" not kernel_has rdmx 192.0.2.22
check "it says so once" ended 1 "0 of jails that are gone, 1 in ignoreip"
check "and no other" eval 'banned 192.0.2.23/32 && kernel_has rdmx 192.0.2.23'
check "also over a restart" again
check "it stays" not banned 192.0.2.22/32
check "ended, and is not said again" ended 1 "0 of jails that are gone, 1 in ignoreip"
check "stopped" stop
configure "$dnsbl, $harvest, $auth" 'ignoreip = [ "192.0.2.22", "192.0.2.23", "192.0.2.25" ];'
check "started with others ignored" start
check "whose bans end" not banned "192.0.2.2[35]/32"
check "in the kernel" not eval 'kernel_has rdmx 192.0.2.23 || kernel_has rdlogin 192.0.2.25'
check "which is said" ended 2 "0 of jails that are gone, 2 in ignoreip"
check "not so of the rest" eval 'banned 192.0.2.24/32 && kernel_has rdmx 192.0.2.24'
configure "$dnsbl, $harvest, $auth"
check "ignored no longer" again
check "but ended" within 3 not banned "192.0.2.2[235]/32"
check "as the list of earlier bans says" says "Earlier bans" ask status 192.0.2.23
check "stopped again" stop
configure "$dnsbl"
check "started without two of its jails" start
check "their bans are over" not banned "harvest\|auth"
check "one jail is one" says "rules, 1 jail." ask reload
check "the kernel's, too" not eval 'kernel_has rdmx 192.0.2.21 || kernel_has rdlogin 192.0.2.26'
check "of each of them" ended 2 "2 of jails that are gone, 0 in ignoreip"
configure "$dnsbl, $harvest, $auth"
check "with these jails back" again
check "their bans are not" within 3 not banned "harvest\|auth"
check "of what is left" kernel_has rdmx 192.0.2.24

# ---- a dry run blocks nothing ----
configure "$dnsbl, $harvest, $auth" 'dry_run = true;'
check "a dry run, after a restart" again
check "has the bans" banned 192.0.2.24/32
check "and the kernel has none" not kernel_has rdmx "192.0.2.24"
listed 192.0.2.31
check "one of its own" within 5 banned 192.0.2.31/32
configure "$dnsbl, $harvest, $auth"
check "in earnest after a restart" again
check "the old one is back" kernel_has rdmx 192.0.2.24
check "the dry run's is not carried out" not kernel_has rdmx 192.0.2.31
check "nor in force" not banned 192.0.2.31/32
configure "$dnsbl, $harvest, $auth" 'dry_run = true;'
check "a dry run by reload" ask reload
check "empties the kernel" not kernel_has rdmx 192.0.2.24
configure "$dnsbl, $harvest, $auth"
check "and back by reload" eval 'ask reload && kernel_has rdmx 192.0.2.24'
configure "$dnsbl, $harvest, $auth" 'dry_run = true;'
check "stopped in earnest" stop
check "without the right to look" start setpriv --bounding-set -net_admin
check "it says who is still blocked" grep -F "bans from before it may still block in the kernel" "$work/out"
configure "$dnsbl, $harvest, $auth"
check "and ends" again

# ---- a configuration that is wrong, or that a reload cannot put in force as a whole ----
cp "$conf" "$work/good"
sed -i 's/maxretry = 1;/maxretry = 0;/g; s/bantime = "1h"/bantime = "soon"/g' "$conf"
check "a reload with five errors is refused" exits 3 ask reload
lines() { { "$@" || true; } 2>&1 | wc -l; }
check "each has its line, and the last says what is in force" same "$(lines ask reload)" 6
check "with one name in front" not says "relaydam: relaydam:" ask reload
check "in JSON as well" says '"errors":["' ask reload --json
kill -HUP "$daemon"
check "by SIGHUP the log says so" within 5 grep -F "the configuration has errors" "$work/out"
check "and has them" grep -F '"maxretry"' "$work/out"
cp "$work/good" "$conf"
check "back to the good one" ask reload
mkdir "$work/elsewhere"
sed -i "s|^state_dir = .*|state_dir = \"$work/elsewhere\";|" "$conf"
check "another state_dir takes a restart, says a reload" says "the ledger stays $work/state/ledger.db until the daemon is restarted" ask reload --json
check "each of them" says "until the daemon is restarted" ask reload
cp "$work/good" "$conf"
check "not when it is the old one again" not says "restarted" ask reload

# ---- a prefix with more bans than one answer can explain ----
for n in $(seq 25); do listed "198.51.100.$n"; done
check "25 bans" within 5 banned 198.51.100.25/32
check "20 of them, and the number of the rest" says "And 5 more" ask status 198.51.100.0/24
check "in JSON as well" says '"more":5' ask status 198.51.100.0/24 --json
check "20 are said, each by its address" same "$(ask status 198.51.100.0/24 | grep -c '^198.51.100.[0-9]* is banned from')" 20

# ---- by root's hand first, then as the service's user ----
nobody=65534
owners() { stat -c %u "$work"/state/* | sort -u; }
check "stopped for good" stop
rm -r "$work/state" "$work/run"
check "no directory: says whose it is to be" says "systemd-tmpfiles --create" "$relaydam" run -c "$conf" --dry-run
mkdir "$work/state" "$work/run"
chown $nobody:$nobody "$work/state" "$work/run"
chmod 755 "$work"
rm "$work/filters" # that user may not see where we lie
cp -r conf/filters "$work/filters"
install -m 755 "$relaydam" "$work/relaydam"
relaydam=$work/relaydam
check "root tries it" start
listed 192.0.2.41
check "which writes a ledger" within 5 banned 192.0.2.41/32
kill -9 "$daemon"
wait "$daemon" 2> /dev/null || true
check "with its WAL, and a lock" test -e "$work/state/ledger.db-wal" -a -e "$work/state/ledger.db-shm" -a -e "$work/state/ledger.db.lock"
check "all of them the directory's owner's" same "$(owners)" $nobody
check "who can start" start setpriv --reuid $nobody --regid $nobody --clear-groups --inh-caps +net_admin --ambient-caps +net_admin
check "and has the ban" banned 192.0.2.41/32
check "and ends" stop

conclude asked.sh
