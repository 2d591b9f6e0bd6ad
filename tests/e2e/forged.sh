#!/usr/bin/env bash
# Real servers, and clients that write hostile text wherever they may: what `relaydam match` reads from the logs must be of the
# clients that really did it. FORGED_SESSIONS (default 4000, some 30 s), FORGED_SEED. usage: tests/e2e/forged.sh RELAYDAM BUILD
set -euo pipefail

if [ -z "${MX_ROOT:-}" ]; then
	"$(dirname "$0")/../lab/need.sh" forged.sh
	set -- "$(realpath "$1")" "$(realpath "$2")"
	cd "$(dirname "$0")/../.."
	code=0
	tests/lab/mx.sh "$2" --log rsyslog tests/e2e/forged.sh "$@" || code=$?
	[ $code != 4 ] || { echo "forged.sh: SKIPPED: the lab cannot be made" && exit 77; }
	exit $code
fi

relaydam=$1 work=$MX_WORK
# shellcheck source=tests/lab/box.sh
. tests/lab/box.sh
# shellcheck source=tests/lab/forged.sh
. tests/lab/forged.sh
etc=$MX_ROOT/etc
cat >> "$etc/postfix/master.cf" << 'CF'
2727       inet  n - n - 1 postscreen
smtpd      pass  - - n - - smtpd
dnsblog    unix  - - n - 0 dnsblog
tlsproxy   unix  - - n - 0 tlsproxy
CF
cat >> "$etc/postfix/main.cf" << 'CF'
postscreen_greet_wait = 1s
postscreen_greet_action = enforce
postscreen_non_smtp_command_enable = yes
postscreen_non_smtp_command_action = enforce
postscreen_pre_queue_limit = 300
smtpd_client_connection_count_limit = 0
CF
chroot "$MX_ROOT" postfix reload > "$MX_WORK/reload" 2>&1
cat > "$etc/dovecot/dovecot.conf" << 'CF'
protocols = imap
listen = *, ::
ssl = no
disable_plaintext_auth = no
auth_verbose = yes
auth_verbose_passwords = plain
auth_failure_delay = 0
imap_id_log = *
mail_location = maildir:/tmp/%u
syslog_facility = mail
service imap-login {
  process_limit = 300
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
: > "$etc/dovecot/users"
chroot "$MX_ROOT" dovecot > "$MX_WORK/dovecot" 2>&1 || { cat "$MX_WORK/dovecot" && exit 1; }
box_serves 143 2727 || { echo "forged.sh: FAILED: no Dovecot, no postscreen" && exit 1; }
forged_sessions mx 4000 nsenter -t "$MX_CLIENTS" -n
forged_settled "$MX_LOG"
forged_judge forged.sh "$MX_LOG" "${MX_LOG%.log}.rfc3339" "${MX_LOG%.log}.rfc5424"
