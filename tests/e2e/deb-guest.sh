#!/usr/bin/env bash
# Runs inside the container that deb.sh boots, as root; the packages are in /e2e.
set -uo pipefail
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
conf=/etc/relaydam/relaydam.conf
log=/var/log/mail.log
list=/proc/net/xt_recent/relaydam
parameter=/sys/module/xt_recent/parameters/ip_list_uid
relaydam=relaydam work=/tmp
# shellcheck source=tests/lab/checks.sh
. /e2e/checks.sh
state() { [ "$(systemctl is-active relaydam)" = "$1" ]; }
apt() { apt-get -q -y "$@" < /dev/null; }
chains() { iptables-save -t filter | grep relaydam; }
listed() { grep -qs "src=$1 " $list; }
since() { relaydam list --json | grep -F "\"$1\"" | grep -o '"since": *"[^"]*"'; }
rejected() { # ADDRESS TEXT
	echo "$(date '+%b %d %H:%M:%S') mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[$1]: $2; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>" >> $log
}
blocklisted() { rejected "$1" "554 5.7.1 Service unavailable; Client host [$1] blocked using bl.example"; }
unknown() { rejected "$1" "550 5.1.1 <c@d.example>: Recipient address rejected: User unknown in local recipient table"; }
left() { # what the package or the daemon left behind
	find /etc /lib/ /usr /var /run -xdev -iname '*relaydam*' ! -path '/var/log/*' ! -path '/run/systemd/*'
	grep -rls relaydam /etc --include='*' | grep -vE '/(passwd|group|shadow|gshadow)-?$'
	systemctl list-unit-files --no-legend 'relaydam*'
}

# nspawn leaves /sys/module out
if [ ! -d /sys/module ]; then
	mkdir /run/sysfs && mount -t sysfs sysfs /run/sysfs && mount -o remount,rw /sys && mkdir /sys/module &&
		mount --bind /run/sysfs/module /sys/module
fi
install -m 640 -g adm /dev/null $log
blocklisted 192.0.2.1

echo "Debian $(cat /etc/debian_version) in a container, $(dpkg -s systemd | sed -n 's/^Version: /systemd /p')"
check "installs" apt install /e2e/old.deb
command -v relaydam > /dev/null || { conclude deb.sh; exit 1; }
check "with what it recommends" dpkg -s iptables libnftables1 libbz2-1.0 liblzma5 libzstd1
check "runs" within 10 state active
check "is enabled" systemctl -q is-enabled relaydam
check "as a user of its own" [ "$(ps -o user= -C relaydam)" = relaydam ]
check "in a dry run" says "dry run" relaydam status
check "without a rule in the firewall" not chains
check "manual pages" man -w relaydam relaydam.conf relaydam-filters
check "shipped configuration is right" relaydam check
blocklisted 192.0.2.7
check "a ban that would be" within 10 says 192.0.2.7 relaydam list
check "is in no list" not test -e $list

sed -i 's/^dry_run = true;/dry_run = false;/' $conf
check "goes live" systemctl restart relaydam
check "with a rule" chains
check "what the dry run told of is not carried out" not listed 192.0.2.7
blocklisted 192.0.2.7
check "but what comes now is" within 10 listed 192.0.2.7
blocklisted 192.0.2.8
check "a ban" within 10 listed 192.0.2.8
blocklisted 192.0.2.9
check "and one" within 10 listed 192.0.2.9
check "that is ended by hand" relaydam unban 192.0.2.9
for _ in 1 2 3 4; do unknown 192.0.2.10; done
check "four hits of five" within 10 says "has 4 of the 5 hits" relaydam status 192.0.2.10
was=$(since 192.0.2.8) rules=$(chains) pid=$(systemctl show -P MainPID relaydam)

# an address that only the kernel knows shows that the list itself was not made anew
echo +198.51.100.77 > $list
check "upgrades" apt install /e2e/new.deb
check "runs again" within 10 state active
check "as another process" [ "$(systemctl show -P MainPID relaydam)" != "$pid" ]
check "the new one" says "$(dpkg-deb -f /e2e/new.deb Version)" relaydam status
check "the admin's configuration stays" grep -q '^dry_run = false' $conf
check "the same rules" [ "$(chains)" = "$rules" ]
check "the same list" listed 198.51.100.77
check "with the ban in it" listed 192.0.2.8
check "which is the same ban" [ "$(since 192.0.2.8)" = "$was" ]
check "the unban stays done" not listed 192.0.2.9
check "the hits are not forgotten, nor counted twice" says "has 4 of the 5 hits" relaydam status 192.0.2.10
unknown 192.0.2.10
check "the fifth makes the ban" within 10 listed 192.0.2.10

check "is removed" apt remove relaydam
check "no daemon" not pgrep -x relaydam
check "no rule" not chains
check "no list" not test -e $list
# (the parameter is the whole machine's, and others may be at work)
check "new lists are not relaydam's" [ "$(cat $parameter)" != "$(id -u relaydam)" ]
check "the configuration stays" grep -q '^dry_run = false' $conf
check "the ledger stays" test -s /var/lib/relaydam/ledger.db

check "comes back" apt install /e2e/new.deb
check "and runs" within 10 state active
check "live, as it was" within 10 listed 192.0.2.8
echo 'rules of my own' > /etc/relaydam/filters/mine.conf
check "is purged" apt purge relaydam
check "no rule is left" not chains
check "no file" [ -z "$(left)" ]
left
check "but the user" getent passwd relaydam

# a machine without a mail server
rm -f $log
check "installs where there is no log" apt install /e2e/new.deb
check "dpkg is content" [ -z "$(dpkg --audit)" ]
check "says why it does not start" within 10 says "there is no mail log" journalctl -q -u relaydam -o cat
check "and purges" apt purge relaydam
conclude deb.sh
