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

relaydam=$1
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
listen = *
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
for _ in $(seq 100); do
	[ -n "$(ss -Hltn 'sport = :143')" ] && [ -n "$(ss -Hltn 'sport = :2727')" ] && break
	sleep 0.05
done

nsenter -t "$MX_CLIENTS" -n timeout "${FORGED_SECONDS:-240}" python3 tests/lab/forge.py sessions "${FORGED_SESSIONS:-4000}" "${FORGED_SEED:-1}" tests/forged/* \
	> "$MX_WORK/sessions"
sleep 1 # the last lines on their way
lines=0
for log in "$MX_LOG" "${MX_LOG%.log}.rfc3339" "${MX_LOG%.log}.rfc5424"; do
	[ -s "$log" ] || { echo "forged.sh: FAILED: no $log" && exit 1; }
	lines=$((lines + $(wc -l < "$log")))
	"$relaydam" match -c tests/etc/relaydam.conf --json "$log" > "$MX_WORK/hits" || true
	python3 tests/lab/forge.py judge "$MX_WORK/sessions" < "$MX_WORK/hits" > "$MX_WORK/judged" || {
		cat "$MX_WORK/judged"
		echo "forged.sh: FAILED: $(basename "$log")"
		exit 1
	}
done
cat "$MX_WORK/judged"
[ -z "${FORGED_KEEP:-}" ] || cp "$MX_LOG" "$MX_WORK/sessions" "$FORGED_KEEP/"
echo "forged.sh: passed, $lines lines in three forms"
