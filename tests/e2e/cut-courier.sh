#!/usr/bin/env bash
# cut = "signal" and cut = "socket" on a real Courier, in a root of its own below BUILD, in namespaces of its own: the right process, the
# right connection is ended, whatever a client writes into its HELO. usage: tests/e2e/cut-courier.sh RELAYDAM BUILD
set -euo pipefail

skip() {
	echo "cut-courier.sh: SKIPPED: $*"
	exit 77
}

relaydam=$(realpath "$1") build=$(realpath "$2")
cd "$(dirname "$0")/../.."
if [ -z "${RELAYDAM_E2E_INSIDE:-}" ]; then
	tests/lab/need.sh cut-courier.sh pgrep setpriv || exit $?
	root=$(timeout 400 tests/lab/root.sh "$build" courier) || skip "no root with Courier"
	RELAYDAM_E2E_INSIDE=$root exec timeout -k 5 120 unshare -n -m -p -f --mount-proc --kill-child tests/e2e/cut-courier.sh \
		"$relaydam" "$build" < /dev/null
fi

root=$RELAYDAM_E2E_INSIDE
work=$(mktemp -d)
log=$work/mail.log
conf=$work/relaydam.conf
finish() {
	umount -R -l "$work/disk" 2> /dev/null || true
	rm -rf --one-file-system "$work"
}
trap finish EXIT

# The kept root is read only; what Courier writes goes into memory.
mkdir "$work/disk" "$work/state" "$work/run"
mount -t tmpfs tmpfs "$work/disk"
mkdir "$work/disk/upper" "$work/disk/work" "$work/disk/root"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/disk/upper,workdir=$work/disk/work" "$work/disk/root" 2> /dev/null ||
	skip "no overlay here"
own=$work/disk/root
mount -t proc proc "$own/proc"
held() { chroot "$own" "$@"; }
ip link set lo up
: > "$own/etc/resolv.conf"
rm -f "$own/dev/log"
: > "$log"
python3 tests/e2e/cut-courier.py log "$own/dev/log" "$log" &

etc=$own/etc/courier
echo mx.e2e.test > "$etc/me"
echo e2e.test > "$etc/defaultdomain"
printf 'e2e.test\nlocalhost\n' > "$etc/locals"
mkdir -p "$etc/esmtpacceptmailfor.dir" "$etc/smtpaccess"
echo e2e.test > "$etc/esmtpacceptmailfor.dir/default"
rm -f "$etc/smtpaccess/"*
for n in 1 2 3 4 5 6; do printf '127.9.8.%d\tallow,BLOCK="550 You are on our list"\n' $n; done > "$etc/smtpaccess/default"
echo 'opt BOFHCHECKDNS=0' > "$etc/bofh"
sed -i 's/^TARPIT=.*/TARPIT=0/; s/^PORT=.*/PORT=25/; s/^TCPDOPTS=.*/TCPDOPTS="-stderrlogger=\/usr\/sbin\/courierlogger -noidentlookup -nodnslookup"/' "$etc/esmtpd"
mkdir -p "$own/run/courier/authdaemon"
held chown -R courier:courier /run/courier
for command in makesmtpaccess makeacceptmailfor makealiases "authdaemond start" "courierfilter start" "courier start" "esmtpd start" "imapd start"; do
	# shellcheck disable=SC2086 # a command and its word
	held $command > "$work/said" 2>&1 < /dev/null || { cat "$work/said" && skip "Courier does not start: $command"; }
done

# copies: another user, who starts it below, may not be able to look in here
cp -r conf/filters "$work/filters"
cp "$relaydam" "$work/relaydam"
relaydam=$work/relaydam
cat > "$conf" << CONF
sources = ( { file = "$log"; } );
filters = [ "courier" ];
state_dir = "$work/state";
runtime_dir = "$work/run";
ignoreip = [];
cut_process = { name = "submit"; holder = "courieresmtpd"; parent = "couriertcpd"; depth = 2; };
blockers = ( { name = "mx"; type = "xt_recent"; list = "rdcourier"; ports = [ 25 ]; seconds = "10m"; } );
jails = ( { name = "client"; offences = [ "client" ]; maxretry = 1; findtime = "10m"; bantime = "10m"; blocker = "mx"; cut = "signal"; } );
CONF

# shellcheck source=tests/lab/checks.sh
. tests/lab/checks.sh
session() { # NAME SOURCE HELO OFFEND SECONDS: in the background, until it hangs
	python3 tests/e2e/cut-courier.py session "$2" "$3" "$4" "$work/$1.ready" "$5" > "$work/$1" 2>&1 &
	pid=$!
	within 5 test -s "$work/$1.ready" || cat "$work/$1"
}
ends_with() { # CODE PID
	local code=0
	wait "$2" || code=$?
	echo "exit $code"
	[ $code = "$1" ]
}
process() { pgrep -x "$1" | head -n 1; }
start() { # COMMAND...
	"$@" run -c "$conf" --debug > "$work/out" 2>&1 &
	daemon=$!
	within 10 ask status > /dev/null 2>&1
}
told() { grep -qF -- "$1" "$work/out"; }

within 5 bash -c ": < /dev/tcp/127.0.0.1/25" 2> /dev/null || { cat "$log"; skip "Courier does not answer"; }
tcpd=$(process couriertcpd)
check "the firewall is installed" ask firewall --install
check "it starts" start "$relaydam"

# The innocent hangs in a transaction; the guilty one names it in its HELO, as Courier itself would.
session innocent 127.9.8.77 x.example no 4
innocent=$pid
session guilty 127.9.8.1 'x (good.test [::ffff:127.9.8.77])' yes 4
guilty=$pid
tr '\0' '|' < "/proc/$(pgrep -n -x submit)/cmdline"
echo
check "the guilty one is cut" ends_with 0 "$guilty"
check "by a signal to the process that holds its connection" within 5 told "SIGTERM to pid"
check "the innocent that it named is not" ends_with 3 "$innocent"
check "couriertcpd is who it was" test "$tcpd" = "$(process couriertcpd)"
session stranger 127.9.8.78 x.example no 1
check "and takes new connections" ends_with 3 "$pid"
session after 127.9.8.2 '[127.9.8.78])' yes 4
check "brackets without end in the HELO hide nobody" ends_with 0 "$pid"
grep -a '^relaydam: .* cut' "$work/out" || true
check "it ends" kill "$daemon"
wait "$daemon" || true

# cut = "socket": Courier listens for both families at once, so its clients of IPv4 are mapped ones there. It answers a failed login of
# IMAP five seconds after its line.
rm -f "$work"/state/*
sed -i 's/"client" \]/"client", "auth" ]/; s/cut = "signal"/cut = "socket"/; s/ports = \[ 25 \]/ports = [ 25, 143 ]/; $a cut_after = "6500ms";' "$conf"
ip -6 addr add 2001:db8:8::25/128 dev lo nodad
ip -6 route add local 2001:db8:9::/48 dev lo
echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind
declare -A who
talk() { # NAME SERVER PORT SOURCE SECONDS LINE...: in the background; the last answer in $work/NAME
	"$python" tests/e2e/cut-real.py session "$2" "$3" "$4" "$work/$1.ready" "${@:5}" > "$work/$1" 2>&1 &
	who[$1]=$!
}
answered() { same "$(cat "$work/$1")" "$2"; }
letter=("EHLO x (good.test [::ffff:127.9.8.77])" "MAIL FROM:<>" "RCPT TO:<postmaster@e2e.test>")
check "the firewall for two ports" ask firewall --install
check "it starts for sockets" start "$relaydam"
talk near 127.0.0.1 25 127.9.8.77 9 "EHLO x.example"
talk near143 127.0.0.1 143 127.9.8.77 9 "a CAPABILITY"
within 5 test -s "$work/near.ready" -a -s "$work/near143.ready"
talk bad 127.0.0.1 25 127.9.8.6 12 "${letter[@]}"
talk bad4 127.0.0.1 143 127.9.8.60 12 "a LOGIN info guess"
talk bad6 2001:db8:8::25 143 2001:db8:9:1::1 12 "a LOGIN [::ffff:127.9.8.77] guess"
for name in bad bad4 bad6; do check "$name: cut, and not before it has read" ends_with 0 "${who[$name]}"; done
check "its refusal" answered bad "550 You are on our list"
for name in bad4 bad6; do check "$name: its refusal, after five seconds" answered $name "a NO Login failed."; done
check "three were cut" same "$(ask status --metrics | sed -n 's/^relaydam_cuts_total{outcome="cut"} //p')" 3
check "no process was" not told SIGTERM
for name in near near143; do check "$name lives on" ends_with 3 "${who[$name]}"; done
talk later 127.0.0.1 25 127.9.8.77 1 "EHLO x.example"
check "and so does the listener" ends_with 3 "${who[later]}"
check "couriertcpd is who it was, still" test "$tcpd" = "$(process couriertcpd)"
check "it ends once more" kill "$daemon"
wait "$daemon" || true
sed -i 's/"client", "auth" \]/"client" ]/; s/cut = "socket"/cut = "signal"/; s/ports = \[ 25, 143 \]/ports = [ 25 ]/; /^cut_after/d' "$conf"
check "the firewall for one port" ask firewall --install

# As the unit runs it: not root, with the capabilities of the drop-in and without.
rm -f "$work"/state/*
chown -R nobody "$work/state" "$work/run"
chmod 755 "$work"
chown nobody /proc/net/xt_recent/rdcourier /proc/net/xt_recent/rdcourier6
caps=$(sed -n 's/^AmbientCapabilities=//p' systemd/cut-signal.conf | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
as_nobody() { # CAPABILITIES COMMAND...
	local caps=$1
	shift
	exec setpriv --reuid nobody --clear-groups --inh-caps "-all,$caps" --bounding-set "-all,$caps" --ambient-caps "-all,$caps" "$@"
}
mount -o remount,hidepid=2 /proc
start as_nobody "+net_admin,$caps" "$relaydam"
session third 127.9.8.3 x.example yes 4
check "with the drop-in's capabilities, as another user and under ProtectProc=invisible, it cuts" ends_with 0 "$pid"
check "and lacks nothing" sh -c "! grep lacks '$work/out'"
kill "$daemon"
wait "$daemon" || true
rm -f "$work"/state/*
start as_nobody +net_admin "$relaydam"
check "without them it says which are missing" within 5 told 'lacks CAP_KILL CAP_DAC_READ_SEARCH CAP_SYS_PTRACE'
session fourth 127.9.8.4 x.example yes 2
check "and cuts nobody" ends_with 3 "$pid"
kill "$daemon"
wait "$daemon" || true

conclude cut-courier.sh
