#!/usr/bin/env bash
# cut = "socket" beside a real Exim and a real Dovecot, each in a root of its own below BUILD, in namespaces of its own: the client reads
# its refusal first, then its end; other sessions live on. Courier: cut-courier.sh. usage: tests/e2e/cut-others.sh RELAYDAM BUILD
set -euo pipefail

skip() {
	echo "cut-others.sh: SKIPPED: $*"
	exit 77
}

relaydam=$(realpath "$1") build=$(realpath "$2")
cd "$(dirname "$0")/../.."
if [ -z "${CUT_ROOT:-}" ]; then
	tests/lab/need.sh cut-others.sh || exit $?
	code=0 tests=()
	for server in exim dovecot; do
		CUT_ROOT=$(timeout 400 tests/lab/root.sh "$build" "$([ $server = exim ] && echo exim || echo mx)") || skip "no root with $server"
		CUT_ROOT=$CUT_ROOT timeout -k 5 60 unshare -n -m -p -f --mount-proc --kill-child --propagation private \
			tests/e2e/cut-others.sh "$relaydam" "$build" $server < /dev/null &
		tests+=($!)
	done
	trap 'kill "${tests[@]}"' INT TERM
	for test in "${tests[@]}"; do # side by side
		got=0
		wait "$test" || got=$?
		[ $got = 0 ] || [ $code = 1 ] || code=$((got == 77 ? 77 : 1)) # a failure is more than a test that was skipped
	done
	exit $code
fi

server=$3
work=/run/work own=/run/disk conf=/run/work/relaydam.conf
# shellcheck source=tests/lab/box.sh
. tests/lab/box.sh
box_files "$CUT_ROOT" $own || skip "no overlay here"
# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
ip link set lo up
mkdir $work/state $work/run
ln -s "$PWD/conf/filters" $work/filters

configure() { # LOG OFFENCE PORTS
	cat > $conf << CONF
sources = ( { file = "$1"; } );
filters = [ "$server" ];
state_dir = "$work/state";
runtime_dir = "$work/run";
ignoreip = [];
cut_after = "2s"; # Dovecot answers half a second after its line
blockers = ( { name = "mx"; type = "nft"; list = "rdothers"; ports = [ $3 ]; seconds = "10m"; } );
jails = ( { name = "bad"; offences = [ "$2" ]; maxretry = 1; findtime = "10m"; bantime = "10m"; blocker = "mx"; cut = "socket"; } );
CONF
}

exim() {
	cat > $own/etc/exim4/exim4.conf << 'CF'
primary_hostname = mail.mx.test
log_file_path = /var/log/exim4/%slog
local_interfaces = <; 127.0.0.1 ; 2001:db8:8::25
host_lookup =
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  deny domains = !mx.test
       message = relay not permitted
  deny local_parts = !user
       message = Unknown user
  accept
CF
	: > $own/var/log/exim4/mainlog
	chroot $own chown Debian-exim /var/log/exim4/mainlog
	chroot $own exim4 -bdf > $work/server 2>&1 &
	configure $own/var/log/exim4/mainlog unknown-user 25
}

dovecot() { # one process for all clients of a protocol
	cat > $own/etc/dovecot/dovecot.conf << 'CF'
protocols = imap pop3
listen = *, ::
ssl = no
disable_plaintext_auth = no
auth_verbose = yes
auth_failure_delay = 0
mail_location = maildir:/tmp/%u
log_path = /var/log/dovecot.log
service imap-login {
  service_count = 0
  process_limit = 1
}
service pop3-login {
  service_count = 0
  process_limit = 1
}
passdb {
  driver = passwd-file
  args = /etc/dovecot/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup
}
CF
	: > $own/etc/dovecot/users
	: > $own/var/log/dovecot.log
	chroot $own dovecot -F > $work/server 2>&1 &
	configure $own/var/log/dovecot.log auth "110, 143"
}

client() { "$python" tests/e2e/cut-real.py session "$@"; }
ends_with() { # CODE PID
	local code=0
	wait "$2" || code=$?
	same "exit $code" "exit $1"
}
login_process() { cat /proc/[0-9]*/stat 2> /dev/null | awk -v name="($1-login)" '$2 == name { print $1 }'; }

innocent() { # NAME SECONDS HELLO: in the background
	rm -f "$work/$1"
	client "$address" "$port" "$near" "$work/$1" "$2" "$3" > "$work/$1.said" 2>&1 &
	pid=$!
	within 5 test -s "$work/$1"
}

# An innocent session is there before, and after; the guilty one reads its answer, and then its end.
cut_one() { # SERVER PORT GUILTY INNOCENT REFUSAL HELLO LINE...: what an innocent says, and what the guilty one says after it
	local address=$1 port=$2 guilty=$3 near=$4 refusal=$5 hello=$6 pid before
	shift 6
	check "$near, $port: an innocent one is there" innocent before 3 "$hello"
	before=$pid
	check "$guilty, $port: cut, and not before it has read" client "$address" "$port" "$guilty" $work/ready 3 "$hello" "$@"
	check "$guilty, $port: its refusal" same "$(cat $work/last)" "$refusal"
	check "$near, $port: new sessions come about" innocent after 1 "$hello"
	check "$near, $port: and live on" ends_with 3 "$pid"
	check "$near, $port: so does the one that was there" ends_with 3 "$before"
}
cuts_are() { same "$(ask status --metrics | sed -n 's/^relaydam_cuts_total{outcome="cut"} //p')" "$1"; }

ip -6 addr add 2001:db8:8::25/128 dev lo
ip -6 route add local 2001:db8:8::/46 dev lo
echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind
$server
check "the firewall" ask firewall --install
check "the daemon starts" start
if [ "$server" = exim ]; then
	box_serves 25 || { cat $work/server && skip "Exim does not start"; }
	lines=("EHLO bad.test" "MAIL FROM:<a@friend.test>" "RCPT TO:<nobody@mx.test>")
	cut_one 127.0.0.1 25 127.9.8.1 127.9.8.77 "550 Unknown user" "${lines[@]}"
	cut_one 2001:db8:8::25 25 2001:db8:9:1::1 2001:db8:9:2::1 "550 Unknown user" "${lines[@]}"
	check "two were cut" cuts_are 2
else
	box_serves 143 110 || { cat $work/server && skip "Dovecot does not start"; }
	imap=("a CAPABILITY" "a LOGIN info guess") pop=("USER info" "PASS guess")
	cut_one 127.0.0.1 143 127.9.8.1 127.9.8.77 "a NO *AUTHENTICATIONFAILED*" "${imap[@]}"
	processes="$(login_process imap)"
	cut_one 2001:db8:8::25 143 2001:db8:9:1::1 2001:db8:9:2::1 "a NO *AUTHENTICATIONFAILED*" "${imap[@]}"
	check "one login process for all of IMAP" same "$(login_process imap)" "${processes:-none}"
	cut_one 127.0.0.1 110 127.9.8.2 127.9.8.77 "-ERR *" NOOP "${pop[@]}"
	processes="$(login_process pop3)"
	cut_one 2001:db8:8::25 110 2001:db8:a:3::1 2001:db8:9:2::1 "-ERR *" NOOP "${pop[@]}"
	check "and of POP3" same "$(login_process pop3)" "${processes:-none}"
	check "four were cut" cuts_are 4
fi
check "it ends" stop
conclude "cut-others.sh ($server)"
