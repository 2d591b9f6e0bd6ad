/* SPDX-License-Identifier: MIT */
/*
 * forged_lines: the lines of tests/forged/SERVER, and what a client can put into them.
 *
 *   field NAME KIND MOST INNOCENT   a field that the client sets, at most MOST bytes; an honest value
 *   cut N | drop N | pieces N       longer lines are cut at N bytes, or dropped, or split
 *   program NAME                    of the `none` lines below
 *   RULE: LINE                      this rule matches; {NAME} is a field, {NAME~} its echo in a reply
 *   none: LINE                      no rule matches
 *
 * KIND is how the server escapes the client's bytes; see forged_write().
 */
#ifndef RELAYDAM_TESTS_FORGED_LINES_H
#define RELAYDAM_TESTS_FORGED_LINES_H

#include <glob.h>
#include <string.h>

#include "unit.h"

enum { FORGED_FIELDS = 16, FORGED_CUTS = 4, FORGED_PARTS = 24, FORGED_LONGEST = 65536 };

struct forged_field {
	char name[16], kind[16], innocent[64];
	size_t most;
};

struct forged_server {
	char name[32], program[32];
	struct forged_field fields[FORGED_FIELDS];
	size_t fields_n, cuts[FORGED_CUTS], cuts_n, drop, pieces;
};

struct forged_part {
	char *text; /* NULL: a field */
	size_t field;
	bool echo;
};

struct forged_line {
	const struct forged_server *server;
	char rule[64];	  /* "postfix/relay"; "" for none */
	char program[32]; /* of a `none` line */
	struct forged_part parts[FORGED_PARTS];
	size_t parts_n;
	uint64_t tried, taken, fooled;
};

struct forged_text {
	char p[FORGED_LONGEST];
	size_t n;
};

static inline void forged_add(struct forged_text *text, const char *bytes, size_t n)
{
	if (n > sizeof(text->p) - text->n)
		n = sizeof(text->p) - text->n;
	memcpy(text->p + text->n, bytes, n);
	text->n += n;
}

static inline void forged_byte(struct forged_text *text, int byte)
{
	if (text->n < sizeof(text->p))
		text->p[text->n++] = (char)byte;
}

static size_t forged_field(const struct forged_server *server, const char *name, size_t n)
{
	for (size_t i = 0; i < server->fields_n; i++)
		if (strlen(server->fields[i].name) == n &&
		    memcmp(server->fields[i].name, name, n) == 0)
			return i;
	fail_msg("%s: no field {%.*s}", server->name, (int)n, name);
	return 0;
}

static void forged_split(struct forged_line *line, const char *text)
{
	while (*text) {
		struct forged_part *part = &line->parts[line->parts_n++];
		size_t n = strcspn(text, "{");

		assert_true(line->parts_n <= FORGED_PARTS);
		if (n > 0) {
			part->text = strndup(text, n);
			text += n;
			continue;
		}
		n = strcspn(text, "}~");
		part->field = forged_field(line->server, text + 1, n - 1);
		part->echo = text[n] == '~';
		text += n + part->echo + 1;
	}
}

static bool forged_head(struct forged_server *server, const char *text)
{
	struct forged_field *field = &server->fields[server->fields_n];
	size_t n;

	if (sscanf(text, "field %15s %15s %zu %63[^\n]", field->name, field->kind, &field->most,
		   field->innocent) == 4)
		server->fields_n++;
	else if (sscanf(text, "cut %zu", &n) == 1)
		server->cuts[server->cuts_n++] = n;
	else if (sscanf(text, "drop %zu", &n) == 1)
		server->drop = n;
	else if (sscanf(text, "pieces %zu", &n) == 1)
		server->pieces = n;
	else
		return sscanf(text, "program %31s", server->program) == 1 || *text == '#';
	assert_true(server->fields_n < FORGED_FIELDS && server->cuts_n < FORGED_CUTS);
	return true;
}

/* Reads one file; the lines are added to *lines. */
static void forged_read(const char *path, struct forged_line **lines, size_t *n)
{
	struct forged_server *server = calloc(1, sizeof(*server));
	char text[2048], *colon;
	FILE *f = fopen(path, "r");

	assert_non_null(server);
	assert_non_null(f);
	snprintf(server->name, sizeof(server->name), "%s", strrchr(path, '/') + 1);
	while (fgets(text, sizeof(text), f)) {
		struct forged_line *line;

		text[strcspn(text, "\n")] = '\0';
		if (forged_head(server, text))
			continue;
		colon = strstr(text, ": ");
		assert_non_null(colon);
		*colon = '\0';
		*lines = reallocarray(*lines, *n + 1, sizeof(**lines));
		line = &(*lines)[(*n)++];
		*line = (struct forged_line){ .server = server };
		if (strcmp(text, "none") != 0)
			snprintf(line->rule, sizeof(line->rule), "%.31s/%.31s", server->name, text);
		memcpy(line->program, server->program, sizeof(line->program));
		forged_split(line, colon + 2);
	}
	fclose(f);
}

/* Reads the lines of all servers; free them with forged_free(). */
static struct forged_line *forged_lines(const char *pattern, size_t *n)
{
	struct forged_line *lines = NULL;
	glob_t paths;

	*n = 0;
	assert_int_equal(glob(pattern, 0, NULL, &paths), 0);
	for (size_t i = 0; i < paths.gl_pathc; i++)
		forged_read(paths.gl_pathv[i], &lines, n);
	globfree(&paths);
	return lines;
}

static inline void forged_free(struct forged_line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < lines[i].parts_n; k++)
			free(lines[i].parts[k].text);
		if (i + 1 == n || lines[i + 1].server != lines[i].server)
			free((void *)lines[i].server);
	}
	free(lines);
}

static inline bool forged_plain(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '.' || c == '-' || c == '_';
}

/*
 * Writes an address. The local part is quoted if necessary (Exim may write a backslash instead); in
 * an echo it is not quoted.
 */
static void forged_box(struct forged_text *out, const char *p, size_t n, bool bare, bool backslash)
{
	size_t special = 0;

	for (size_t i = 0; i < n; i++)
		special += !forged_plain((unsigned char)p[i]);
	if (special == 0)
		bare = true;
	if (!bare && !backslash)
		forged_byte(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (!bare &&
		    (backslash ? !forged_plain((unsigned char)p[i]) : strchr("\"\\", p[i]) != NULL))
			forged_byte(out, '\\');
		forged_byte(out, p[i]);
	}
	if (!bare && !backslash)
		forged_byte(out, '"');
	forged_add(out, "@d.example", 10);
}

/* Writes an address as sent by the client, in a form that Exim can parse. */
static void forged_eximrcpt(struct forged_text *out, const char *p, size_t n, unsigned choice)
{
	bool comment = n > 0 && (choice & 4) && !memchr(p, '(', n) && !memchr(p, ')', n) &&
		       !memchr(p, '\\', n);
	bool brackets = choice & 1 || comment;

	if (brackets)
		forged_byte(out, '<');
	forged_box(out, comment ? "c" : p, comment ? 1 : n, false, choice & 2);
	if (brackets)
		forged_byte(out, '>');
	if (!comment)
		return;
	forged_byte(out, '(');
	forged_add(out, p, n);
	forged_byte(out, ')');
}

/*
 * Writes a client's bytes as the server does. Each kind replaces unprintable bytes by "?" or an
 * escape; bytes 0x80 to 0xff may be kept.
 *   printable  nothing else is changed         word     no blanks: they are escaped
 *   host       letters, digits, ".", "-", "_"  ident    as tcpserver has it: no colons
 *   neutered   Postfix's HELO                  blanked  Courier's addresses; the echo is printable
 *   mailbox    an address, quoted; the echo is bare. postbox: old Postfix does not quote
 *   eximbox    an address, quoted or with backslashes
 *   eximrcpt   the same, in brackets or not, perhaps with a comment
 *   junk       printable, without the client's own address: with it a client would only ban itself
 */
static inline void forged_write(struct forged_text *out, const struct forged_field *field,
				bool echo, const char *bytes, size_t n, unsigned choice)
{
	const char *kind = field->kind;
	char *p = malloc(n + 1);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c < ' ' || c == 0x7f || (c >= 0x80 && choice & 1))
			c = '?';
		if (strcmp(kind, "host") == 0 && !forged_plain(c))
			c = '-';
		else if (strcmp(kind, "word") == 0 && c == ' ')
			c = '_';
		else if (strcmp(kind, "ident") == 0 && c == ':')
			c = '?';
		else if (strcmp(kind, "neutered") == 0 && strchr(" <>()\\\";@", c))
			c = '?';
		else if (strcmp(kind, "blanked") == 0 && !echo && strchr(":<>", c))
			c = ' ';
		p[i] = (char)c;
	}
	p[n] = '\0';
	/* info_log_addr_form = internal, the form of Postfix before 3.5: never quoted */
	if (strcmp(kind, "postbox") == 0)
		forged_box(out, p, n, echo || (choice & 6) == 6, false);
	else if (strcmp(kind, "mailbox") == 0)
		forged_box(out, p, n, echo, false);
	else if (strcmp(kind, "eximrcpt") == 0)
		forged_eximrcpt(out, p, n, choice);
	else if (strcmp(kind, "eximbox") == 0)
		forged_box(out, p, n, false, choice & 2);
	else
		forged_add(out, p, n);
	free(p);
}

#endif
