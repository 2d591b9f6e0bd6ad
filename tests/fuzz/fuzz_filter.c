/* SPDX-License-Identifier: MIT */
/*
 * Any message of any program: the matcher must find what PCRE2 finds that tries every rule of the program in order. An
 * input that begins with a NUL is a pattern and, behind the next NUL, a subject: one-pass prefix and rest must find and
 * capture what PCRE2 does with the whole pattern. An input that begins with 1 is the same, its pattern made of pieces that
 * are common in prefixes, one a byte.
 */
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "match/pattern_set.h"

static struct config *config;
static struct pattern_scratch *scratch;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *path = getenv("RELAYDAM_CONF");
	struct diagnostics *problems;

	(void)argc;
	(void)argv;
	if (diagnostics_new(&problems) < 0)
		exit(1);
	if (config_load(&config, path ? path : "tests/etc/relaydam.conf", problems) != 0) {
		diagnostics_print(problems, stderr, true);
		exit(1);
	}
	diagnostics_free(problems);
	return pattern_scratch_new(&scratch);
}

static int in_turn(const struct record *record, struct match *match)
{
	for (size_t i = 0; record->message.n > 0 && i < filters_rules(config->filters); i++) {
		const struct rule *rule = filters_rule(config->filters, i);
		uint64_t gave_up = rule->gave_up;

		if (!rule_reads(rule, record->program))
			continue;
		if (filters_match_rule(config->filters, rule, record, match))
			return 1;
		if (rule->gave_up > gave_up)
			return 0;
	}
	return 0;
}

static void message(struct span text)
{
	static const char *const programs[] = {
		"postfix/smtpd", "postfix", "postfix/cleanup", "dovecot",      "postfix/postscreen",
		"courieresmtpd", "imapd",   "postfix/qmgr",    "postfix/anvil"
	};
	struct record record = { .repeat = 1 };
	struct match quick, slow;
	int r;

	if (text.n == 0)
		return;
	filters_settle(config->filters); /* one input is not the rest of the one before */
	record.program = span_of(programs[(unsigned char)text.p[0] % 9]);
	record.message = span_skip(text, 1);
	r = filters_match(config->filters, &record, &quick);
	if (r != in_turn(&record, &slow))
		abort();
	if (r && (quick.rule != slow.rule || quick.weight != slow.weight ||
		  quick.has_addr != slow.has_addr || quick.port != slow.port))
		abort();
	if (r && quick.has_addr && !addr_equal(&quick.addr, &slow.addr))
		abort();
}

static void compare(const struct pattern *compiled, struct span subject)
{
	const struct pattern *const one[] = { compiled };
	struct capture quick = { 0 }, slow = { 0 };
	struct pattern_set *set;
	size_t index;
	int by_set, by_pcre;

	if (pattern_set_new(&set, one, 1) < 0)
		return;
	by_pcre = pattern_match(compiled, scratch, subject, &slow);
	by_set = pattern_set_match(set, scratch, subject, 0, &index, &quick);
	pattern_set_free(set);
	if (by_set == PATTERN_GAVE_UP || by_pcre == PATTERN_GAVE_UP)
		return;
	if (by_set != by_pcre)
		abort();
	for (int g = 0; by_set == PATTERN_YES && g < GROUPS; g++)
		if (quick.group[g].p != slow.group[g].p || quick.group[g].n != slow.group[g].n)
			abort();
}

/*
 * A group in (?!...) never takes part in a match. What PCRE2 leaves in it differs between its JIT and its
 * interpreter (10.42), so there is nothing to compare with.
 */
static bool captures_what_must_not_be(const char *text)
{
	return strstr(text, "(?!") &&
	       (strstr(text, "(?<") || strstr(text, "(?P<") || strstr(text, "(?'"));
}

static void pattern(const char *text, struct span subject, bool guarded)
{
	struct pattern *compiled;
	char *error;
	size_t at;

	if (pattern_new(&compiled, text, MATCHER_RELAYDAM, &error, &at) < 0) {
		free(error);
		return;
	}
	if (subject.n > 0 && (guarded || !captures_what_must_not_be(text)))
		compare(compiled, subject);
	pattern_lint(compiled);
	pattern_free(compiled);
}

/* Up to the byte 0xff each byte is a piece of the pattern, the rest picks the subject's bytes. */
static void pieces(const uint8_t *data, size_t size)
{
	static const char *const piece[] = {
		"a",
		"b",
		"c",
		":",
		" ",
		"(?:",
		"(?>",
		"(?=",
		"(?!",
		")",
		")?",
		")?+",
		")*+",
		")++",
		"|",
		"|",
		"(?<addr>",
		"(?<qid>",
		"[ab]*+",
		"[^a]*",
		"[bc]+",
		"a*",
		"a?",
		"b{1,2}",
		"[^b]{2}",
		".*?",
		"[^c]*?",
		"$",
		"\\b",
		"a+?",
		"(?<x>",
		"){0,2}+",
		"(",
		".{1,3}+",
		"b??",
		"\\k<x>",
		")",
		")",
		"ab",
		"\\d",
		"(?<weight>\\d+",
		"c*+",
		"(?<=a)",
		"ab|",
		"[a-c]++",
	};
	char text[512] = "^";
	char subject[64];
	size_t i = 0, n = 0;
	unsigned depth = 0, denied = 0; /* denied: depth at which a (?! was opened, 0: none */

	for (; i < size && data[i] != 0xff && strlen(text) < 480; i++) {
		const char *next = piece[data[i] % (sizeof(piece) / sizeof(piece[0]))];

		if (denied && strncmp(next, "(?<", 3) == 0 && next[3] != '=')
			next = "(?:";
		if (*next == '(' && ++depth && !denied && strcmp(next, "(?!") == 0)
			denied = depth;
		else if (*next == ')' && depth > 0 && depth-- == denied)
			denied = 0;
		strcat(text, next);
	}
	for (i++; i < size && n < sizeof(subject); i++)
		subject[n++] = "aabbc: 1"[data[i] % 8];
	pattern(text, (struct span){ subject, n }, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	const char *nul;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	copy[size] = '\0';
	if (size > 3 && copy[0] == 1) {
		pieces(data + 1, size - 1);
	} else if (size < 3 || copy[0] != '\0') {
		message((struct span){ copy, size });
	} else {
		nul = memchr(copy + 1, '\0', size);
		if (nul < copy + size)
			pattern(copy + 1, (struct span){ nul + 1, (size_t)(copy + size - nul - 1) },
				false);
	}
	free(copy);
	return 0;
}
