/* SPDX-License-Identifier: MIT */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "regex_lex.h"

#include <errno.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lexer {
	struct regex_token *tokens;
	size_t n, room;
	size_t end; /* of the last token, in the pattern */
	int error;
};

static pcre2_code *compile(const char *pattern, uint32_t options)
{
	int code;
	PCRE2_SIZE at;

	return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &code, &at, NULL);
}

/* PCRE2 unrolls small repetitions, so that it reports their tokens more than once. */
static bool has_token(const struct lexer *lexer, size_t at, size_t n)
{
	size_t low = 0, high = lexer->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (lexer->tokens[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < lexer->n && lexer->tokens[low].at == at && lexer->tokens[low].n == n;
}

static int add_token(pcre2_callout_enumerate_block *block, void *context)
{
	struct lexer *lexer = context;

	if (has_token(lexer, block->pattern_position, block->next_item_length))
		return 0;
	if (block->pattern_position != lexer->end || block->callout_string) {
		lexer->error = -EINVAL;
		return lexer->error;
	}
	if (block->next_item_length == 0)
		return 0; /* the end of the pattern */
	if (lexer->n == lexer->room) {
		size_t room = lexer->room ? 2 * lexer->room : 32;
		struct regex_token *more = reallocarray(lexer->tokens, room, sizeof(*more));

		if (!more) {
			lexer->error = -ENOMEM;
			return lexer->error;
		}
		lexer->tokens = more;
		lexer->room = room;
	}
	lexer->tokens[lexer->n++] =
		(struct regex_token){ block->pattern_position, block->next_item_length };
	lexer->end += block->next_item_length;
	return 0;
}

int regex_lex(const char *pattern, struct regex_token **out, size_t *n)
{
	struct lexer lexer = { 0 };
	pcre2_code *code = compile(pattern, REGEX_COMPILE | PCRE2_AUTO_CALLOUT);

	if (!code)
		return -EINVAL;
	pcre2_callout_enumerate(code, add_token, &lexer);
	pcre2_code_free(code);
	if (lexer.error == 0 && lexer.end != strlen(pattern))
		lexer.error = -EINVAL;
	if (lexer.error < 0) {
		free(lexer.tokens);
		return lexer.error;
	}
	*out = lexer.tokens;
	*n = lexer.n;
	return 0;
}

/* The code matches runs of the atom; in a subject of all 256 bytes in order a few matches find them all. */
static void match_runs(const pcre2_code *code, pcre2_match_data *data, bool has[256])
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
	match_runs(code, data, has);
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return 0;
}
