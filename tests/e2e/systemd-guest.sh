#!/usr/bin/env bash
# Runs inside the container that systemd.sh boots, as root, with relaydam installed below /usr/local.
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
unit=/usr/local/lib/systemd/system/relaydam.service
list=/proc/net/xt_recent/relaydam
parameter=/sys/module/xt_recent/parameters/ip_list_uid
relaydam=relaydam work=/tmp conf=/etc/relaydam/relaydam.conf
# shellcheck source=tests/lab/checks.sh
. /e2e/checks.sh
skipped=0

skip() {
	skipped=$((skipped + 1))
	echo "systemd: skipped: $*"
}

silent() { # says nothing at all: `systemd-analyze verify` exits 0 on keys that it does not know
	local said
	said=$("$@" 2>&1) || return 1
	echo "$said"
	[ -z "$said" ]
}

exposure() {
	systemd-analyze security --offline=true $unit | sed -n 's/.*exposure level for relaydam.service: \([0-9.]*\).*/\1/p'
}

is() { [ "$(cat "$1")" = "$2" ]; }
state() { [ "$(systemctl is-active "$1")" = "$2" ]; }
stat_is() { [ "$(stat -c '%U %G %a' "$1")" = "$2" ]; }
show() { systemctl show -P "$2" "$1"; }

# nspawn leaves /sys/module out
if [ ! -d /sys/module ]; then
	mkdir /run/sysfs && mount -t sysfs sysfs /run/sysfs && mount -o remount,rw /sys && mkdir /sys/module &&
		mount --bind /run/sysfs/module /sys/module
fi

echo "systemd $(systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p') in a container, kernel $(uname -r)"

# Files.
check "sysusers" systemd-sysusers
check "the user is there" getent passwd relaydam
check "no shell" grep -q '^relaydam:.*:/usr/sbin/nologin$' /etc/passwd
check "sysusers, twice" systemd-sysusers
check "tmpfiles" silent systemd-tmpfiles --create relaydam.conf
check "/run/relaydam" stat_is /run/relaydam "relaydam relaydam 750"
check "/var/lib/relaydam" stat_is /var/lib/relaydam "relaydam relaydam 750"
rm -rf /run/relaydam /var/lib/relaydam
systemctl daemon-reload
check "verify has nothing to say" silent systemd-analyze verify $unit
check "exposure of $(exposure) is 1.3 or less" awk "BEGIN { exit !($(exposure) <= 1.3) }"
# The drop-in for cut = "signal" is there, and off.
dropin=/etc/systemd/system/relaydam.service.d/cut-signal.conf
check "no CAP_KILL" not grep -q cap_kill <<< "$(show relaydam CapabilityBoundingSet)"
mkdir -p ${dropin%/*}
cp $unit.d/cut-signal.conf.off $dropin
systemctl daemon-reload
check "verify has nothing to say of it" silent systemd-analyze verify $unit
for cap in net_admin kill dac_read_search sys_ptrace; do
	check "with it, cap_$cap" grep -q cap_$cap <<< "$(show relaydam AmbientCapabilities)"
done
rm $dropin
systemctl daemon-reload
for mail in postfix@- dovecot; do
	mkdir -p /run/systemd/system
	printf '[Service]\nExecStart=/bin/true\n' > /run/systemd/system/${mail%-}.service
	systemctl daemon-reload
	check "a high rate limit for $mail" [ "$(show $mail.service LogRateLimitBurst)" = 10000000 ]
done
check "modprobe.d" grep -qx 'options xt_recent ip_list_tot=[0-9]*' /etc/modprobe.d/relaydam.conf

# The journal: what a unit says in a wave is all there. The limit of a unit is known to journald for as long as the unit is
# active: of one that is over before journald has looked, as on a busy machine, it would drop lines by its own limit.
cat > /run/systemd/system/postfix@.service << 'UNIT'
[Service]
Type=oneshot
RemainAfterExit=yes
SyslogIdentifier=postfix/smtpd
ExecStart=/bin/sh -c 'seq -f "line %%g" 30000'
UNIT
sed 's/relaydam/other/' /run/systemd/system/postfix@.service > /run/systemd/system/limited.service
systemctl daemon-reload
systemctl start postfix@-.service limited.service
journalctl --sync
# Each line once: in a hurry, journald writes one twice now and then, which is its own affair.
entries() { journalctl -q --no-pager -o cat "_SYSTEMD_UNIT=$1" | grep ^line | sort -u | wc -l; }
n=$(entries postfix@-.service)
check "30,000 lines are 30,000 entries: $n" [ "$n" = 30000 ]
[ "$n" = 30000 ] || journalctl -q --no-pager -o cat | grep -i suppressed | head -n 3
systemctl stop postfix@-.service
n=$(entries limited.service)
check "journald drops lines of other units: $n" [ "$n" -lt 30000 ]

# Read as it comes, while journald rotates and throws away: each line once and in order, by name and by glob.
cat > /run/systemd/system/postfix@wave.service << 'UNIT'
[Service]
Type=oneshot
SyslogIdentifier=postfix/smtpd
ExecStart=/bin/sh -c 'for i in $$(seq 0 39); do seq -f "line %%.0f" $$((i*1000+1)) $$((i*1000+1000)); sleep 0.05; done'
UNIT
mkdir -p /run/systemd/system/postfix@wave.service.d
cp /usr/local/lib/systemd/system/postfix@.service.d/relaydam.conf /run/systemd/system/postfix@wave.service.d/
systemctl daemon-reload
followers=()
for wanted in postfix@wave 'postfix@w*.service'; do
	/e2e/tail "$wanted" 40000 20 > "/tmp/tail${#followers[@]}" 2>&1 &
	followers+=($!)
done
within 5 grep -q ready /tmp/tail0
within 5 grep -q ready /tmp/tail1
systemctl start --no-block postfix@wave.service
for i in 1 2 3 4 5 6 7 8; do
	sleep 0.25 # of the two seconds in which these lines are written
	journalctl -q --rotate
	[ $((i % 3)) != 0 ] || journalctl -q --vacuum-files=2
done
for i in 0 1; do
	check "follows while journald rotates: $(tail -n 1 /tmp/tail$i)" wait "${followers[i]}"
done

# The sandbox, with a stand-in for the daemon in it: what it needs, it may, and nothing more.
firewall() { # a list as `firewall --install --owner relaydam` makes it
	id -u relaydam > $parameter && iptables -A INPUT -p tcp --dport 25 -m conntrack --ctstate NEW \
		-m recent --name relaydam --rcheck --seconds 600 -j DROP
}
zcat /e2e/mail.log.gz > /var/log/mail.log
chown root:adm /var/log/mail.log
chmod 640 /var/log/mail.log
cat > /usr/local/sbin/stand-in << 'EOF'
#!/bin/bash
exec > "$STATE_DIRECTORY/said" 2>&1
say() { local what=$1; shift; "$@" > /dev/null 2>&1 && echo "$what"; }
say "own user" [ "$(id -un)" = relaydam ]
say "one capability" grep -q '^CapEff:.*0000000000001000$' /proc/self/status
say "reads the mail log" grep -q . /var/log/mail.log
say "reads the journal" sh -c 'journalctl -q -n 1 -o cat _PID=1 | grep -q .'
say "writes the list" sh -c 'echo +192.0.2.7 > /proc/net/xt_recent/relaydam && grep -q 192.0.2.7 /proc/net/xt_recent/relaydam'
say "writes its state" touch "$STATE_DIRECTORY/a"
say "writes its runtime directory" touch "$RUNTIME_DIRECTORY/a"
say "replays without JIT" sh -c 'relaydam replay --json --year 2026 /var/log/mail.log | grep -q "\"event\":\"ban\""'
say "WRITES /etc" touch /etc/relaydam/a
say "WRITES parameters" sh -c 'echo 0 > /sys/module/xt_recent/parameters/ip_list_uid'
say "SEES others" test -e /proc/1/comm
say "SPEAKS TCP" bash -c 'exec 3<> /dev/tcp/127.0.0.1/25'
say "NAMESPACES" unshare -U true
echo end
systemd-notify --ready --status="standing in"
exec sleep 1000
EOF
chmod 755 /usr/local/sbin/stand-in
mkdir -p /run/systemd/system/relaydam.service.d
cat > /run/systemd/system/relaydam.service.d/stand-in.conf << 'EOF'
[Service]
NotifyAccess=all
# it is a shell, and starts programs
SystemCallFilter=@system-service
NoExecPaths=
ExecStartPre=
ExecStart=
ExecStart=/usr/local/sbin/stand-in
ExecStopPost=
WatchdogSec=0
EOF
systemctl daemon-reload
before=$(cat $parameter 2> /dev/null)
if firewall; then
	check "starts" systemctl start relaydam
	check "says READY" state relaydam active
	check "and its state" [ "$(show relaydam StatusText)" = "standing in" ]
	said=/var/lib/relaydam/said
	for may in "own user" "one capability" "reads the mail log" "reads the journal" "writes the list" \
		"writes its state" "writes its runtime directory" "replays without JIT" end; do
		check "in its sandbox: $may" grep -qx "$may" $said
	done
	check "nothing that it must not" not grep -q '[A-Z][A-Z]' <(grep -v JIT $said)
	systemctl restart relaydam
	check "the list outlives a restart" grep -q 192.0.2.7 $list
	check "the state, too" test -e /var/lib/relaydam/a
	check "state is its own" stat_is /var/lib/relaydam "relaydam relaydam 750"
	systemctl stop relaydam
	# where the parameter cannot be set: root, with this one capability (docs/systemd.md)
	echo "$before" > $parameter
	iptables -F INPUT
	iptables -A INPUT -p tcp --dport 25 -m recent --name relaydam --rcheck --seconds 600 -j DROP
	sed -n '/^    \[Service\]$/,/^$/s/^    //p' /e2e/systemd.md | grep -v '^ExecStartPre=.*relaydam' \
		> /run/systemd/system/relaydam.service.d/root.conf
	systemctl daemon-reload
	systemctl start relaydam
	for may in "one capability" "reads the mail log" "reads the journal" "writes the list" "writes its state" end; do
		check "as root: $may" grep -qx "$may" $said
	done
	check "as root: not our user" not grep -q "own user" $said
	systemctl stop relaydam
else
	skip "no list of xt_recent on this machine"
fi
iptables -F INPUT
echo "${before:-0}" > $parameter 2> /dev/null
rm -f /run/systemd/system/relaydam.service.d/*.conf
rm -rf /var/lib/relaydam
systemctl daemon-reload

fed_since() { [ "$(show relaydam WatchdogTimestampMonotonic)" != "$1" ]; }
restarted() { [ "$(show relaydam NRestarts)" != 0 ]; }

rejected() { # ADDRESS TEXT
	echo "$(date '+%b %d %H:%M:%S') mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[$1]: 554 5.7.1 Service unavailable; Client host [$1] blocked using bl.example; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>" >> /var/log/mail.log
}
listed() { grep -q "src=$1 " $list; }

read_journal() { relaydam status --json | grep -o '"name": *"journal"[^}]*' | grep -q '"lines": *30000'; }

# Under a filter that kills instead of saying EPERM: a call that is missing in the list shows.
life() {
	rejected 192.0.2.1
	check "a ban" within 5 listed 192.0.2.1
	check "relaydam status" relaydam status
	check "relaydam status, of one" relaydam status 192.0.2.1
	check "relaydam ban" relaydam ban 192.0.2.2
	check "relaydam unban" relaydam unban 192.0.2.1
	check "relaydam list" relaydam list --json
	check "relaydam status --metrics" relaydam status --metrics
	check "relaydam watch" relaydam watch -n 1
	mv /var/log/mail.log /var/log/mail.log.1
	rejected 192.0.2.3
	check "a rotated log" within 5 listed 192.0.2.3
	gzip /var/log/mail.log.1
	sed -i 's|^sources = .*|sources = ( { file = "/var/log/mail.log"; }, { journal = [ "postfix@-.service", "dovecot*.service" ]; } );|' \
		/etc/relaydam/relaydam.conf
	check "with the journal, too" relaydam reload
	systemctl restart postfix@-.service
	check "the journal is read" within 10 read_journal
	check "ends" systemctl stop relaydam
	rejected 192.0.2.4
	check "starts with a ledger, and a gzipped log" systemctl start relaydam
	check "nothing is said to be lost of a log that was left alone" not grep -q 'not here any more: windows begin anew' \
		<<< "$(journalctl -q -b -o cat -u relaydam)"
	check "a ban from the time between" within 5 listed 192.0.2.4
	sed -i 's|type = "xt_recent"; list = "relaydam-login";|type = "nft";|' /etc/relaydam/relaydam.conf
	check "another blocker" systemctl restart relaydam
	relaydam ban 192.0.2.5 -j auth > /dev/null
	check "nft has it" within 5 sh -c 'nft list table inet relaydam | grep -q 192.0.2.5'
	check "and a live one" within 5 listed 192.0.2.4
	check "nothing was killed" [ "$(journalctl -q -b -o cat _PID=1 -u relaydam | grep -cE 'status=31|SYS')" = 0 ]
	check "nor failed" [ "$(show relaydam NRestarts)" = 0 ]
}

# The daemon itself, where this build has it.
real_one() {
	drop=/run/systemd/system/relaydam.service.d
	rejected 192.0.2.6
	cp /etc/relaydam/relaydam.conf /tmp/
	printf '[Service]\nSystemCallErrorNumber=kill\n' > $drop/kill.conf
	systemctl daemon-reload
	check "relaydam starts where a forbidden call kills" systemctl start relaydam
	[ "$(systemctl is-active relaydam)" != active ] || life
	systemctl stop relaydam
	printf '[Service]\nExecStartPre=\nExecStart=\nExecStart=/bin/true\n' > $drop/kill.conf
	systemctl daemon-reload
	systemctl start relaydam 2> /dev/null
	check "no other program can be executed" within 5 [ "$(show relaydam ExecMainStatus)" = 203 ]
	sed -n '/^      \[Service\]$/,/^$/s/^      //p' /e2e/threats.md > $drop/kill.conf
	cp /tmp/relaydam.conf /etc/relaydam/
	systemctl daemon-reload
	systemctl restart relaydam
	rejected 192.0.2.9
	check "xt_recent needs no capability" within 5 listed 192.0.2.9
	check "and there is none" grep -q '^CapBnd:.*0000000000000000$' "/proc/$(show relaydam MainPID)/status"
	rm $drop/kill.conf
	systemctl daemon-reload
	systemctl stop relaydam
	systemctl reset-failed relaydam 2> /dev/null
	relaydam firewall --remove
	cp /tmp/relaydam.conf /etc/relaydam/
	printf '[Service]\nWatchdogSec=2s\n' > $drop/quick.conf
	systemctl daemon-reload
	check "relaydam starts" systemctl start relaydam
	check "relaydam is READY" state relaydam active
	check "relaydam tells its state" [ -n "$(show relaydam StatusText)" ]
	check "relaydam has its list" test -w $list
	check "its group may ask it" stat_is /run/relaydam/control.sock "relaydam relaydam 660"
	check "it knows how much the list holds" [ "$(relaydam status --json | grep -o '"capacity": *[0-9]*, *"not_in' | grep -o '[0-9]*' | tail -n 1)" = "$(cat /sys/module/xt_recent/parameters/ip_list_tot)" ]
	check "the list is its user's" [ "$(stat -c %U $list)" = relaydam ]
	check "relaydam reloads" systemctl reload relaydam
	check "relaydam stays when told to reload" state relaydam active
	fed=$(show relaydam WatchdogTimestampMonotonic)
	check "its watchdog is fed" within 5 fed_since "$fed"
	check "in time" [ "$(show relaydam NRestarts)" = 0 ]
	kill -STOP "$(show relaydam MainPID)"
	check "a loop that stands still is started again" within 15 restarted
	check "relaydam stops" systemctl stop relaydam
	check "the parameter is put back" is $parameter "${before:-0}"
	check "the chain stays" test -e $list
}
real_one
echo "$passed passed, $failed failed, $skipped skipped"
