/*
 * The sessions of bots, on quiet days and in the wave. Some 15% of all lines of a log are offences,
 * by these weights and the rates in genlog.c.
 */
#include "scripts.h"

#define NXNAME "!warning: hostname %D does not resolve to address %A: Name or service not known"

/* The bots. */

static const struct regex_step dnsbl_client[] = {
	{ SMTPD, 0, NXNAME },
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 900,
	  "*NOQUEUE: reject: RCPT from %C: 554 5.7.1 Service unavailable; Client "
	  "host [%A] blocked "
	  "using %L; https://www.%L/query/ip/%A" FROM_TO },
	{ SMTPD, 900, "disconnect from %C ehlo=1 mail=1 rcpt=0/%n quit=1 commands=3/%3" },
	END
};

static const struct regex_step dnsbl_lost[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 900,
	  "NOQUEUE: reject: RCPT from %C: 554 5.7.1 Service unavailable; Sender "
	  "address [%S] blocked "
	  "using %L; listed" FROM_TO },
	{ SMTPD, 20000, "lost connection after RCPT from %C" },
	{ SMTPD, 1, "disconnect from %C ehlo=1 mail=1 rcpt=0/1 commands=2/3" },
	END
};

static const struct regex_step harvest[] = {
	{ SMTPD, 0, NXNAME },
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 700,
	  "*NOQUEUE: reject: RCPT from %C: 550 5.1.1 <%U>: Recipient address "
	  "rejected: User unknown in "
	  "virtual mailbox table; from=<%S> to=<%U> proto=ESMTP helo=<%H>" },
	{ SMTPD, 900, "disconnect from %C ehlo=1 mail=1 rcpt=0/%n quit=1 commands=3/%3" },
	END
};

static const struct regex_step too_many[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 300,
	  "*NOQUEUE: reject: RCPT from %C: 550 5.1.1 <%U>: Recipient address "
	  "rejected: User unknown in "
	  "local recipient table; from=<%S> to=<%U> proto=SMTP helo=<%H>" },
	{ SMTPD, 90, "too many errors after RCPT from %C" },
	{ SMTPD, 1, "disconnect from %C helo=1 mail=1 rcpt=0/%n commands=2/%2" },
	END
};

static const struct regex_step relaying[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 700,
	  "NOQUEUE: reject: RCPT from %C: 454 4.7.1 <%X>: Relay access denied; "
	  "from=<%S> to=<%X> "
	  "proto=ESMTP helo=<%H>" },
	{ SMTPD, 900, "disconnect from %C ehlo=1 mail=1 rcpt=0/1 rset=1 quit=1 commands=4/5" },
	END
};

static const struct regex_step helo[] = {
	{ SMTPD, 0, NXNAME },
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 700,
	  "NOQUEUE: reject: RCPT from %C: 504 5.5.2 <%N>: Helo command rejected: "
	  "need "
	  "fully-qualified hostname; from=<%S> to=<%R> proto=ESMTP helo=<%N>" },
	{ SMTPD, 900, "disconnect from %C ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4" },
	END
};

static const struct regex_step helo_unknown[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 700,
	  "NOQUEUE: reject: RCPT from %C: 450 4.7.1 <%D>: Helo command rejected: "
	  "Host not "
	  "found; from=<%S> to=<%R> proto=ESMTP helo=<%D>" },
	{ SMTPD, 900, "disconnect from %C ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4" },
	END
};

static const struct regex_step sender[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 700,
	  "NOQUEUE: reject: RCPT from %C: 450 4.1.8 <%S>: Sender address rejected: "
	  "Domain not found" FROM_TO },
	{ SMTPD, 900, "disconnect from %C ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4" },
	END
};

static const struct regex_step client_name[] = {
	{ SMTPD, 0, "warning: hostname %D does not resolve to address %A" },
	{ SMTPD, 0, "connect from unknown[%A]" },
	{ SMTPD, 700,
	  "NOQUEUE: reject: RCPT from unknown[%A]: 450 4.7.25 Client host rejected: "
	  "cannot find your "
	  "hostname, [%A]" FROM_TO },
	{ SMTPD, 900, "disconnect from unknown[%A] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4" },
	END
};

static const struct regex_step sasl[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 3000, "warning: SASL authentication failure: Password verification failed" },
	{ SMTPD, 1,
	  "warning: %C: SASL LOGIN authentication failed: authentication failure, "
	  "sasl_username=%l" },
	{ SMTPD, 800, "?lost connection after AUTH from %C" },
	{ SMTPD, 1, "disconnect from %C ehlo=1 auth=0/1 quit=1 commands=2/3" },
	END
};

static const struct regex_step sasl_submission[] = {
	{ SUBMISSION, 0, "connect from %C" },
	{ SUBMISSION, 3000,
	  "*warning: %C: SASL PLAIN authentication failed: UGFzc3dvcmQ6, "
	  "sasl_username=%l@mx.example" },
	{ SUBMISSION, 800, "disconnect from %C ehlo=1 auth=0/%n commands=1/%1" },
	END
};

static const struct regex_step aborted[] = { { SMTPD, 0, "connect from %C" },
					     { SMTPD, 5000, "lost connection after EHLO from %C" },
					     { SMTPD, 1, "disconnect from %C ehlo=1 commands=1" },
					     END };

static const struct regex_step no_tls[] = { { SMTPS, 0, "connect from %C" },
					    { SMTPS, 3000,
					      "SSL_accept error from %C: lost connection" },
					    { SMTPS, 1, "lost connection after CONNECT from %C" },
					    { SMTPS, 1, "disconnect from %C commands=0/0" },
					    END };

static const struct regex_step non_smtp[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 900, "warning: non-SMTP command from %C: GET / HTTP/1.1" },
	{ SMTPD, 1, "disconnect from %C unknown=0/1 commands=0/1" },
	END
};

static const struct regex_step rate[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 2, "warning: Connection rate limit exceeded: 6%n from %C for service smtp" },
	{ SMTPD, 1, "disconnect from %C commands=0/0" },
	END
};

static const struct regex_step screen_dnsbl[] = {
	{ POSTSCREEN, 0, SCREEN },
	{ DNSBLOG, 90, "addr %A listed by domain %L as 127.0.0.4" },
	{ DNSBLOG, 9, "?addr %A listed by domain zen.dnsbl.example as 127.0.0.10" },
	{ POSTSCREEN, 6000, "DNSBL rank %3 for %B" },
	{ POSTSCREEN, 900,
	  "?NOQUEUE: reject: RCPT from %B: 550 5.7.1 Service unavailable; "
	  "client [%A] blocked using "
	  "%L; from=<%S>, to=<%R>, proto=ESMTP, helo=<%H>" },
	{ POSTSCREEN, 9000, "?HANGUP after 1.%d from %B in tests after SMTP handshake" },
	{ POSTSCREEN, 1, "DISCONNECT %B" },
	END
};

static const struct regex_step screen_pregreet[] = {
	{ POSTSCREEN, 0, SCREEN },
	{ POSTSCREEN, 300, "PREGREET %d after 0.%d from %B: EHLO %H\\r\\n" },
	{ POSTSCREEN, 2000, "?HANGUP after 0.%d from %B in tests after SMTP handshake" },
	{ POSTSCREEN, 1, "DISCONNECT %B" },
	END
};

static const struct regex_step screen_hangup[] = {
	{ POSTSCREEN, 0, SCREEN },
	{ POSTSCREEN, 4000, "HANGUP after 0.%d from %B in tests before SMTP handshake" },
	{ POSTSCREEN, 1, "DISCONNECT %B" },
	END
};

static const struct regex_step imap_failed[] = {
	{ DOVECOT, 0, "auth: passwd-file(%l,%A,<%s>): unknown user" },
	{ DOVECOT, 9000,
	  "imap-login: Disconnected: Connection closed (auth failed, %n attempts "
	  "in %d secs): "
	  "user=<%l>, method=PLAIN, rip=%A, lip=203.0.113.25, TLS, session=<%s>" },
	END
};

static const struct regex_step pop3_failed[] = {
	{ DOVECOT, 0,
	  "pop3-login: Aborted login by logging out (auth failed, 1 attempts in %d "
	  "secs): "
	  "user=<%l>, method=PLAIN, rip=%A, lip=203.0.113.25, session=<%s>" },
	END
};

static const struct regex_step imap_none[] = {
	{ DOVECOT, 0,
	  "imap-login: Disconnected: Connection closed (no auth attempts in %d "
	  "secs): user=<>, "
	  "rip=%A, lip=203.0.113.25, session=<%s>" },
	END
};

static const struct regex_step courier_smtp[] = {
	{ ESMTPD, 0, "started,ip=[%W],port=[%P]" },
	{ ESMTPD, 900, "*error,relay=%W,port=%P,from=<%S>,to=<%U>: 550 User <%U> unknown" },
	{ ESMTPD, 900,
	  "?error,relay=%W,port=%P,msg=\"535 Authentication failed.\",cmd: AUTH "
	  "LOGIN %l" },
	END
};

static const struct regex_step courier_failed[] = {
	{ IMAPD, 0, "LOGIN FAILED, user=%l, ip=[%W], port=[%P]" },
	{ POP3D, 5000, "?LOGIN FAILED, user=%l@mx.example, ip=[%W], port=[%P]" },
	END
};

/* Clients that write log lines of their own making where the server quotes them. */
static const struct regex_step forged[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 700,
	  "?NOQUEUE: reject: RCPT from %C: 501 5.5.2 <%G>: Helo command rejected: "
	  "Invalid name; "
	  "from=<%S> to=<%R> proto=ESMTP helo=<%G>" },
	{ SMTPD, 700,
	  "?NOQUEUE: reject: RCPT from %C: 550 5.1.1 <%U>: Recipient address "
	  "rejected: User unknown in "
	  "local recipient table; from=<\"%F\"@%D> to=<%U> proto=ESMTP helo=<%H>" },
	{ SMTPD, 900,
	  "?warning: %C: SASL LOGIN authentication failed: authentication failure, "
	  "sasl_username=%F" },
	{ SMTPD, 1, "disconnect from %C ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4" },
	END
};

/* The wave: zombies that take their 5xx and stay until the server has had enough of them. */

static const struct regex_step wave_listed[] = {
	{ SMTPD, 0, NXNAME },
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 900,
	  "*NOQUEUE: reject: RCPT from %C: 554 5.7.1 Service unavailable; Client "
	  "host [%A] blocked "
	  "using %L; https://www.%L/query/ip/%A" FROM_TO },
	{ SMTPD, 300000, "timeout after RCPT from %C" },
	{ SMTPD, 1, "disconnect from %C ehlo=1 mail=1 rcpt=0/%n commands=2/%2" },
	END
};

static const struct regex_step wave_harvest[] = {
	{ SMTPD, 0, "connect from %C" },
	{ SMTPD, 2000,
	  "*NOQUEUE: reject: RCPT from %C: 550 5.1.1 <%U>: Recipient address "
	  "rejected: User unknown in "
	  "virtual mailbox table; from=<%S> to=<%U> proto=ESMTP helo=<%H>" },
	{ SMTPD, 200000, "lost connection after RCPT from %C" },
	{ SMTPD, 1, "disconnect from %C ehlo=1 mail=1 rcpt=0/%n commands=2/%2" },
	END
};

static const struct regex_step wave_full[] = {
	{ MASTER, 0,
	  "warning: service \"smtp\" (25) has reached its process limit \"400\": new "
	  "clients may experience "
	  "noticeable delays" },
	END
};

const struct script scripts_bots[] = {
	{ 200, 1, 3, dnsbl_client }, { 40, 1, 1, dnsbl_lost },	    { 140, 1, 5, harvest },
	{ 20, 10, 20, too_many },    { 30, 1, 1, relaying },	    { 30, 1, 1, helo },
	{ 30, 1, 1, helo_unknown },  { 30, 1, 1, sender },	    { 20, 1, 1, client_name },
	{ 120, 1, 1, sasl },	     { 40, 1, 4, sasl_submission }, { 60, 1, 1, aborted },
	{ 20, 1, 1, no_tls },	     { 10, 1, 1, non_smtp },	    { 10, 1, 9, rate },
	{ 60, 1, 6, screen_dnsbl },  { 40, 1, 1, screen_pregreet }, { 40, 1, 1, screen_hangup },
	{ 70, 1, 6, imap_failed },   { 20, 1, 1, pop3_failed },	    { 60, 1, 1, imap_none },
	{ 10, 1, 3, courier_smtp },  { 10, 1, 1, courier_failed },  { 5, 1, 1, forged },
	{ 0, 0, 0, NULL },
};

const struct script scripts_wave[] = {
	{ 70, 1, 3, wave_listed },
	{ 29, 1, 5, wave_harvest },
	{ 1, 1, 1, wave_full },
	{ 0, 0, 0, NULL },
};
