#!/usr/bin/env bash
# As forged.sh: real servers, hostile clients, and only true verdicts; here Exim and Courier, each in a root of its own below BUILD and in
# namespaces of its own. FORGED_SESSIONS of each (default 2000), FORGED_SEED. usage: tests/e2e/forged-others.sh RELAYDAM BUILD [SERVER...]
set -euo pipefail

skip() {
	echo "forged-others.sh: SKIPPED: $*"
	exit 77
}

relaydam=$(realpath "$1") build=$(realpath "$2")
shift 2
cd "$(dirname "$0")/../.."
if [ -z "${FORGED_ROOT:-}" ]; then
	tests/lab/need.sh forged-others.sh openssl || exit $?
	code=0
	[ $# -gt 0 ] || set -- exim courier
	for server; do
		got=0
		FORGED_ROOT=$(timeout 400 tests/lab/root.sh "$build" "$server") || skip "no root with $server"
		FORGED_ROOT=$FORGED_ROOT timeout -k 5 "${FORGED_SECONDS:-240}" unshare -n -m -u -p -f --mount-proc --kill-child --propagation private \
			tests/e2e/forged-others.sh "$relaydam" "$build" "$server" < /dev/null || got=$?
		[ $got = 0 ] || [ $code = 1 ] || code=$((got == 77 ? 77 : 1)) # a failure is more than a test that was skipped
	done
	exit $code
fi

work=/run/work own=/run/disk etc=/run/disk/etc
# shellcheck source=tests/lab/box.sh
. tests/lab/box.sh
# shellcheck source=tests/lab/forged.sh
. tests/lab/forged.sh
box_files "$FORGED_ROOT" $own || skip "no overlay here"
hostname mail
box_addresses
box_names $own
box_syslog $own

exim_configuration() { # NAME SETTING... of 25 and 2525; WHO is what a reason says of the client
	cat << CF
primary_hostname = mail.mx.test
log_file_path = syslog : /var/log/exim4/$1-%slog
syslog_duplication = false
pid_file_path = /run/$1.pid
spool_directory = /var/spool/$1
host_lookup = *
smtp_accept_max = 300
recipients_max = 4
recipients_max_reject = true
smtp_max_unknown_commands = 3
smtp_max_synprot_errors = 3
message_size_limit = 100K
acl_smtp_helo = helo
acl_smtp_mail = mail
acl_smtp_rcpt = rcpt
acl_smtp_data = data
$(printf '%s\n' "${@:2}")
begin acl
helo:
  deny condition = \${if eqi{\$sender_helo_name}{mail.mx.test}}
       message = You are not me
  accept
mail:
  deny senders = *@spammer.test
       message = no spam
  accept
rcpt:
  deny dnslists = bl.mx.test
       message = $LISTED
  require verify = sender
  deny domains = !mx.test
       message = relay not permitted$TO
  deny local_parts = x*
       message = Restricted characters in address
  deny local_parts = !user
       message = Unknown user$TO
  accept
data:
  deny condition = \${if match{\$h_subject:}{cheap pills}}
       message = no pills
  accept
begin routers
known:
  driver = accept
  domains = mx.test : friend.test
  transport = nowhere
begin transports
nowhere:
  driver = appendfile
  file = /dev/null
  user = nobody
begin authenticators
PLAIN:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = false
  server_set_id = \$auth2
LOGIN:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = false
  server_set_id = \$auth1
CF
}

certificate() { # FILE SUBJECT
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.crt" -days 2 -subj "$2" 2> "$work/openssl" || { cat "$work/openssl" && exit 1; }
	cat "$1.key" "$1.crt" > "$1"
}

exim() {
	local name
	certificate $own/etc/exim4/server.pem /CN=mail.mx.test
	chroot $own chown Debian-exim /etc/exim4/server.pem
	certificate $work/client0.pem '/CN=x/description=x) [203.0.113.99] F=<a@b.test> rejected RCPT <x@mx.test>: Unknown user'
	certificate $work/client1.pem '/CN=client.test/O=H=[203.0.113.99] rejected EHLO or HELO x'
	certificate $work/client2.pem '/CN=[203.0.113.99]: 535 Incorrect authentication data'
	certificate $work/client3.pem '/CN=x) [203.0.113.99]:4711 I=[198.51.100.25]:25/OU=x) ['
	# shellcheck disable=SC2016 # Exim's own
	TO='' LISTED='$sender_host_address is in a black list at $dnslist_domain' exim_configuration plain tls_advertise_hosts= > $etc/exim4/plain.conf
	# shellcheck disable=SC2016
	TO=' <$local_part@$domain> of <$sender_address>' LISTED='JunkMail rejected - $sender_fullhost is in an RBL: $dnslist_text' exim_configuration junk \
		'helo_accept_junk_hosts = *' 'log_selector = +all' 'acl_smtp_vrfy = mail' 'acl_smtp_etrn = mail' 'smtp_etrn_command = /bin/true' \
		'tls_certificate = /etc/exim4/server.pem' 'tls_advertise_hosts = *' 'tls_try_verify_hosts = *' \
		'tls_verify_certificates = system,cache' > $etc/exim4/junk.conf
	for name in plain:25 junk:2525; do
		chroot $own install -d -o Debian-exim -g Debian-exim "/var/spool/${name%:*}" /var/log/exim4
		chroot $own exim4 -C "/etc/exim4/${name%:*}.conf" -bdf -oX "${name#*:}" > "$work/${name%:*}" 2>&1 &
	done
	box_serves 25 2525 || { cat $work/plain $work/junk && skip "Exim does not start"; }
	forged_sessions exim 2000
	forged_settled $own/var/log/mail.log
	forged_judge "forged-others.sh (exim)" $own/var/log/exim4/{plain,junk}-mainlog $own/var/log/mail.{log,rfc3339,rfc5424}
}

courier() {
	local c=$etc/courier command server
	printf '%s\n' "auth required pam_unix.so nodelay" "account required pam_unix.so" | tee $etc/pam.d/{imap,pop3,esmtp} > /dev/null
	chroot $own useradd -m user
	echo user:secret | chroot $own chpasswd
	chroot $own su user -c 'mkdir -p ~/Maildir/cur ~/Maildir/new ~/Maildir/tmp'
	echo mail.mx.test > $c/me
	echo mx.test | tee $c/defaultdomain $c/locals > $c/esmtpacceptmailfor.dir/default
	printf '198.18.%d\tallow,BLOCK="550 You are on our list"\n' {3..99..4} > $c/smtpaccess/default
	printf '%s\n' 'badfrom @spammer.test' 'maxrcpts 5 hard' 'opt BOFHCHECKHELO=1' > $c/bofh
	sed -i 's/^TARPIT=.*/TARPIT=0/; s/^PORT=.*/PORT=25/; s/^ESMTPAUTH=.*/ESMTPAUTH="LOGIN PLAIN"/; s/^BLACKLISTS=.*/BLACKLISTS="-block=bl.mx.test"/' $c/esmtpd
	sed -i 's/^IMAP_CAPABILITY="/&AUTH=PLAIN /' $c/imapd
	sed -i 's/^POP3AUTH=.*/POP3AUTH="LOGIN PLAIN"/' $c/pop3d
	for server in esmtpd imapd pop3d; do sed -i 's/^MAXDAEMONS=.*/MAXDAEMONS=400/; s/^MAXPERC=.*/MAXPERC=400/' $c/$server; done
	mkdir -p $own/run/courier/authdaemon
	chroot $own chown -R courier:courier /run/courier
	for command in makesmtpaccess makeacceptmailfor makealiases "authdaemond start" "courierfilter start" "courier start" "esmtpd start" "imapd start" "pop3d start"; do
		# shellcheck disable=SC2086 # a command and its word
		chroot $own $command > "$work/said" 2>&1 < /dev/null || { cat "$work/said" && skip "Courier does not start: $command"; }
	done
	box_serves 25 143 110 || { cat $own/var/log/mail.log && skip "Courier does not answer"; }
	forged_sessions courier 2000
	forged_settled $own/var/log/mail.log
	forged_judge "forged-others.sh (courier)" $own/var/log/mail.{log,rfc3339,rfc5424}
}

"$1"
