# shellcheck shell=bash
# Functions that set up the environment of a server. Sourced by scripts that run in their own mount, network and process namespaces:
# mx.sh, forged-others.sh, cut-others.sh.

# Mounts the files of LOWER at AT, with /dev and /proc, in this mount namespace. Writes go to memory. /run is emptied (it contains
# iptables' lock, too); /run/work is for the test's files. Fails if overlayfs is not available.
box_files() { # LOWER AT, below /run
	local node name major minor
	mount -t tmpfs -o mode=755 lab /run
	mkdir /run/up /run/overlay /run/work "$2"
	mount -t overlay -o "lowerdir=$1,upperdir=/run/up,workdir=/run/overlay" lab "$2" || return 1
	mount -t proc proc "$2/proc"
	mount -t tmpfs -o mode=755 lab "$2/dev" # its /dev/log is nobody else's
	for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9; do
		IFS=: read -r name major minor <<< "$node"
		mknod -m 666 "$2/dev/$name" c "$major" "$minor"
	done
	ln -s /proc/self/fd "$2/dev/fd"
}

# Assigns the addresses of mx.sh, those of the clients included, to one host, for tests that need no second one.
box_addresses() {
	ip link set lo up
	ip addr add 198.51.100.25/32 dev lo
	ip addr add 2001:db8:1::25/128 dev lo nodad
	ip route add local 198.18.0.0/15 dev lo
	ip -6 route add local 2001:db8:2::/48 dev lo
	echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind
}

# Starts an rsyslogd that writes what comes to AT's /dev/log into three files below AT/var/log: mail.log in the traditional format,
# mail.rfc3339, and mail.rfc5424 (where the program keeps its slash).
box_syslog() { # AT
	cat > "$1/etc/rsyslog.conf" << 'CF'
module(load="imuxsock" SysSock.RateLimit.Interval="0" SysSock.UsePIDFromSystem="off")
global(parser.permitSlashInProgramName="on")
$FileCreateMode 0640
mail.* action(type="omfile" file="/var/log/mail.log"      template="RSYSLOG_TraditionalFileFormat")
mail.* action(type="omfile" file="/var/log/mail.rfc3339" template="RSYSLOG_FileFormat")
mail.* action(type="omfile" file="/var/log/mail.rfc5424" template="RSYSLOG_SyslogProtocol23Format")
CF
	chroot "$1" rsyslogd -n -f /etc/rsyslog.conf -i /run/rsyslogd.pid > /run/rsyslogd 2>&1 &
	box_until rsyslogd -S "$1/dev/log"
}

box_names() { # the lab's name server, here, and for AT
	python3 "$(dirname "${BASH_SOURCE[0]}")/dns.py" 127.0.0.1 > /run/dns 2>&1 &
	echo "nameserver 127.0.0.1" > "$1/etc/resolv.conf"
	box_until "the name server" -s /run/dns
}

box_until() { # WHAT TEST-ARGUMENT...: ten seconds at most
	local what=$1
	shift
	for _ in $(seq 200); do
		test "$@" && return
		sleep 0.05
	done
	echo "$what did not start" >&2
	return 1
}

box_serves() { # PORT...: until all of them are listened at, ten seconds at most
	local port
	for port; do
		for _ in $(seq 200); do
			[ -z "$(ss -Hltn "sport = :$port")" ] || continue 2
			sleep 0.05
		done
		return 1
	done
}
