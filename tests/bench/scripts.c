/*
 * The programs, and the sessions of honest people: mail that is taken, users, and what else stands
 * in a mail log. The language of the texts is described in scripts.h.
 */
#include "scripts.h"

const struct program_info scripts_programs[PROGRAMS] = {
	[SMTPD] = { "postfix/smtpd", PID_SESSION, 0, 22 },
	[SUBMISSION] = { "postfix/submission/smtpd", PID_SESSION, 0, 22 },
	[SMTPS] = { "postfix/smtps/smtpd", PID_SESSION, 0, 22 },
	[CLEANUP] = { "postfix/cleanup", PID_POOL, 8, 22 },
	[QMGR] = { "postfix/qmgr", PID_POOL, 1, 22 },
	[SMTP] = { "postfix/smtp", PID_POOL, 8, 22 },
	[LOCAL] = { "postfix/local", PID_POOL, 2, 22 },
	[LMTP] = { "postfix/lmtp", PID_POOL, 6, 22 },
	[BOUNCE] = { "postfix/bounce", PID_POOL, 1, 22 },
	[POSTSCREEN] = { "postfix/postscreen", PID_POOL, 1, 22 },
	[DNSBLOG] = { "postfix/dnsblog", PID_POOL, 6, 22 },
	[ANVIL] = { "postfix/anvil", PID_POOL, 1, 22 },
	[MASTER] = { "postfix/master", PID_POOL, 1, 20 },
	[DKIM] = { "opendkim", PID_POOL, 1, 22 },
	[DOVECOT] = { "dovecot", PID_NONE, 0, 22 },
	[ESMTPD] = { "courieresmtpd", PID_NONE, 0, 22 },
	[IMAPD] = { "imapd", PID_NONE, 0, 22 },
	[POP3D] = { "pop3d", PID_NONE, 0, 22 },
	[CRON] = { "CRON", PID_POOL, 8, 78 },
	[SSHD] = { "sshd", PID_POOL, 8, 86 },
	[SYSTEMD] = { "systemd", PID_POOL, 1, 30 },
};

/* Mail that is taken. */

static const struct regex_step inbound_tls[] = {
	{ POSTSCREEN, 0, SCREEN },
	{ POSTSCREEN, 2, "PASS OLD %B" },
	{ SMTPD, 4, "connect from %C" },
	{ SMTPD, 300, TLS },
	{ SMTPD, 300, "%Q: client=%C" },
	{ CLEANUP, 200, "%Q: message-id=<%M>" },
	{ DKIM, 30, "?%Q: %D [%A] not internal" },
	{ QMGR, 100, "%Q: from=<%S>, size=%z, nrcpt=1 (queue active)" },
	{ SMTPD, 90,
	  "disconnect from %C ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 "
	  "commands=7" },
	{ LMTP, 400,
	  "%Q: to=<%R>, relay=mail.mx.example[private/dovecot-lmtp], " SENT
	  "(250 2.0.0 <%R> %s Saved)" },
	{ QMGR, 3, "%Q: removed" },
	END
};

static const struct regex_step inbound_plain[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 300, "%Q: client=%C" },
	{ CLEANUP, 200, "%Q: message-id=<%M>" },
	{ QMGR, 100, "%Q: from=<%S>, size=%z, nrcpt=1 (queue active)" },
	{ SMTPD, 90, "disconnect from %C ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5" },
	{ LOCAL, 200, "%Q: to=<%R>, relay=local, " SENT "(delivered to maildir)" },
	{ QMGR, 3, "%Q: removed" },
	END
};

static const struct regex_step inbound_list[] = {
	{ POSTSCREEN, 0, SCREEN },
	{ POSTSCREEN, 6000, "?PASS NEW %B" },
	{ SMTPD, 4, "connect from %C" },
	{ SMTPD, 300, "%Q: client=%C" },
	{ CLEANUP, 200, "%Q: message-id=<%M>" },
	{ QMGR, 100, "%Q: from=<%S>, size=%z, nrcpt=%n (queue active)" },
	{ LMTP, 300,
	  "*%Q: to=<%R>, relay=mail.mx.example[private/dovecot-lmtp], " SENT
	  "(250 2.0.0 <%R> %s Saved)" },
	{ QMGR, 3, "%Q: removed" },
	{ SMTPD, 5000, "disconnect from %C ehlo=1 mail=1 rcpt=%n data=1 quit=1 commands=%4" },
	END
};

/* An honest relay that has a wrong recipient among the right ones. */
static const struct regex_step inbound_stale[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 300, "%Q: client=%C" },
	{ SMTPD, 50,
	  "%Q: reject: RCPT from %C: 550 5.1.1 <%U>: Recipient address rejected: User "
	  "unknown in "
	  "virtual mailbox table; from=<%S> to=<%U> proto=ESMTP helo=<%D>" },
	{ CLEANUP, 200, "%Q: message-id=<%M>" },
	{ QMGR, 100, "%Q: from=<%S>, size=%z, nrcpt=1 (queue active)" },
	{ SMTPD, 90, "disconnect from %C ehlo=1 mail=1 rcpt=1/2 data=1 quit=1 commands=5/6" },
	{ LMTP, 400,
	  "%Q: to=<%R>, relay=mail.mx.example[private/dovecot-lmtp], " SENT
	  "(250 2.0.0 <%R> %s Saved)" },
	{ QMGR, 3, "%Q: removed" },
	END
};

static const struct regex_step greylisted[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 300,
	  "NOQUEUE: reject: RCPT from %C: 450 4.7.1 <%R>: Recipient address "
	  "rejected: Greylisted, "
	  "see http://postgrey.schweikert.ch/help/mx.example.html" FROM_TO },
	{ SMTPD, 90, "disconnect from %C ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4" },
	END
};

static const struct regex_step lost_after_data[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 300, "%Q: client=%C" },
	{ SMTPD, 9000, "lost connection after DATA (%z bytes) from %C" },
	{ SMTPD, 3, "disconnect from %C ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4" },
	END
};

/* The users. */

static const struct regex_step submitted[] = {
	{ SUBMISSION, 0, "connect from %C" },
	{ SUBMISSION, 300, "?" TLS },
	{ SUBMISSION, 400, "%Q: client=%C, sasl_method=PLAIN, sasl_username=%l" },
	{ CLEANUP, 200, "%Q: message-id=<%M>" },
	{ QMGR, 100, "%Q: from=<%l@mx.example>, size=%z, nrcpt=1 (queue active)" },
	{ SUBMISSION, 90,
	  "disconnect from %C ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 "
	  "quit=1 commands=8" },
	{ SMTP, 2500,
	  "%Q: to=<%X>, relay=%r[%i]:25, delay=1.%d, delays=0.1/0.02/0.5/0.%d, "
	  "dsn=2.0.0, "
	  "status=sent (250 2.0.0 Ok: queued as 4F%p)" },
	{ QMGR, 3, "%Q: removed" },
	END
};

static const struct regex_step submitted_bounce[] = {
	{ SMTPS, 0, "connect from %C" },
	{ SMTPS, 400, "%Q: client=%C, sasl_method=LOGIN, sasl_username=%l" },
	{ CLEANUP, 200, "%Q: message-id=<%M>" },
	{ QMGR, 100, "%Q: from=<%l@mx.example>, size=%z, nrcpt=1 (queue active)" },
	{ SMTPS, 90, "disconnect from %C ehlo=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=6" },
	{ SMTP, 2500,
	  "%Q: to=<%X>, relay=%r[%i]:25, delay=1.%d, delays=0.1/0.02/0.5/0.%d, "
	  "dsn=5.1.1, status=bounced "
	  "(host %r[%i] said: 550 5.1.1 <%X>: Recipient address rejected: User unknown in "
	  "virtual "
	  "alias table (in reply to RCPT TO command))" },
	{ BOUNCE, 40, "%Q: sender non-delivery notification: 3A%p" },
	{ QMGR, 3, "%Q: removed" },
	END
};

static const struct regex_step imap_login[] = {
	{ DOVECOT, 0,
	  "imap-login: Login: user=<%l>, method=PLAIN, rip=%A, lip=203.0.113.25, "
	  "mpid=%p, TLS, session=<%s>" },
	{ DOVECOT, 90000,
	  "imap(%l)<%p><%s>: Disconnected: Logged out in=%d out=%z deleted=0 "
	  "expunged=0 trashed=0 "
	  "hdr_count=0 hdr_bytes=0 body_count=0 body_bytes=0" },
	END
};

static const struct regex_step pop3_login[] = {
	{ DOVECOT, 0,
	  "pop3-login: Login: user=<%l>, method=PLAIN, rip=%A, lip=203.0.113.25, "
	  "mpid=%p, TLS, session=<%s>" },
	{ DOVECOT, 900,
	  "pop3(%l)<%p><%s>: Disconnected: Logged out top=0/0, retr=0/0, del=0/0, "
	  "size=%z" },
	END
};

static const struct regex_step courier_login[] = {
	{ IMAPD, 0, "LOGIN, user=%l@mx.example, ip=[%W], port=[%P], protocol=IMAP" },
	{ IMAPD, 60000,
	  "LOGOUT, user=%l@mx.example, ip=[%W], headers=0, body=0, rcvd=%d, "
	  "sent=%z, time=%d" },
	END
};

/* What else stands in a mail log. */

static const struct regex_step anvil[] = {
	{ ANVIL, 0, "statistics: max connection rate %n/60s for (smtp:%A) at Nov 14 03:14:%d" },
	{ ANVIL, 0, "statistics: max connection count %n for (smtp:%A) at Nov 14 03:15:%d" },
	{ ANVIL, 0, "statistics: max cache size %3 at Nov 14 03:15:%d" },
	END
};

static const struct regex_step cron[] = {
	{ CRON, 0, "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)" },
	{ CRON, 3,
	  "(root) CMD (   test -x /usr/local/sbin/queue-check && "
	  "/usr/local/sbin/queue-check --quiet)" },
	{ CRON, 3, "pam_unix(cron:session): session closed for user root" },
	END
};

static const struct regex_step sshd[] = {
	{ SSHD, 0, "Invalid user %l from %A port %P" },
	{ SSHD, 900,
	  "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh "
	  "ruser= rhost=%A" },
	{ SSHD, 2, "Connection closed by invalid user %l %A port %P [preauth]" },
	END
};

static const struct regex_step systemd[] = {
	{ SYSTEMD, 0, "Starting logrotate.service - Rotate log files..." },
	{ SYSTEMD, 900, "logrotate.service: Deactivated successfully." },
	{ SYSTEMD, 2, "Finished logrotate.service - Rotate log files." },
	END
};

const struct script scripts_mail[] = {
	{ 50, 1, 1, inbound_tls },  { 25, 1, 1, inbound_plain }, { 12, 2, 12, inbound_list },
	{ 4, 1, 1, inbound_stale }, { 6, 1, 1, greylisted },	 { 3, 1, 1, lost_after_data },
	{ 0, 0, 0, NULL },
};

const struct script scripts_users[] = {
	{ 14, 1, 1, submitted },  { 1, 1, 1, submitted_bounce }, { 65, 1, 1, imap_login },
	{ 15, 1, 1, pop3_login }, { 5, 1, 1, courier_login },	 { 0, 0, 0, NULL },
};

const struct script scripts_noise[] = {
	{ 50, 1, 9, anvil },  { 30, 1, 1, cron }, { 18, 1, 1, sshd },
	{ 2, 1, 1, systemd }, { 0, 0, 0, NULL },
};
