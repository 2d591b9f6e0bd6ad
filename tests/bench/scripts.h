#ifndef BENCH_SCRIPTS_H
#define BENCH_SCRIPTS_H

/*
 * What the generated log consists of: sessions, as lines with holes. All shapes were taken from
 * what real servers wrote.
 *
 * A text may begin with `?` (written in every second session), `!` (only where the client has no
 * confirmed name, and then in every second session) or `*` (repeated %n times). Holes:
 *
 *   %A address         %C host[address]     %B [address]:port     %P port      %W ::ffff:address
 *   %D a host name     %H HELO              %N a workstation      %S sender    %R a recipient here
 *   %U an unknown one  %X one elsewhere     %Q queue id           %M message-id
 *   %L block list      %l login name        %s Dovecot session    %F forged text
 *   %r other server    %i its address       %n repeats            %1 to %4: %n plus that
 *   %z size            %d two digits        %p a pid              %G forged HELO
 *
 * A hole has the same content throughout a session, but recipients, login names and %d differ
 * where a line is repeated.
 */
#include <stddef.h>
#include <stdint.h>

/* Who writes a line. The order is that of scripts_programs. */
enum program {
	SMTPD,
	SUBMISSION,
	SMTPS,
	CLEANUP,
	QMGR,
	SMTP,
	LOCAL,
	LMTP,
	BOUNCE,
	POSTSCREEN,
	DNSBLOG,
	ANVIL,
	MASTER,
	DKIM,
	DOVECOT,
	ESMTPD,
	IMAPD,
	POP3D,
	CRON,
	SSHD,
	SYSTEMD,
	PROGRAMS
};

/* Which process of the program: one a session (smtpd), one of a few, or no pid in the line. */
enum pids { PID_SESSION, PID_POOL, PID_NONE };

struct program_info {
	const char *name;
	enum pids pids;
	uint16_t processes; /* of PID_POOL, at most 8 */
	uint8_t priority;   /* RFC 5424's <n> */
};

struct regex_step {
	uint8_t program;  /* enum program */
	uint32_t wait;	  /* ms at most since the line before, at least a quarter of it */
	const char *text; /* NULL ends the script */
};

struct script {
	uint16_t weight;  /* share within its table */
	uint8_t min, max; /* how often a repeated line is repeated: %n */
	const struct regex_step *steps;
};

#define END                                                                                        \
	{                                                                                          \
		0, 0, NULL                                                                         \
	}
#define FROM_TO "; from=<%S> to=<%R> proto=ESMTP helo=<%H>"
#define SENT "delay=0.%d, delays=0.1/0.01/0.2/0.%d, dsn=2.0.0, status=sent "
#define TLS                                                                                        \
	"Anonymous TLS connection established from %C: TLSv1.3 with cipher "                       \
	"TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS "      \
	"(2048 bits)"
#define SCREEN "CONNECT from %B to [203.0.113.25]:25"

extern const struct program_info scripts_programs[PROGRAMS];

/* Each ends with .steps == NULL. */
extern const struct script scripts_mail[];
extern const struct script scripts_users[];
extern const struct script scripts_bots[];
extern const struct script scripts_noise[];
extern const struct script scripts_wave[];

#endif
