/* SPDX-License-Identifier: MIT */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "regex_lex.h"

#include <errno.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	struct regex_token *tokens;
	size_t n, room, end;
	int error;
};

static pcre2_code *compile(const char *pattern, uint32_t options)
{
	int code;
	PCRE2_SIZE at;

	return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &code, &at, NULL);
}

/* PCRE2 writes out what is repeated a few times, and so comes by it again. */
static bool seen(const struct reading *reading, size_t at, size_t n)
{
	size_t low = 0, high = reading->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (reading->tokens[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < reading->n && reading->tokens[low].at == at && reading->tokens[low].n == n;
}

static int each(pcre2_callout_enumerate_block *block, void *context)
{
	struct reading *reading = context;

	if (seen(reading, block->pattern_position, block->next_item_length))
		return 0;
	if (block->pattern_position != reading->end || block->callout_string) {
		reading->error = -EINVAL;
		return reading->error;
	}
	if (block->next_item_length == 0)
		return 0; /* the end of the pattern */
	if (reading->n == reading->room) {
		size_t room = reading->room ? 2 * reading->room : 32;
		struct regex_token *more = reallocarray(reading->tokens, room, sizeof(*more));

		if (!more) {
			reading->error = -ENOMEM;
			return reading->error;
		}
		reading->tokens = more;
		reading->room = room;
	}
	reading->tokens[reading->n++] =
		(struct regex_token){ block->pattern_position, block->next_item_length };
	reading->end += block->next_item_length;
	return 0;
}

int regex_lex(const char *pattern, struct regex_token **out, size_t *n)
{
	struct reading reading = { 0 };
	pcre2_code *code = compile(pattern, REGEX_COMPILE | PCRE2_AUTO_CALLOUT);

	if (!code)
		return -EINVAL;
	pcre2_callout_enumerate(code, each, &reading);
	pcre2_code_free(code);
	if (reading.error == 0 && reading.end != strlen(pattern))
		reading.error = -EINVAL;
	if (reading.error < 0) {
		free(reading.tokens);
		return reading.error;
	}
	*out = reading.tokens;
	*n = reading.n;
	return 0;
}

/* Runs of an atom over all bytes in their order: a handful of matches instead of 256. */
static void take_runs(const pcre2_code *code, pcre2_match_data *data, bool has[256])
{
	unsigned char all[256];
	PCRE2_SIZE from = 0;

	for (unsigned i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)i;
	memset(has, 0, 256 * sizeof(*has));
	while (from < sizeof(all) &&
	       pcre2_match(code, all, sizeof(all), from, 0, data, NULL) >= 0) {
		const PCRE2_SIZE *run = pcre2_get_ovector_pointer(data);

		for (PCRE2_SIZE i = run[0]; i < run[1]; i++)
			has[i] = true;
		from = run[1];
	}
}

int regex_token_bytes(const char *atom, size_t n, _Bool has[256])
{
	char text[256];
	pcre2_match_data *data;
	pcre2_code *code;

	if (n + 6 > sizeof(text))
		return -EINVAL;
	snprintf(text, sizeof(text), "(?:%.*s)++", (int)n, atom);
	code = compile(text, REGEX_COMPILE & ~PCRE2_ANCHORED);
	if (!code)
		return -EINVAL;
	data = pcre2_match_data_create(1, NULL);
	if (!data) {
		pcre2_code_free(code);
		return -ENOMEM;
	}
	take_runs(code, data, has);
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return 0;
}
