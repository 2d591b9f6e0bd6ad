#!/usr/bin/env bash
# An isolated mail host: a real Postfix, its name server and, optionally, a real rsyslogd, in their own network, process and mount
# namespaces, and any number of clients in another one. COMMAND runs on that host; when it ends, everything is removed.
# usage, as root: tests/lab/mx.sh BUILD [--log postlog|rsyslog] COMMAND...
#
#   --log postlog   Postfix writes $MX_LOG itself, by its postlogd (the default)
#   --log rsyslog   rsyslogd writes three files: $MX_LOG (traditional format), ${MX_LOG%.log}.rfc3339 and .rfc5424 (program with its slash)
#
# Environment of COMMAND:
#   MX_ROOT     root of the server's files: Postfix runs in a chroot there, an overlay over BUILD/root/mx, which is not changed
#   MX_LOG      its mail log, as COMMAND sees it
#   MX_CLIENTS  a process in the network namespace of the clients: nsenter -t $MX_CLIENTS -n python3 tests/lab/smtp.py ...
#   MX_WORK     an empty directory for files, in memory
#
# The server is 198.51.100.25 and 2001:db8:1::25. The clients may use every address of 198.18.0.0/15 and 2001:db8:2::/48; dns.py
# defines which have a name and which are on the block list. Ports: 25; 2525 accepts two connections a minute from each client; 2626
# refuses all by an access map. COMMAND sees the file system of this machine, except /run, which is empty.
# Exit code: COMMAND's; 4 if the lab cannot be set up; 124 after MX_SECONDS (default 300).
set -euo pipefail

fail() {
	echo "mx.sh: $*" >&2
	exit 4
}

if [ -z "${MX_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || fail "wants root"
	for tool in unshare nsenter ip ss python3; do
		command -v $tool > /dev/null || fail "$tool is missing: install iproute2, util-linux, python3"
	done
	root=$("$(dirname "$0")/root.sh" "$1" mx) || fail "no root for the server"
	shift
	mark=MX_MARK=$$-$RANDOM # in the environment of all that runs inside
	env "$mark" MX_INSIDE="$root" timeout -k 5 "${MX_SECONDS:-300}" \
		unshare -n -m -u -p -f --mount-proc --kill-child --propagation private "$0" "$@" < /dev/null &
	inside=$!
	# shellcheck disable=SC2064 # this very process
	trap "kill $inside; wait $inside" INT TERM
	code=0
	wait $inside || code=$?
	for _ in $(seq 50); do # who was killed may take a moment
		left=$(grep -lsz "^$mark$" /proc/[0-9]*/environ | tr -dc '0-9\n' | xargs || true)
		[ -n "$left" ] || break
		sleep 0.1
	done
	[ -z "$left" ] || fail "left behind: process $left"
	! grep -q ' /run/mx' /proc/self/mounts || fail "left behind: a mount"
	exit $code
fi

lower=$MX_INSIDE
unset MX_INSIDE
log=postlog
while :; do
	case $1 in
	--log) log=$2 && shift 2 ;;
	-*) fail "unknown option $1" ;;
	*) break ;;
	esac
done
lab=$(dirname "$(realpath "$0")")
[ -z "$(ss -Hltn 'sport = :25')" ] || fail "somebody serves port 25 here"
hostname mail

# shellcheck source=tests/lab/box.sh
. "$lab/box.sh"
export MX_ROOT=/run/mx MX_LOG=/run/mx/var/log/mail.log MX_WORK=/run/work
box_files "$lower" $MX_ROOT || fail "no overlay here"

# Network: the server here, the clients at the other end of a veth pair.
unshare -n sleep infinity > /dev/null 2>&1 &
export MX_CLIENTS=$!
here=$(readlink /proc/self/ns/net)
for _ in $(seq 200); do # until its namespace is its own
	[ "$(readlink "/proc/$MX_CLIENTS/ns/net")" = "$here" ] || break
	sleep 0.01
done
clients() { nsenter -t "$MX_CLIENTS" -n "$@"; }
ip link set lo up
ip link add mx type veth peer name clients netns "$MX_CLIENTS"
ip addr add 198.51.100.25/24 dev mx
ip addr add 2001:db8:1::25/64 dev mx nodad
ip link set mx up
clients sh -e << 'CLIENTS'
ip link set lo up
ip addr add 198.51.100.1/24 dev clients
ip addr add 2001:db8:1::1/64 dev clients nodad
ip link set clients up
ip route add local 198.18.0.0/15 dev lo
ip -6 route add local 2001:db8:2::/48 dev lo
echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind
CLIENTS
ip route add 198.18.0.0/15 via 198.51.100.1
ip -6 route add 2001:db8:2::/48 via 2001:db8:1::1

etc=$MX_ROOT/etc/postfix
cat > $etc/main.cf << 'CF'
compatibility_level = 3.6
myhostname = mail.mx.test
mydestination = mx.test
mynetworks = 127.0.0.0/8 [::1]/128
inet_interfaces = all
inet_protocols = all
local_recipient_maps = inline:{ {user=x} {postmaster=x} }
local_transport = discard
default_transport = error:no mail leaves the lab
alias_maps =
alias_database =
biff = no
smtpd_helo_required = yes
smtpd_sasl_auth_enable = yes
cyrus_sasl_config_path = /etc/postfix/sasl
smtpd_helo_restrictions = check_helo_access inline:{ {mail.mx.test=reject You are not me} }
smtpd_sender_restrictions = check_sender_access inline:{ {spammer.test=reject} }
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = reject_unlisted_recipient, reject_rbl_client bl.mx.test, reject_rhsbl_sender bl.mx.test
smtpd_data_restrictions = reject_unauth_pipelining
header_checks = pcre:/etc/postfix/header_checks
CF
echo '/^Subject: cheap pills/ REJECT no pills here' > $etc/header_checks
echo '0.0.0.0/0 REJECT your address is on our list
::/0 REJECT your address is on our list' > $etc/everybody
cat > $etc/master.cf << 'CF'
smtp       inet      n - n -     - smtpd
2525       inet      n - n -     - smtpd
  -o smtpd_client_connection_rate_limit=2
2626       inet      n - n -     - smtpd
  -o smtpd_client_restrictions=check_client_access,cidr:/etc/postfix/everybody
pickup     unix      n - n 60    1 pickup
cleanup    unix      n - n -     0 cleanup
qmgr       unix      n - n 300   1 qmgr
rewrite    unix      - - n -     - trivial-rewrite
bounce     unix      - - n -     0 bounce
defer      unix      - - n -     0 bounce
trace      unix      - - n -     0 bounce
verify     unix      - - n -     1 verify
flush      unix      n - n 1000? 0 flush
proxymap   unix      - - n -     - proxymap
proxywrite unix      - - n -     1 proxymap
showq      unix      n - n -     - showq
error      unix      - - n -     - error
retry      unix      - - n -     - error
discard    unix      - - n -     - discard
local      unix      - n n -     - local
anvil      unix      - - n -     1 anvil
postlog    unix-dgram n - n -    1 postlogd
CF
mkdir -p $etc/sasl
cat > $etc/sasl/smtpd.conf << 'CF'
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
CF
echo secret | chroot $MX_ROOT saslpasswd2 -p -c -u mail.mx.test user
chroot $MX_ROOT sh -c 'chgrp postfix /etc/sasldb2 && chmod 640 /etc/sasldb2'

rm -f "$MX_ROOT"/var/log/mail*
: > $MX_LOG
box_names $MX_ROOT || fail "no name server"
case $log in
postlog) echo "maillog_file = /var/log/mail.log" >> $etc/main.cf ;;
rsyslog) box_syslog $MX_ROOT || fail "no rsyslogd" ;;
*) fail "--log postlog or rsyslog" ;;
esac
chroot $MX_ROOT postfix start > /run/postfix 2>&1 || { cat /run/postfix >&2 && fail "Postfix does not start"; }

code=0
"$@" || code=$?
exit $code # with this process, the first of its namespace, all others end
