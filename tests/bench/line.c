/*
 * One line of the generated log: the header in one of three forms, and the text with its holes
 * filled. Written by hand, since printf would cost more than all the rest.
 */
#include "line.h"

#include <string.h>
#include <time.h>

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define SERVER "mx"

typedef char *field_fn(char *p, const struct correlation *s);

static const char *const zones[] = {
	"zen.dnsbl.example", "bl.spam.example",	 "b.barrier.test",
	"dnsbl-1.list.test", "ix.dnsbl.example",
};

/* What the lab saw, and what it takes to imitate the rules' words in places that clients fill. */
static const char *const forgeries[] = {
	"h??from?unknown[203.0.113.99]:?550",
	"a> to=<b> from unknown[203.0.113.99]: 554 5.7.1 Service unavailable; Client host",
	"NOQUEUE: reject: RCPT from unknown[203.0.113.99]: 550 5.1.1 <x>: "
	"Recipient address rejected: User unknown",
	"u?Nov 14 00:00:00 mx postfix/smtpd[1]: warning: unknown[203.0.113.99]: "
	"SASL LOGIN authentication failed: x",
	"x]: 554 5.7.1 <y>: Relay access denied; from=<z",
	"(auth failed, 9 attempts in 9 secs): user=<x>, rip=203.0.113.99, lip=192.0.2.1",
};

/* A number that belongs to the session and the hole; `each` gives every repeat its own. */
static uint64_t of(const struct correlation *s, unsigned hole)
{
	return rng_mix(s->seed + hole * 0x10001U);
}

static uint64_t each(const struct correlation *s, unsigned hole)
{
	return rng_mix(s->seed + hole * 0x10001U + (uint64_t)(s->done + 1) * 0x100000001U);
}

static char *put_digits(char *p, uint64_t n, unsigned width)
{
	for (unsigned i = width; i-- > 0; n /= 10)
		p[i] = (char)('0' + n % 10);
	return p + width;
}

static char *put_coded(char *p, uint64_t n, unsigned width, unsigned bits, const char *alphabet)
{
	while (width-- > 0) {
		*p++ = alphabet[n & ((1U << bits) - 1)];
		n >>= bits;
	}
	return p;
}

static char *put_hex(char *p, uint64_t n, unsigned width)
{
	return put_coded(p, n, width, 4, "0123456789ABCDEF");
}

static char *put_addr(char *p, const struct correlation *s)
{
	size_t skip = s->client->host_len + 1U, n = s->client->who_len - skip - 1;

	memcpy(p, s->client->who + skip, n);
	return p + n;
}

static char *put_client(char *p, const struct correlation *s)
{
	memcpy(p, s->client->who, s->client->who_len);
	return p + s->client->who_len;
}

static char *put_port(char *p, const struct correlation *s)
{
	return names_number(p, 1024 + of(s, 'P') % 64000);
}

static char *put_screened(char *p, const struct correlation *s)
{
	*p++ = '[';
	p = put_addr(p, s);
	p = names_text(p, "]:");
	return put_port(p, s);
}

static char *put_mapped(char *p, const struct correlation *s)
{
	if (!s->client->v6)
		p = names_text(p, "::ffff:");
	return put_addr(p, s);
}

static char *put_host(char *p, const struct correlation *s)
{
	return names_host(p, of(s, 'D'));
}

static char *put_helo(char *p, const struct correlation *s)
{
	uint64_t key = of(s, 'H');

	switch (key % 4) {
	case 0:
		return put_hex(names_text(p, "WIN-"), key >> 8, 11);
	case 1:
		return names_text(p, "ylmf-pc");
	case 2:
		*p++ = '[';
		p = put_addr(p, s);
		*p++ = ']';
		return p;
	default:
		return names_domain(p, key >> 8);
	}
}

static char *put_workstation(char *p, const struct correlation *s)
{
	return put_hex(names_text(p, "WIN-"), of(s, 'N'), 11);
}

static char *put_mailbox(char *p, uint64_t key)
{
	p = names_local(p, key);
	*p++ = '@';
	return names_domain(p, key >> 33);
}

static char *put_sender(char *p, const struct correlation *s)
{
	uint64_t key = of(s, 'S');

	return key % 40 == 0 ? p : put_mailbox(p, key >> 8);
}

static char *put_foreign(char *p, const struct correlation *s)
{
	return put_mailbox(p, of(s, 'X'));
}

static char *put_rcpt(char *p, const struct correlation *s)
{
	return names_text(names_local(p, each(s, 'R')), "@mx.example");
}

static char *put_nobody(char *p, const struct correlation *s)
{
	uint64_t key = each(s, 'U');

	p = names_local(p, key);
	*p++ = (char)('a' + (key >> 40) % 26);
	return names_text(p, "@mx.example");
}

static char *put_queue_id(char *p, const struct correlation *s)
{
	uint64_t key = of(s, 'Q');

	return put_hex(put_hex(p, key, 5), 0xA6 | (key >> 20) << 8, 6);
}

static char *put_message_id(char *p, const struct correlation *s)
{
	uint64_t key = of(s, 'M');

	p = put_digits(p, 20261114000000 + key % 7000000, 14);
	*p++ = '.';
	p = put_hex(p, key >> 8, 8);
	*p++ = '@';
	return names_domain(p, of(s, 'S') >> 41);
}

static char *put_zone(char *p, const struct correlation *s)
{
	return names_text(p, zones[of(s, 'L') % LENGTH(zones)]);
}

static char *put_login(char *p, const struct correlation *s)
{
	return names_local(p, each(s, 'l'));
}

static char *put_dovecot_session(char *p, const struct correlation *s)
{
	static const char base64[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return put_coded(put_coded(p, of(s, 's'), 8, 6, base64), of(s, 't'), 8, 6, base64);
}

static char *put_forged(char *p, const struct correlation *s)
{
	return names_text(p, forgeries[of(s, 'F') % LENGTH(forgeries)]);
}

/* Postfix replaces what it does not like in a HELO. */
static char *put_forged_helo(char *p, const struct correlation *s)
{
	char *end = put_forged(p, s);

	for (; p < end; p++)
		if (strchr(" <>\"();", *p))
			*p = '?';
	return end;
}

static char *put_remote(char *p, const struct correlation *s)
{
	return names_host(p, of(s, 'r'));
}

static char *put_remote_addr(char *p, const struct correlation *s)
{
	return names_number(names_text(p, "198.51.100."), 1 + of(s, 'r') % 254);
}

static char *put_repeats(char *p, const struct correlation *s)
{
	return names_number(p, s->repeats);
}

static char *put_repeats1(char *p, const struct correlation *s)
{
	return names_number(p, s->repeats + 1U);
}

static char *put_repeats2(char *p, const struct correlation *s)
{
	return names_number(p, s->repeats + 2U);
}

static char *put_repeats3(char *p, const struct correlation *s)
{
	return names_number(p, s->repeats + 3U);
}

static char *put_repeats4(char *p, const struct correlation *s)
{
	return names_number(p, s->repeats + 4U);
}

static char *put_size(char *p, const struct correlation *s)
{
	uint64_t key = of(s, 'z');

	return names_number(p, 700 + (key >> 8) % (1U << (10 + key % 12)));
}

static char *put_two(char *p, const struct correlation *s)
{
	return put_digits(p, 10 + each(s, 'd') % 50, 2);
}

static char *put_pid(char *p, const struct correlation *s)
{
	return names_number(p, 1000 + of(s, 'p') % 90000);
}

static field_fn *const fields[128] = {
	['A'] = put_addr,
	['C'] = put_client,
	['B'] = put_screened,
	['P'] = put_port,
	['W'] = put_mapped,
	['D'] = put_host,
	['H'] = put_helo,
	['S'] = put_sender,
	['N'] = put_workstation,
	['R'] = put_rcpt,
	['U'] = put_nobody,
	['X'] = put_foreign,
	['Q'] = put_queue_id,
	['M'] = put_message_id,
	['L'] = put_zone,
	['l'] = put_login,
	['s'] = put_dovecot_session,
	['F'] = put_forged,
	['G'] = put_forged_helo,
	['r'] = put_remote,
	['i'] = put_remote_addr,
	['n'] = put_repeats,
	['1'] = put_repeats1,
	['2'] = put_repeats2,
	['3'] = put_repeats3,
	['4'] = put_repeats4,
	['z'] = put_size,
	['d'] = put_two,
	['p'] = put_pid,
};

static char *put_bsd_stamp(char *p, const struct tm *t)
{
	memcpy(p, &"JanFebMarAprMayJunJulAugSepOctNovDec"[3 * t->tm_mon], 3);
	p[3] = ' ';
	p = put_digits(p + 4, (uint64_t)t->tm_mday, 2);
	if (t->tm_mday < 10)
		p[-2] = ' ';
	*p++ = ' ';
	return p;
}

static char *put_iso_date(char *p, const struct tm *t)
{
	p = put_digits(p, (uint64_t)t->tm_year + 1900, 4);
	*p++ = '-';
	p = put_digits(p, (uint64_t)t->tm_mon + 1, 2);
	*p++ = '-';
	p = put_digits(p, (uint64_t)t->tm_mday, 2);
	*p++ = 'T';
	return p;
}

static char *put_stamp(char *p, enum format format, uint64_t when)
{
	static char text[32];
	static size_t length;
	static uint64_t second = UINT64_MAX;
	static enum format last;

	if (when / 1000000 != second || format != last) {
		time_t t = (time_t)(when / 1000000);
		struct tm tm;
		char *q;

		gmtime_r(&t, &tm);
		q = format == FORMAT_BSD ? put_bsd_stamp(text, &tm) : put_iso_date(text, &tm);
		q = put_digits(q, (uint64_t)tm.tm_hour, 2);
		*q++ = ':';
		q = put_digits(q, (uint64_t)tm.tm_min, 2);
		*q++ = ':';
		q = put_digits(q, (uint64_t)tm.tm_sec, 2);
		length = (size_t)(q - text);
		second = when / 1000000;
		last = format;
	}
	memcpy(p, text, sizeof(text));
	p += length;
	if (format == FORMAT_BSD)
		return p;
	*p++ = '.';
	p = put_digits(p, when % 1000000, 6);
	return names_text(p, "+00:00");
}

/* rsyslog's RFC 5424 form: the program is cut at the slash, two spaces before the message. */
static char *put_program_5424(char *p, const struct program_info *program, uint32_t pid)
{
	const char *slash = strchr(program->name, '/');
	size_t n = slash ? (size_t)(slash - program->name) : strlen(program->name);

	memcpy(p, program->name, n);
	p += n;
	*p++ = ' ';
	if (program->pids == PID_NONE)
		*p++ = '-';
	else
		p = names_number(p, pid);
	return names_text(p, " - -  ");
}

static char *put_program(char *p, const struct program_info *program, uint32_t pid)
{
	p = names_text(p, program->name);
	if (program->pids != PID_NONE) {
		*p++ = '[';
		p = names_number(p, pid);
		*p++ = ']';
	}
	return names_text(p, ": ");
}

static char *put_header(char *p, enum format format, const struct correlation *s, uint32_t pid,
			bool diagnostics_warning)
{
	const struct program_info *program = &scripts_programs[s->step->program];

	if (format == FORMAT_5424) {
		*p++ = '<';
		p = names_number(p, diagnostics_warning ? 20 : program->priority);
		p = names_text(p, ">1 ");
	}
	p = put_stamp(p, format, s->when);
	p = names_text(p, " " SERVER " ");
	if (format == FORMAT_5424)
		return put_program_5424(p, program, pid);
	return put_program(p, program, pid);
}

char *line_write(char *p, enum format format, const struct correlation *s, uint32_t pid,
		 const char *text)
{
	p = put_header(p, format, s, pid, strncmp(text, "warning:", 8) == 0);
	for (;;) {
		const char *hole = strchrnul(text, '%');
		size_t n = (size_t)(hole - text);

		memcpy(p, text, n);
		p += n;
		if (!*hole)
			break;
		p = fields[(unsigned char)hole[1] & 127](p, s);
		text = hole + 2;
	}
	*p++ = '\n';
	return p;
}
