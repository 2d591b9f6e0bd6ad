/* SPDX-License-Identifier: MIT */
/*
 * What a match may cost. Work is counted, not timed: by PCRE2's own match limit, in its interpreter, which counts every
 * step back; the JIT counts fewer. For each shipped rule the dearest of many hostile lines is sought: its own lines with one of
 * a client's fields made of one piece again and again, to the longest line that is read at all, whatever the server does.
 *
 * PATTERN_TABLE=1 seeks longer and prints the dearest of each rule.
 */
#include "unit.h"

#include "match/pattern.c"

#include "config/config.h"
#include "forged_lines.h"
#include "logline/line_buffer.h"

static struct config *config;
static struct forged_line *lines;
static size_t lines_n;
static struct forged_text text;
static struct pattern_scratch *scratch;
static unsigned gave_up;

/* What has brought others' patterns to their knees, and what ends fields in ours. */
static const char *const pieces[] = {
	"q",
	" ",
	"<",
	">",
	"(",
	")",
	"\"",
	"\\",
	",",
	":",
	";",
	"@",
	"[",
	"]",
	"=",
	"a ",
	" <",
	"< ",
	"><",
	"()",
	") [",
	") [192.0.2.7] ",
	"\" H=",
	"; from=<",
	"; from=",
	">: ",
	": ",
	", ",
	"rip=",
	" rip=",
	" rip=x",
	"user=<",
	" origin_ip: ",
	" to: ",
	", relay=",
	", reject=",
	"... ",
	" host=",
	" host=x [",
	"(auth failed, ",
	") to ",
	" from ",
	" from x[1.2.3.4]",
	"\" result=\"",
	" - ",
	" at ",
	"::",
	":1",
	"1.2.3.4 ",
	"A",
	"Address verification in ",
	" SASL(",
	") [SASL(-13): ",
	"\\\\\"",
	"\\ ",
	"a,b",
	"=< ",
	" user=",
	", ip=[1.2.3.4]",
	" X=a",
	" CV=no",
	"Connection lost to ",
	",1.2.3.4,<A>): ",
};

enum {
	PIECES = sizeof(pieces) / sizeof(pieces[0]),
	OTHERS = 8, /* one of so many lines of its neighbours */
	PIECE_MOST = 64,
};

/* Each piece again and again, LINE_BUFFER_LINE bytes or the rest of a piece more. */
static struct repeated {
	char p[LINE_BUFFER_LINE + PIECE_MOST];
	size_t n;
} repeated[PIECES];

static void repeat_pieces(void)
{
	for (size_t i = 0; i < PIECES; i++) {
		struct repeated *to = &repeated[i];
		size_t n = strlen(pieces[i]);

		assert_true(n <= PIECE_MOST);
		for (to->n = 0; to->n < LINE_BUFFER_LINE; to->n += n)
			memcpy(to->p + to->n, pieces[i], n);
	}
}

static int run(const pcre2_code *code, struct span subject, uint32_t limit)
{
	static pcre2_match_data *data;
	static pcre2_match_context *context;

	if (!code) { /* the end */
		pcre2_match_data_free(data);
		pcre2_match_context_free(context);
		return 0;
	}
	if (!data) {
		data = pcre2_match_data_create(64, NULL);
		context = pcre2_match_context_create(NULL);
	}
	pcre2_set_match_limit(context, limit);
	return pcre2_match(code, (PCRE2_SPTR)subject.p, subject.n, 0, PCRE2_NO_JIT, data, context);
}

/* The limit with which PCRE2's interpreter comes to an end, to some tenths; `least` if that is enough. */
static uint32_t work(const pcre2_code *code, struct span subject, uint32_t least)
{
	uint32_t limit = least;

	while (run(code, subject, limit) == PCRE2_ERROR_MATCHLIMIT)
		limit += limit / 10 + 100;
	return limit;
}

static bool has_field(const struct forged_line *line, size_t field)
{
	for (size_t i = 0; i < line->parts_n; i++)
		if (!line->parts[i].text && line->parts[i].field == field)
			return true;
	return false;
}

/* The line with this field made of one piece again and again. */
static void repeat(const struct forged_line *line, size_t field, const struct repeated *piece)
{
	text.n = 0;
	for (size_t i = 0; i < line->parts_n; i++) {
		const struct forged_part *part = &line->parts[i];
		const char *said = part->text ? part->text
					      : line->server->fields[part->field].innocent;

		if (part->text || part->field != field)
			forged_add(&text, said, strlen(said));
		else
			forged_add(&text, piece->p, piece->n);
	}
}

struct dearest {
	uint32_t work;
	char line[200];
};

static void look(const struct rule *rule, struct dearest *dearest)
{
	const struct span subject = { text.p, text.n };
	struct capture capture;
	uint32_t cost;

	if (pattern_match(rule->pattern, scratch, subject, &capture) == PATTERN_GAVE_UP)
		gave_up++; /* by the JIT, with its stack and the true limit */
	cost = work(rule->pattern->whole.code, subject, dearest->work);

	if (cost <= dearest->work)
		return;
	dearest->work = cost;
	snprintf(dearest->line, sizeof(dearest->line), "%.*s", (int)(text.n < 190 ? text.n : 190),
		 text.p);
}

static bool is_of(const struct forged_line *line, const struct rule *rule)
{
	return line->rule[0] && strcmp(strchr(line->rule, '/') + 1, rule->name) == 0;
}

/* A rule is tried on its own lines, and on some of its neighbours'; in a table on all of them. */
static bool is_tried(const struct rule *rule, size_t line, bool table)
{
	return strcmp(lines[line].server->name, rule->filter) == 0 &&
	       (table || is_of(&lines[line], rule) || (line + rule->index) % OTHERS == 0);
}

/* Every field of the line in turn, each piece. */
static void seek(size_t line, const struct rule **tried, struct dearest **dearest, size_t n)
{
	for (size_t f = 0; f < lines[line].server->fields_n; f++)
		for (size_t p = 0; p < PIECES && has_field(&lines[line], f); p++) {
			repeat(&lines[line], f, &repeated[p]);
			for (size_t i = 0; i < n; i++)
				look(tried[i], dearest[i]);
		}
}

static void test_no_rule_runs_away(void **state)
{
	bool table = getenv("PATTERN_TABLE") != NULL;
	size_t rules_n = filters_rules(config->filters);
	struct dearest *most = calloc(rules_n, sizeof(*most));
	const struct rule **tried = calloc(rules_n, sizeof(*tried));
	struct dearest **dearest = calloc(rules_n, sizeof(*dearest));
	unsigned wrong = 0;

	(void)state;
	assert_true(most && tried && dearest);
	for (size_t i = 0; i < rules_n; i++)
		most[i].work = table ? 0 : MATCH_LIMIT;
	for (size_t line = 0; line < lines_n; line++) {
		size_t n = 0;

		for (size_t i = 0; i < rules_n; i++) {
			tried[n] = filters_rule(config->filters, i);
			dearest[n] = &most[i];
			n += is_tried(tried[n], line, table);
		}
		seek(line, tried, dearest, n);
	}
	for (size_t i = 0; i < rules_n; i++) {
		const struct rule *rule = filters_rule(config->filters, i);

		if (table)
			printf("%-12s %-20s %9u  %s\n", rule->filter, rule->name, most[i].work,
			       most[i].line);
		if (most[i].work > MATCH_LIMIT && ++wrong)
			print_error("%s/%s: %u steps: %s\n", rule->filter, rule->name, most[i].work,
				    most[i].line);
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(gave_up, 0);
	free(most);
	free(tried);
	free(dearest);
}

static int load(void **state)
{
	struct diagnostics *problems;

	(void)state;
	if (diagnostics_new(&problems) < 0 ||
	    config_load(&config, "tests/etc/relaydam.conf", problems) != 0)
		return -1;
	diagnostics_free(problems);
	if (pattern_scratch_new(&scratch) < 0)
		return -1;
	lines = forged_lines("tests/forged/*", &lines_n);
	repeat_pieces();
	return 0;
}

static int unload(void **state)
{
	(void)state;
	pattern_scratch_free(scratch);
	forged_free(lines, lines_n);
	run(NULL, (struct span){ 0 }, 0);
	config_free(config);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_rule_runs_away),
	};

	return cmocka_run_group_tests_name("pattern", tests, load, unload);
}
