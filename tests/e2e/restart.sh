#!/usr/bin/env bash
# What the daemon knew it knows after a restart, and what was ended stays ended: two logs, a set of nftables, in namespaces of its
# own. usage: tests/e2e/restart.sh RELAYDAM BUILD
set -euo pipefail

if [ -z "${RELAYDAM_E2E_INSIDE:-}" ]; then
	"$(dirname "$0")/../lab/kernel.sh" restart.sh namespaces nft -- nft ip || exit $?
	# shellcheck disable=SC2016 # for the inner shell
	RELAYDAM_E2E_INSIDE=1 exec timeout -k 5 120 unshare -n -m -p -f --mount-proc --kill-child --propagation private \
		sh -c 'mount -t tmpfs restart /run && ip link set lo up && exec "$0" "$@"' "$0" "$@" < /dev/null
fi

relaydam=$(realpath "$1")
cd "$(dirname "$0")/../.."
work=/run conf=/run/relaydam.conf
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
mkdir "$work/state" "$work/socket"
ln -s "$PWD/conf/filters" "$work/filters"
: > "$work/a.log"
: > "$work/b.log"

configure() { # [LINE] of the configuration more
	cat > "$conf" << CONF
sources = ( { file = "$work/a.log"; }, { file = "$work/b.log"; } );
filters = [ "postfix" ];
state_dir = "$work/state"; runtime_dir = "$work/socket";
blockers = ( { name = "mx"; type = "nft"; list = "rdmx"; ports = [ 25 ]; } );
jails = ( { name = "dnsbl"; offences = [ "dnsbl" ]; maxretry = 1; findtime = "10m"; bantime = "1h"; blocker = "mx"; },
          { name = "harvest"; offences = [ "unknown-user" ]; maxretry = 5; findtime = "10m"; bantime = "${short:-1h}"; blocker = "mx"; } );
${1:-}
CONF
}
listed() { # LOG ADDRESS...: a line each, by one write
	"$python" - "$work/$1.log" "${@:2}" << 'PY'
import os, sys, time
stamp = os.environ.get("stamp") or time.strftime("%b %e %H:%M:%S")
open(sys.argv[1], "a").write("".join(
    f"{stamp} mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[{a}]: 554 5.7.1 Service unavailable; Client host [{a}] "
    "blocked using bl.example; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>\n" for a in sys.argv[2:]))
PY
}
unknown() { # ADDRESS [LOG]: five lines
	local line
	line="$(date '+%b %e %H:%M:%S') mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[$1]: 550 5.1.1 <c@d.example>: "
	line+="Recipient address rejected: User unknown in local recipient table; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>"
	for _ in $(seq "${times:-5}"); do echo "$line"; done >> "$work/${2:-a}.log"
}
says() { # TEXT COMMAND...
	{ "${@:2}" || true; } 2>&1 | grep -qF -- "$1"
}
many() { "$python" -c 'import sys; print(*("100.64.%d.%d" % divmod(i, 256) for i in range(int(sys.argv[1]))))' "$1"; } # N addresses
banned() { grep -qF " $1/" <<< "$(bans)"; } # a pipe would break at the first match, and pipefail count it as a failure
held() { grep -qw "$1" <<< "$(nft list set inet relaydam rdmx)"; }
# shellcheck disable=SC2119 # with no command in front
restart() { stop && start; }
written() { # SQL TEXT: what the ledger's file answers
	same "$("$python" -c '
import sqlite3, sys
with sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True) as db:
    print(*(column for row in db.execute(sys.argv[2]) for column in row))' "$work/state/ledger.db" "$1")" "$2"
}

configure
check "the firewall is installed" ask firewall --install
check "it starts" start

# more than the ledger's queue holds
# shellcheck disable=SC2046
listed a $(many 3000)
check "a flood's bans" within 10 figure_is bans_in_force 3000
check "the place behind them is saved" within 10 written "SELECT offset FROM source WHERE name LIKE '%a.log'" "$(stat -c %s "$work/a.log")"
check "nothing is missing" same "$(figure ledger)" "*'failed': 0*"
check "by a rule, all of them, and of one hit" written "SELECT DISTINCT rule, hits, uid FROM ban" "postfix/dnsbl 1 -1"
check "an unban of all" ask unban --all
check "ends them" figure_is bans_in_force 0
check "in the ledger, too" written "SELECT COUNT(*) FROM ban WHERE how = 2" 3000
check "it starts again" restart
check "reads the logs again to their ends, and that is all" within 3 not says "reading again" ask status
check "and they stay ended" figure_is bans_in_force 0
check "in the kernel, too" not held 100.64.0.1

# a ban of the second log
listed b 192.0.2.2
check "a ban by the second log" within 5 banned 192.0.2.2
check "is ended by word" ask unban 192.0.2.2
check "it starts again" restart
check "and it stays ended" not banned 192.0.2.2
listed a 192.0.2.3
check "what the logs say is read" within 5 banned 192.0.2.3
check "and it is still ended" not banned 192.0.2.2

# a short ban that is over, then a long one of the same client
short=2s configure
check "short bans" ask reload
unknown 192.0.2.4
check "a short ban" within 5 banned 192.0.2.4
check "is over" within 5 not banned 192.0.2.4
short=1h configure
check "long bans" ask reload
unknown 192.0.2.4
check "a long ban" within 5 banned 192.0.2.4
check "it starts again" restart
listed a 192.0.2.5
check "what the logs say is read" within 5 banned 192.0.2.5
check "the long ban is in force" banned 192.0.2.4
check "and in the kernel" within 5 held 192.0.2.4

# hits under a ban that is over do not come back as hits
for _ in 1 2 3 4; do unknown 192.0.2.6 b; done
check "hits under a ban" within 5 banned 192.0.2.6
check "that is ended by word" ask unban 192.0.2.6
check "it starts again" restart
times=1 unknown 192.0.2.6 a
listed a 192.0.2.7
check "what the logs say is read" within 5 banned 192.0.2.7
check "are no hits after its end" not banned 192.0.2.6

# one ban after the other by word: the last word counts
check "a ban by word" ask ban 192.0.2.8 --for 1h
check "a longer one" ask ban 192.0.2.8 --for 2h
check "is ended by word" ask unban 192.0.2.8
check "a ban by word" ask ban 192.0.2.9 --for 1h
check "the ledger knows whose" written "SELECT DISTINCT uid FROM ban WHERE rule = ''" 0
check "a shorter one" ask ban 192.0.2.9 --for 3s
check "it starts again" restart
check "and the first one stays ended" not banned 192.0.2.8
check "in the kernel, too" not held 192.0.2.8
check "and the short one is over soon" within 5 not banned 192.0.2.9

# two lines of one second, one before and one after a reload in earnest
stamp=$(date '+%b %e %H:%M:%S')
export stamp
configure "dry_run = true;"
check "a dry run" ask reload
listed a 192.0.2.10
check "would ban" within 5 banned 192.0.2.10
configure
check "in earnest" ask reload
check "that was no ban" not banned 192.0.2.10
listed a 192.0.2.10
check "a line more of that second is" within 5 banned 192.0.2.10
unset stamp
check "it starts again" restart
check "and it is in force" banned 192.0.2.10
check "in the kernel, too" held 192.0.2.10

check "it ends" stop
conclude restart.sh
