/* SPDX-License-Identifier: MIT */
/*
 * Nothing that a client writes can fool a shipped rule: into each line of tests/forged/ hostile text is put
 * where the client's is, and the line is read as the daemon reads it. The address that is taken must be the true
 * client's, the offence, weight, port and queue id the true ones; or nothing is taken. A rule without a line there fails.
 *
 * FORGED_LINES: hostile lines made of each line (default 200, 1000 with RELAYDAM_LONG=1). FORGED_TABLE=1 prints what was tried, rule by rule.
 */
#include "unit.h"

#include "config/config.h"
#include "forged_lines.h"

enum { INNOCENTS = 2, SHOWN = 2 };

static struct config *config;
static struct forged_line *lines;
static size_t lines_n;
static char **
	words; /* what hostile text is made of: whole lines, ends of lines, what stands between fields */
static size_t words_n;
static int64_t now;
static unsigned fooled;

static const char *const marks[] = {
	"]: ",
	"; from=<",
	"; to=<",
	"; proto=",
	">: ",
	"> to=<",
	"\"",
	"\\",
	"\\\"",
	"'",
	"(",
	")",
	") [",
	"] ",
	"[",
	"]",
	"<",
	">",
	": ",
	", ",
	" ",
	"\n",
	"\r\n",
	"?",
	"\\n",
	"@",
	" host=",
	", relay=",
	" rip=",
	", rip=",
	"[203.0.113.99]",
	"203.0.113.99",
	" from unknown[203.0.113.99]",
	") [203.0.113.99]",
	", ip=[203.0.113.99]",
	"2001:db8:bad::99",
	"NOQUEUE: reject: RCPT from ",
	"message repeated 9 times: [ ",
	"\" H=(x) [203.0.113.99] ",
	"\" result=\"",
	"550 5.1.1 ",
	"554 5.7.1 ",
	"535 ",
	"Nov 20 23:30:45 mx postfix/smtpd[9]: ",
	"...",
	" auth=0/9",
	"auth failed, 99 attempts",
	"203.0.113.99:25",
	"]:99",
};

static void keep(const char *p, size_t n)
{
	words = reallocarray(words, words_n + 1, sizeof(*words));
	words[words_n++] = strndup(p, n);
}

/* The client's address becomes the innocent's. */
static void accuse(struct forged_text *text)
{
	static const char *const client[] = { "192.0.2.", "2001:db8:0:0:0:0:0:7", "2001:db8::7" };
	static const char *const innocent[] = { "203.0.113.99", "2001:db8:bad::99",
						"2001:db8:bad::99" };
	static struct forged_text out_text;
	struct forged_text *out = &out_text;

	out->n = 0;
	for (size_t i = 0; i < text->n;) {
		size_t k = 0, n = 0;

		for (; k < 3 && n == 0; k++)
			if (text->n - i >= strlen(client[k]) &&
			    memcmp(text->p + i, client[k], strlen(client[k])) == 0)
				n = strlen(client[k]);
		if (n == 0) {
			forged_byte(out, text->p[i++]);
			continue;
		}
		forged_add(out, innocent[k - 1], strlen(innocent[k - 1]));
		for (i += n; k == 1 && i < text->n && text->p[i] >= '0' && text->p[i] <= '9';)
			i++;
	}
	text->n = 0;
	forged_add(text, out->p, out->n);
}

static void say_innocent(struct forged_text *out, const struct forged_line *line, size_t from)
{
	out->n = 0;
	for (size_t i = from; i < line->parts_n; i++) {
		const struct forged_part *part = &line->parts[i];
		const char *text = part->text ? part->text
					      : line->server->fields[part->field].innocent;

		forged_add(out, text, strlen(text));
	}
}

static void collect_words(void)
{
	struct forged_text *text = calloc(1, sizeof(*text));

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		keep(marks[i], strlen(marks[i]));
	for (size_t i = 0; i < lines_n; i++)
		for (size_t part = 0; part < lines[i].parts_n; part++) {
			if (part > 0 && !lines[i].parts[part].text)
				continue;
			say_innocent(text, &lines[i], part);
			accuse(text);
			keep(text->p, text->n);
			if (lines[i].parts[part].text)
				keep(lines[i].parts[part].text, strlen(lines[i].parts[part].text));
		}
	free(text);
}

/* What stands behind this field in its own line, said of an innocent: the client ends its field itself. */
static void end_own_line(struct forged_text *out, const struct forged_line *line, size_t field)
{
	static struct forged_text rest_text;
	struct forged_text *rest = &rest_text;

	for (size_t i = 0; i < line->parts_n; i++) {
		if (line->parts[i].text || line->parts[i].field != field || unit_below(2))
			continue;
		say_innocent(rest, line, i + 1);
		accuse(rest);
		forged_add(out, rest->p, rest->n);
		break;
	}
}

static void hostile(struct forged_text *out, const struct forged_line *line, size_t field)
{
	const struct forged_server *server = line->server;
	unsigned pieces = 1 + unit_below(5);

	out->n = 0;
	while (pieces-- > 0) {
		unsigned what = unit_below(16);

		if (what < 3) {
			end_own_line(out, line, field);
		} else if (what < 9) {
			const char *word = words[unit_below((uint32_t)words_n)];

			forged_add(out, word, strlen(word));
		} else if (what < 13) {
			const char *mark = marks[unit_below(sizeof(marks) / sizeof(marks[0]))];

			forged_add(out, mark, strlen(mark));
		} else if (what == 13) {
			for (unsigned n = unit_below(12); n > 0; n--)
				forged_byte(out, (int)unit_below(255) + 1);
		} else if (what == 14 && server->cuts_n > 0) {
			size_t n = server->cuts[unit_below((uint32_t)server->cuts_n)];

			for (n -= unit_below((uint32_t)n); n > 0; n--)
				forged_byte(out, 'q');
		} else if (what == 15) {
			forged_add(out, "x", 1);
		}
	}
}

/* One hostile line: at least one field is hostile. */
static void forge(struct forged_text *out, const struct forged_line *line)
{
	const struct forged_server *server = line->server;
	static struct forged_text said[FORGED_FIELDS];
	unsigned choice = unit_below(8);
	uint32_t evil = 1 + unit_below((1u << server->fields_n) - 1);

	if (unit_below(2)) /* one alone, mostly */
		evil = 1u << unit_below((uint32_t)server->fields_n);
	for (size_t i = 0; i < server->fields_n; i++) {
		const struct forged_field *field = &server->fields[i];

		said[i].n = 0;
		if (evil & 1u << i)
			hostile(&said[i], line, i);
		else
			forged_add(&said[i], field->innocent, strlen(field->innocent));
		if (strcmp(field->kind, "junk") == 0)
			accuse(&said[i]);
		if (said[i].n > field->most)
			said[i].n = field->most;
	}
	out->n = 0;
	for (size_t i = 0; i < line->parts_n; i++) {
		const struct forged_part *part = &line->parts[i];

		if (part->text)
			forged_add(out, part->text, strlen(part->text));
		else if (evil & 1u << part->field)
			forged_write(out, &server->fields[part->field], part->echo,
				     said[part->field].p, said[part->field].n, choice);
		else
			forged_add(out, said[part->field].p, said[part->field].n);
	}
}

/* A program that the rule reads; now and then as rsyslog cuts it, at the slash. */
static void choose_program(const struct forged_line *line, char name[64])
{
	const struct rule *rule = line->rule[0] ? filters_find(config->filters, "", line->rule)
						: NULL;
	const char *from = line->program;
	size_t n = 0;

	if (rule) {
		while (rule->programs[n])
			n++;
		from = rule->programs[unit_below((uint32_t)n)];
	}
	for (n = 0; *from && n < 62; from++)
		if (*from != '*')
			name[n++] = *from;
	name[n] = '\0';
	if (*name != '/' && unit_below(4) == 0)
		name[strcspn(name, "/")] = '\0';
}

/* The line as a log has it, read as the daemon reads it. Returns whether a rule takes it. */
static int take_line(const char *program, const char *message, size_t n, struct match *match)
{
	static struct forged_text log_text;
	struct forged_text *log = &log_text;
	struct record record;
	char head[128];
	int r;

	log->n = 0;
	forged_add(log, head,
		   (size_t)snprintf(head, sizeof(head), "Nov 20 23:30:45 mx %s[77]: ", program));
	forged_add(log, message, n);
	assert_int_equal(record_parse((struct span){ log->p, log->n }, &record), 0);
	if (*program != '/')
		assert_true(span_equal(record.program, span_of(program)));
	assert_int_equal(record.repeat, 1);
	record.time = now;
	r = filters_match(config->filters, &record, match);
	if (r)
		match->qid.p = NULL; /* it points into the line, which goes */
	return r;
}

static void complain(struct forged_line *line, const struct match *got,
		     const struct forged_text *text)
{
	char addr[ADDR_TEXT] = "no address";

	fooled++;
	if (line->fooled++ >= SHOWN)
		return;
	if (got->has_addr)
		addr_format(&got->addr, addr);
	print_error("%s: taken by %s/%s (%s), %s, port %u, weight %u, %zu bytes:\n  %.*s\n",
		    line->rule[0] ? line->rule : "none", got->rule->filter, got->rule->name,
		    offence_name(got->rule->offence), addr, got->port, got->weight, text->n,
		    (int)(text->n < 1500 ? text->n : 1500), text->p);
}

static bool is_true(const struct match *got, const struct match *want)
{
	if (!want->rule || got->rule->offence != want->rule->offence ||
	    got->rule->role != want->rule->role)
		return false;
	if (got->has_addr != want->has_addr ||
	    (got->has_addr && !addr_equal(&got->addr, &want->addr)))
		return false;
	return got->port == want->port && got->weight == want->weight &&
	       got->qid.n == want->qid.n && got->rule->uncounted == want->rule->uncounted;
}

static bool credits(const struct match *got, const struct match *want)
{
	return got->rule->role == CORRELATION_CREDIT && want->rule &&
	       addr_equal(&got->addr, &want->addr);
}

/* Line by line, as its writer cuts it. The next piece may come at once or, the line behind it, much later. */
static void try(struct forged_line *line, const struct forged_text *text, const struct match *want)
{
	const struct forged_server *server = line->server;
	size_t n = text->n, piece = server->pieces ? server->pieces : FORGED_LONGEST;
	char program[64];
	struct match got;

	if (server->drop && n > server->drop)
		return;
	if (server->cuts_n > 0 && unit_below(3) == 0) {
		size_t cut = server->cuts[unit_below((uint32_t)server->cuts_n)] -
			     (unit_below(4) == 0 && server->cuts[0] > 900 ? unit_below(60) : 0);

		n = n < cut ? n : cut;
	}
	choose_program(line, program);
	line->tried++;
	filters_settle(config->filters);
	for (size_t at = 0, next; at < n; at = next) {
		next = n - at < piece ? n : at + piece;
		while (at > 0 && at < next && text->p[at] == ' ')
			at++; /* it takes the blanks off their fronts */
		now += unit_below(2) * PROGRAM_TABLE_TORN_TIME;
		if (!take_line(program, text->p + at, next - at, &got))
			continue;
		if (is_true(&got, want))
			line->taken++;
		else if (!credits(&got, want))
			complain(line, &got, text);
	}
}

static void try_line(struct forged_line *line, unsigned rounds)
{
	struct forged_text *text = calloc(1, sizeof(*text));
	struct match want = { 0 };
	char program[64];

	assert_non_null(text);
	say_innocent(text, line, 0);
	filters_settle(config->filters);
	choose_program(line, program);
	take_line(program, text->p, text->n, &want);
	if (line->rule[0] &&
	    (!want.rule || want.rule != filters_find(config->filters, "", line->rule)))
		fail_msg("%s does not take %.*s", line->rule, (int)text->n, text->p);
	if (!line->rule[0] && want.rule)
		fail_msg("%s/%s takes %.*s", want.rule->filter, want.rule->name, (int)text->n,
			 text->p);
	for (unsigned i = 0; line->server->fields_n > 0 && i < rounds; i++) {
		forge(text, line);
		try(line, text, &want);
	}
	free(text);
}

static void test_nobody_is_fooled(void **state)
{
	const char *rounds = getenv("FORGED_LINES");

	(void)state;
	unit_seed();
	for (size_t i = 0; i < lines_n; i++)
		try_line(&lines[i],
			 rounds ? (unsigned)strtoul(rounds, NULL, 10) : unit_rounds(200, 1000));
	assert_int_equal(fooled, 0);
}

/* A new rule must say what of its lines is the client's. */
static void test_every_rule_has_a_line(void **state)
{
	unsigned missing = 0;
	char name[80];

	(void)state;
	for (size_t i = 0; i < filters_rules(config->filters); i++) {
		const struct rule *rule = filters_rule(config->filters, i);
		size_t k = 0;

		snprintf(name, sizeof(name), "%s/%s", rule->filter, rule->name);
		while (k < lines_n && strcmp(lines[k].rule, name) != 0)
			k++;
		if (k < lines_n)
			continue;
		missing++;
		print_error(
			"%s has no line in tests/forged/%s: add one, its client's fields in braces\n",
			name, rule->filter);
	}
	assert_int_equal(missing, 0);
}

static int load(void **state)
{
	struct diagnostics *problems;

	(void)state;
	if (diagnostics_new(&problems) < 0 ||
	    config_load(&config, "tests/etc/relaydam.conf", problems) != 0)
		return -1;
	diagnostics_free(problems);
	lines = forged_lines("tests/forged/*", &lines_n);
	collect_words();
	return 0;
}

static void print_table(void)
{
	for (size_t i = 0; i < filters_rules(config->filters); i++) {
		const struct rule *rule = filters_rule(config->filters, i);
		uint64_t tried = 0, taken = 0;
		char name[80];

		snprintf(name, sizeof(name), "%s/%s", rule->filter, rule->name);
		for (size_t k = 0; k < lines_n; k++)
			if (strcmp(lines[k].rule, name) == 0) {
				tried += lines[k].tried;
				taken += lines[k].taken;
			}
		printf("%-32s %8llu lines, %8llu not taken\n", name, (unsigned long long)tried,
		       (unsigned long long)(tried - taken));
	}
}

static int unload(void **state)
{
	uint64_t tried = 0, taken = 0, none = 0;

	(void)state;
	for (size_t i = 0; i < lines_n; i++) {
		none += lines[i].rule[0] ? 0 : lines[i].tried;
		tried += lines[i].tried;
		taken += lines[i].taken;
	}
	print_message(
		"%llu hostile lines: %llu taken for what they are, %llu not taken, %llu of what no rule takes\n",
		(unsigned long long)tried, (unsigned long long)taken,
		(unsigned long long)(tried - taken - none), (unsigned long long)none);
	if (getenv("FORGED_TABLE"))
		print_table();
	while (words_n > 0)
		free(words[--words_n]);
	free(words);
	forged_free(lines, lines_n);
	config_free(config);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_rule_has_a_line),
		cmocka_unit_test(test_nobody_is_fooled),
	};

	return cmocka_run_group_tests_name("forged", tests, load, unload);
}
