/* SPDX-License-Identifier: MIT */
/*
 * Any message of any program: the candidates picked by the message's first bytes must be all that
 * could match, so the answer is that of trying every rule of the program in turn. And an input that begins
 * with a NUL is a pattern and, behind the next NUL, a subject: the lead read off the pattern must not
 * exclude a subject that PCRE2 matches.
 */
#include <stdio.h>
#include <stdlib.h>

#include "config.h"

static struct config *config;
static int64_t now; /* one input is not the rest of the one before */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *path = getenv("RELAYDAM_CONF");
	struct problems *problems;

	(void)argc;
	(void)argv;
	if (problems_new(&problems) < 0)
		exit(1);
	if (config_load(&config, path ? path : "tests/etc/relaydam.conf", problems) != 0) {
		problems_print(problems, stderr, true);
		exit(1);
	}
	problems_free(problems);
	return 0;
}

static int in_turn(const struct record *record, struct match *match)
{
	for (size_t i = 0; record->message.n > 0 && i < filters_rules(config->filters); i++) {
		const struct rule *rule = filters_rule(config->filters, i);

		if (filters_rule_reads(rule, record->program) &&
		    filters_match_rule(config->filters, rule, record, match))
			return 1;
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
	record.time = now += FILTERS_TORN;
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

static void pattern(const char *text, struct span subject)
{
	struct pattern_scratch *scratch;
	struct pattern *compiled;
	struct capture capture;
	struct lead lead;
	char *error;
	size_t at;

	if (pattern_new(&compiled, text, &error, &at) < 0) {
		free(error);
		return;
	}
	lead = pattern_lead(compiled);
	if (pattern_scratch_new(&scratch) == 0 && subject.n > 0 &&
	    pattern_match(compiled, scratch, subject, &capture) == PATTERN_YES) {
		struct span from = subject;

		if (lead.behind_qid)
			from = span_skip(from, lead_qid(from));
		if ((lead_load(from) & lead.mask) != lead.key ||
		    (lead.behind_qid && !lead_qid(subject)))
			abort();
	}
	pattern_lint(compiled);
	pattern_scratch_free(scratch);
	pattern_free(compiled);
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
	if (size < 3 || copy[0] != '\0') {
		message((struct span){ copy, size });
	} else {
		nul = memchr(copy + 1, '\0', size);
		if (nul < copy + size)
			pattern(copy + 1,
				(struct span){ nul + 1, (size_t)(copy + size - nul - 1) });
	}
	free(copy);
	return 0;
}
