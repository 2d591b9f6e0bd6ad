/* SPDX-License-Identifier: MIT */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pattern.h"

#include <errno.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Figures by measurement: PCRE2's own match limit lets one hostile line cost 25 ms, this one
 * 0.3 ms; its own JIT stack of 32 KiB fails on a line of 3.6 KB.
 */
enum {
	MATCH_LIMIT = 100000,
	JIT_STACK_START = 32 * 1024,
	JIT_STACK_MOST = 1024 * 1024,
	GROUP_PLACES = 12, /* a group may stand in as many alternatives */
	QID_LEAST = 5,
	QID_MOST = 32,
};

struct places {
	unsigned n;
	uint32_t at[GROUP_PLACES];
};

struct pattern {
	pcre2_code *code;
	bool jit;
	char *expanded;
	struct lead lead;
	struct places places[GROUPS];
};

struct pattern_scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

#define ADDR "(?<addr>(?:IPv6:)?+[0-9A-Fa-f.:]{2,45}+(?:%[0-9A-Za-z._-]{1,16}+)?+)"
#define PORT "(?<port>\\d{1,5}+)"

static const struct macro {
	const char *name, *text;
} macros[] = {
	{ "<client>", "(?<host>[^\\s\\[\\]]*+)\\[" ADDR "\\](?::" PORT ")?+" },
	{ "<addr>", ADDR },
	{ "<port>", PORT },
	{ "<qid>", "(?<qid>[0-9A-Za-z]{5,32}+)" },
	{ "<quoted>", "<(?:\"(?:[^\"\\\\]|\\\\.)*+\"|[^\"<>])*+>" },
	{ "<text>", "[^\\[\\]<>\"]*+" },
};

static const char *const group_names[GROUPS] = {
	[GROUP_ADDR] = "addr", [GROUP_HOST] = "host",	  [GROUP_PORT] = "port",
	[GROUP_QID] = "qid",   [GROUP_WEIGHT] = "weight",
};

static const struct macro *macro_at(const char *text)
{
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		if (strncmp(text, macros[i].name, strlen(macros[i].name)) == 0)
			return &macros[i];
	return NULL;
}

/* "(?<addr>" and "(?P<addr>" name groups; they are no macros. */
static bool names_a_group(const char *text, const char *at)
{
	if (at - text < 2)
		return false;
	return memcmp(at - 2, "(?", 2) == 0 || memcmp(at - 2, "\\k", 2) == 0 ||
	       (at - text > 2 && memcmp(at - 3, "(?P", 3) == 0);
}

static int expand(const char *text, char **out)
{
	char *buf = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&buf, &size);
	int failed;

	if (!f)
		return -ENOMEM;
	for (const char *p = text; *p;) {
		const struct macro *macro = NULL;

		if (*p == '<' && !names_a_group(text, p))
			macro = macro_at(p);
		if (macro)
			fputs(macro->text, f);
		else
			putc(*p, f);
		p += macro ? strlen(macro->name) : 1;
	}
	failed = ferror(f);
	if (fclose(f) != 0 || failed) {
		free(buf);
		return -ENOMEM;
	}
	*out = buf;
	return 0;
}

/* Is there a '|' outside all groups and classes? Then no literal stands in every match. */
static bool has_top_level_choice(const char *text)
{
	int depth = 0;

	for (const char *p = text; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '[')
			for (p += p[1] == '^' ? 2 : 1, p += *p == ']'; *p && *p != ']'; p++)
				p += *p == '\\' && p[1];
		else if (*p == '(')
			depth++;
		else if (*p == ')')
			depth--;
		else if (*p == '|' && depth <= 0)
			return true;
		if (!*p)
			break;
	}
	return false;
}

/* The literal that text begins with as a byte, or -1; sets how much of text it takes. */
static int literal_at(const char *text, size_t *taken)
{
	static const char meta[] = "\\^$.[]|()?*+{}#";
	unsigned char c = (unsigned char)text[0];

	*taken = 1;
	if (c == '\\') {
		c = (unsigned char)text[1];
		*taken = 2;
		if (c == '\0' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z'))
			return -1;
	} else if (c == '\0' || strchr(meta, c) || (c == '<' && macro_at(text))) {
		return -1;
	}
	if (text[*taken] && strchr("?*+{", text[*taken]))
		return -1;
	return c;
}

/* "^<qid>" and "^(?:NOQUEUE|<qid>)" begin with a queue id. Returns what is behind it, or NULL. */
static const char *behind_qid(const char *text)
{
	static const char *const heads[] = { "(?:NOQUEUE|<qid>)", "(?:<qid>|NOQUEUE)", "<qid>" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size_t n = strlen(heads[i]);

		if (strncmp(text, heads[i], n) == 0)
			return strchr("?*+{", text[n]) && text[n] ? NULL : text + n;
	}
	return NULL;
}

/* What would hide a '|' or a bracket from has_top_level_choice(): quoting, comments, options, verbs. */
static bool is_beyond_us(const char *text)
{
	static const char *const marks[] = { "\\Q", "\\c", "(*", "(?#", "(?C",
					     "(?^", "(?-", "[:", "[.",	"[=" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strstr(text, marks[i]))
			return true;
	for (const char *p = strstr(text, "(?"); p; p = strstr(p + 2, "(?"))
		if (p[2] >= 'a' && p[2] <= 'z')
			return true;
	return false;
}

/*
 * Reads off the pattern's text what every match must begin with. Gives up, which costs time
 * and nothing else, at the first thing that is not plainly a literal.
 */
static struct lead find_lead(const char *text, const char *expanded)
{
	struct lead lead = { 0 };
	unsigned char key[8] = { 0 }, mask[8] = { 0 };
	const char *rest;

	if (is_beyond_us(expanded) || has_top_level_choice(expanded))
		return lead;
	if (*text == '^')
		text++;
	rest = behind_qid(text);
	if (rest)
		text = rest;
	lead.behind_qid = rest != NULL;
	for (unsigned i = 0; i < 8; i++) {
		size_t taken;
		int c = literal_at(text, &taken);

		if (c < 0)
			break;
		key[i] = (unsigned char)c;
		mask[i] = 0xff;
		text += taken;
	}
	memcpy(&lead.key, key, 8);
	memcpy(&lead.mask, mask, 8);
	return lead;
}

size_t lead_qid(struct span message)
{
	size_t n = 0;

	while (n < message.n && n < QID_MOST) {
		char c = message.p[n];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
			break;
		n++;
	}
	return n >= QID_LEAST ? n : 0;
}

static int find_groups(struct pattern *pattern, char **error)
{
	PCRE2_SPTR table;
	uint32_t count, size;

	pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &table);
	for (uint32_t i = 0; i < count; i++, table += size) {
		uint32_t number = (uint32_t)table[0] << 8 | table[1];

		for (int g = 0; g < GROUPS; g++) {
			struct places *places = &pattern->places[g];

			if (strcmp((const char *)table + 2, group_names[g]) != 0)
				continue;
			if (places->n == GROUP_PLACES) {
				*error = strdup("a group stands in too many alternatives");
				return *error ? -EINVAL : -ENOMEM;
			}
			places->at[places->n++] = number;
		}
	}
	return 0;
}

static int compile(struct pattern *pattern, char **error, size_t *at)
{
	PCRE2_UCHAR text[256];
	PCRE2_SIZE where;
	int code;

	pattern->code = pcre2_compile((PCRE2_SPTR)pattern->expanded, PCRE2_ZERO_TERMINATED,
				      PCRE2_ANCHORED | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY |
					      PCRE2_DUPNAMES | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
					      PCRE2_NEVER_BACKSLASH_C,
				      &code, &where, NULL);
	if (!pattern->code) {
		pcre2_get_error_message(code, text, sizeof(text));
		*error = strdup((const char *)text);
		*at = where;
		return *error ? -EINVAL : -ENOMEM;
	}
	/* Where memory may not be made executable there is no JIT; matching works all the same. */
	pattern->jit = pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE) == 0;
	return find_groups(pattern, error);
}

int pattern_new(struct pattern **out, const char *text, char **error, size_t *at)
{
	struct pattern *pattern = calloc(1, sizeof(*pattern));
	int r;

	*error = NULL;
	*at = 0;
	if (!pattern)
		return -ENOMEM;
	r = expand(text, &pattern->expanded);
	if (r == 0)
		r = compile(pattern, error, at);
	if (r < 0) {
		pattern_free(pattern);
		return r;
	}
	pattern->lead = find_lead(text, pattern->expanded);
	*out = pattern;
	return 0;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_code_free(pattern->code);
	free(pattern->expanded);
	free(pattern);
}

int pattern_scratch_new(struct pattern_scratch **out)
{
	struct pattern_scratch *scratch = calloc(1, sizeof(*scratch));

	if (!scratch)
		return -ENOMEM;
	scratch->data = pcre2_match_data_create(64, NULL);
	scratch->context = pcre2_match_context_create(NULL);
	scratch->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MOST, NULL);
	if (!scratch->data || !scratch->context) {
		pattern_scratch_free(scratch);
		return -ENOMEM;
	}
	pcre2_set_match_limit(scratch->context, MATCH_LIMIT);
	if (scratch->stack)
		pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
	*out = scratch;
	return 0;
}

void pattern_scratch_free(struct pattern_scratch *scratch)
{
	if (!scratch)
		return;
	pcre2_match_data_free(scratch->data);
	pcre2_match_context_free(scratch->context);
	pcre2_jit_stack_free(scratch->stack);
	free(scratch);
}

static struct span captured(const struct pattern *pattern, enum pattern_group group,
			    struct span message, const PCRE2_SIZE *ovector, uint32_t pairs)
{
	const struct places *places = &pattern->places[group];

	for (unsigned i = 0; i < places->n; i++) {
		uint32_t n = places->at[i];

		if (n < pairs && ovector[2 * n] != PCRE2_UNSET)
			return (struct span){ message.p + ovector[2 * n],
					      ovector[2 * n + 1] - ovector[2 * n] };
	}
	return (struct span){ NULL, 0 };
}

int pattern_match(const struct pattern *pattern, struct pattern_scratch *scratch,
		  struct span message, struct capture *out)
{
	PCRE2_SPTR subject = (PCRE2_SPTR)message.p;
	const PCRE2_SIZE *ovector;
	int r;

	r = pattern->jit ? pcre2_jit_match(pattern->code, subject, message.n, 0, 0, scratch->data,
					   scratch->context)
			 : pcre2_match(pattern->code, subject, message.n, 0, 0, scratch->data,
				       scratch->context);
	if (r == PCRE2_ERROR_NOMATCH)
		return PATTERN_NO;
	if (r < 0)
		return PATTERN_GAVE_UP;
	ovector = pcre2_get_ovector_pointer(scratch->data);
	for (int g = 0; g < GROUPS; g++)
		out->group[g] = captured(pattern, (enum pattern_group)g, message, ovector,
					 (uint32_t)(r > 0 ? r : 64));
	return PATTERN_YES;
}

bool pattern_has(const struct pattern *pattern, enum pattern_group group)
{
	return pattern->places[group].n > 0;
}

struct lead pattern_lead(const struct pattern *pattern)
{
	return pattern->lead;
}

const char *pattern_expanded(const struct pattern *pattern)
{
	return pattern->expanded;
}

/* "*", "+", "{3,}", each with a lazy or possessive mark or without. */
static bool unbounded_quantifier(const char *p)
{
	if (*p == '*' || *p == '+')
		return true;
	if (*p != '{')
		return false;
	p++;
	while (*p >= '0' && *p <= '9')
		p++;
	return p[0] == ',' && p[1] == '}';
}

/* Does anything that must match stand in the rest: a literal, a class, the address? */
static bool something_follows(const char *p)
{
	while (*p && strchr("?+*)$|", *p))
		p++;
	return *p != '\0';
}

const char *pattern_lint(const struct pattern *pattern)
{
	bool in_class = false;

	for (const char *p = pattern->expanded; *p; p++) {
		bool any = !in_class && *p == '.';

		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return "holds a control byte: in libconfig write \\\\n for \\n, \\\\t for \\t";
		if (*p == '\\' && p[1]) {
			p++;
			any = !in_class && strchr("SDWNVHXRC", *p);
		} else if (*p == '[' && !in_class) {
			in_class = true;
			p += p[1] == '^';
			p += p[1] == ']';
		} else if (*p == ']') {
			in_class = false;
		}
		if (any && unbounded_quantifier(p + 1) && something_follows(p + 2))
			return "has an unbounded wildcard in front of words that decide: a client "
			       "may write those words; cross client text with [^...]*+ or <quoted>";
	}
	return NULL;
}
