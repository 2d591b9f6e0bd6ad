/* SPDX-License-Identifier: MIT */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "match/pattern.h"

#include <errno.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "regex_lex.h"
#include "regex_onepass.h"
#include "util/array.h"
#include "util/cursor.h"

/* Measured: with PCRE2's default match limit a hostile line costs 25 ms, with this one 0.3 ms; its default JIT stack of 32 KiB is
 * too small for a line of 3.6 KB. */
enum {
	MATCH_LIMIT = 100000,
	JIT_STACK_START = 32 * 1024,
	JIT_STACK_MOST = 1024 * 1024,
	GROUP_NUMBERS = 12, /* a name may be used in as many alternatives */
};

/* The numbers that PCRE2 has given to groups of one name. */
struct group_numbers {
	unsigned n;
	uint32_t at[GROUP_NUMBERS];
};

struct expression {
	pcre2_code *code;
	bool jit;
	struct group_numbers groups[GROUPS];
};

struct pattern {
	char *expanded;
	struct expression whole, rest; /* rest.code NULL: nothing after the prefix */
	struct regex_sequence ast;
	size_t prefix; /* nodes in the one-pass prefix */
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

static const struct macro *macro_at(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(macros); i++)
		if (strncmp(text, macros[i].name, strlen(macros[i].name)) == 0)
			return &macros[i];
	return NULL;
}

/* Is the "<" at `at` part of a group's name or of a reference, "(?<addr>", "(?P<addr>", "\\k<addr>", and not of a macro? */
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

/* Does "<name>" refer to a group that is never in the prefix? Then the rest has both group and reference. */
static bool refers_to_unnamed(const char *text)
{
	const char *end = strchr(text, '>');

	return *text == '<' && end &&
	       group_named((struct span){ text + 1, (size_t)(end - text - 1) }) < 0;
}

/* "[:alpha:]", "[.x.]", "[=x=]" */
static bool names_a_class(const char *text)
{
	const char mark = text[1];
	size_t n = 2;

	if (mark == '\0' || !strchr(":.=", mark))
		return false;
	while (text[n] == '^' || is_alnum(text[n]))
		n++;
	return text[n] == mark && text[n + 1] == ']';
}

/*
 * Has the pattern something that means something else when the pattern is split, or that the parser does not know: quoting,
 * comments, options, verbs, references, conditions?
 */
static bool needs_pcre2(const char *text)
{
	static const char *const marks[] = { "\\Q", "\\E", "\\c", "\\g", "\\G", "\\K", "(*" };
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (strstr(text, marks[i]))
			return true;
	for (const char *p = strchr(text, '['); p; p = strchr(p + 1, '['))
		if (names_a_class(p))
			return true;
	for (const char *p = strstr(text, "(?"); p; p = strstr(p + 2, "(?"))
		if (!p[2] || !strchr(":>=!<", p[2]))
			return true;
	for (const char *p = strchr(text, '\\'); p && p[1]; p = strchr(p + 2, '\\'))
		if ((p[1] >= '1' && p[1] <= '9') || (p[1] == 'k' && !refers_to_unnamed(p + 2)))
			return true;
	return false;
}

static int find_group_numbers(struct expression *expression, char **error)
{
	PCRE2_SPTR table;
	uint32_t count, size;

	pcre2_pattern_info(expression->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(expression->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(expression->code, PCRE2_INFO_NAMETABLE, &table);
	for (uint32_t i = 0; i < count; i++, table += size) {
		int g = group_named(span_of((const char *)table + 2));
		struct group_numbers *numbers = g < 0 ? NULL : &expression->groups[g];

		if (!numbers)
			continue;
		if (numbers->n == GROUP_NUMBERS) {
			*error = strdup("a group stands in too many alternatives");
			return *error ? -EINVAL : -ENOMEM;
		}
		numbers->at[numbers->n++] = (uint32_t)table[0] << 8 | table[1];
	}
	return 0;
}

static int compile(struct expression *expression, const char *text, char **error, size_t *at)
{
	PCRE2_UCHAR message[256];
	PCRE2_SIZE where;
	int code;

	expression->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, REGEX_COMPILE,
					 &code, &where, NULL);
	if (!expression->code) {
		pcre2_get_error_message(code, message, sizeof(message));
		*error = strdup((const char *)message);
		*at = where;
		return *error ? -EINVAL : -ENOMEM;
	}
	return find_group_numbers(expression, error);
}

/* Without the JIT, where no memory may be executable, PCRE2 interprets the pattern. */
static void jit_compile(struct expression *expression)
{
	expression->jit = pcre2_jit_compile(expression->code, PCRE2_JIT_COMPLETE) == 0;
}

/* Compiles what follows the prefix. If that is not a valid pattern, there is no prefix either. */
static int compile_rest(struct pattern *pattern)
{
	const char *text = pattern->expanded + pattern->ast.nodes[pattern->prefix].at;
	char *error = NULL;
	size_t at;
	int r = compile(&pattern->rest, text, &error, &at);

	free(error);
	if (r == 0)
		jit_compile(&pattern->rest);
	if (r == -EINVAL)
		pattern->prefix = 0;
	return r == -EINVAL ? 0 : r;
}

/* Finds the one-pass prefix, if there is one, and compiles the rest. */
static int split_prefix(struct pattern *pattern)
{
	int r;

	if (needs_pcre2(pattern->expanded))
		return 0;
	r = regex_parse(pattern->expanded, &pattern->ast);
	if (r == -EINVAL)
		return 0;
	if (r == 0)
		r = regex_onepass_prefix(&pattern->ast);
	if (r < 0)
		return r;
	pattern->prefix = (size_t)r;
	if (r == 0 || pattern->prefix == pattern->ast.n)
		return 0;
	return compile_rest(pattern);
}

int pattern_new(struct pattern **out, const char *text, enum matcher matcher, char **error,
		size_t *at)
{
	struct pattern *pattern = calloc(1, sizeof(*pattern));
	int r;

	*error = NULL;
	*at = 0;
	if (!pattern)
		return -ENOMEM;
	r = expand(text, &pattern->expanded);
	if (r == 0)
		r = compile(&pattern->whole, pattern->expanded, error, at);
	if (r == 0 && matcher == MATCHER_RELAYDAM)
		r = split_prefix(pattern);
	if (r < 0) {
		pattern_free(pattern);
		return r;
	}
	if (pattern->prefix == 0)
		jit_compile(&pattern->whole);
	*out = pattern;
	return 0;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_code_free(pattern->whole.code);
	pcre2_code_free(pattern->rest.code);
	regex_sequence_free(&pattern->ast);
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

static struct span captured(const struct group_numbers *numbers, struct span message,
			    const PCRE2_SIZE *ovector, uint32_t pairs)
{
	for (unsigned i = 0; i < numbers->n; i++) {
		uint32_t n = numbers->at[i];

		if (n < pairs && ovector[2 * n] != PCRE2_UNSET)
			return (struct span){ message.p + ovector[2 * n],
					      ovector[2 * n + 1] - ovector[2 * n] };
	}
	return (struct span){ NULL, 0 };
}

/* Matches from `at` on. Sets those groups of *out that the match captured and that are not set yet. */
static int match(const struct expression *expression, struct pattern_scratch *scratch,
		 struct span message, size_t at, struct capture *out)
{
	PCRE2_SPTR subject = (PCRE2_SPTR)message.p;
	const PCRE2_SIZE *ovector;
	int r;

	r = expression->jit ? pcre2_jit_match(expression->code, subject, message.n, at, 0,
					      scratch->data, scratch->context)
			    : pcre2_match(expression->code, subject, message.n, at, 0,
					  scratch->data, scratch->context);
	if (r == PCRE2_ERROR_NOMATCH)
		return PATTERN_NO;
	if (r < 0)
		return PATTERN_GAVE_UP;
	ovector = pcre2_get_ovector_pointer(scratch->data);
	for (int g = 0; g < GROUPS; g++)
		if (!out->group[g].p && expression->groups[g].n > 0)
			out->group[g] = captured(&expression->groups[g], message, ovector,
						 (uint32_t)(r > 0 ? r : 64));
	return PATTERN_YES;
}

int pattern_match(const struct pattern *pattern, struct pattern_scratch *scratch,
		  struct span message, struct capture *out)
{
	*out = (struct capture){ 0 };
	return match(&pattern->whole, scratch, message, 0, out);
}

struct regex_sequence pattern_prefix(const struct pattern *pattern)
{
	return (struct regex_sequence){ pattern->prefix, pattern->ast.nodes };
}

int pattern_match_rest(const struct pattern *pattern, struct pattern_scratch *scratch,
		       struct span message, size_t at, struct capture *out)
{
	if (pattern->prefix == 0)
		return match(&pattern->whole, scratch, message, 0, out);
	if (!pattern->rest.code)
		return PATTERN_YES;
	return match(&pattern->rest, scratch, message, at, out);
}

bool pattern_has(const struct pattern *pattern, enum group group)
{
	return pattern->whole.groups[group].n > 0;
}

const char *pattern_expanded(const struct pattern *pattern)
{
	return pattern->expanded;
}
