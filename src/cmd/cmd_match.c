/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "archive/line_reader.h"
#include "cmd/cmd.h"
#include "options.h"
#include "util/escape.h"
#include "util/units.h"

static const char help[] =
	"Usage: relaydam match [OPTION]... FILE...\n"
	"Shows which rule matches which log line, to help you write rules. FILE - is\n"
	"standard input. Each line is examined by itself; nothing is counted, nobody is\n"
	"banned. A line that the daemon would not read is marked \"behind a cut line\".\n\n"
	"  -c, --config FILE   configuration (default: " CMD_CONFIG ")\n"
	"  -a, --all           also show the lines that no rule matches\n"
	"  -p, --program NAME  treat lines without a header as messages of this program;\n"
	"                      without this option every rule is tried on them\n"
	"      --year YEAR     year of the first line, if its header has none\n"
	"      --json          print one JSON object per line\n"
	"  -h, --help          show this help\n\n"
	"Exit codes: 0 a rule matched a line, 1 none did, 2 usage error, 3 configuration\n"
	"error, 4 a file cannot be read.\n";

struct matching {
	const struct config *config;
	const char *file, *program;
	bool all, json;
	int year;
	uint64_t number; /* of the line in the file */
	uint64_t matched, lines, unread;
	struct log_clock *clock;
};

/* One line, and the rule that matches it. */
struct line_match {
	struct record record;
	bool headerless, matched;
	bool unread; /* may be the rest of a truncated line: the daemon would not read it */
	struct match match;
};

/*
 * Finds the rule that matches the record. A line without a header has no time, so it cannot be seen
 * to follow closely after a truncated line.
 */
static void match_record(const struct matching *m, struct line_match *line)
{
	struct filters *filters = m->config->filters;
	struct record *record = &line->record;

	if (line->headerless && m->program)
		record->program = span_of(m->program);
	if (line->headerless && !m->program)
		line->matched = filters_match_any(filters, record, &line->match) > 0;
	else
		line->matched = filters_match_alone(filters, record, &line->match, &line->unread) >
				0;
	if (line->headerless)
		line->unread = false;
}

static json_t *json_span(struct span text)
{
	size_t n;
	char *copy = text.n > 0 ? escape_utf8(text, &n) : NULL;
	json_t *string = copy ? json_stringn(copy, n) : json_null();

	free(copy);
	return string;
}

static json_t *json_text(struct span text)
{
	return text.n > 0 ? json_span(text) : json_string("");
}

static void print_line_json(const struct matching *m, const struct line_match *line)
{
	const struct record *record = &line->record;
	const struct match *match = line->matched ? &line->match : NULL;
	bool offence = match && rule_proves(match->rule);
	char text[ADDR_TEXT], time[TIME_TEXT];
	json_t *object = json_object();

	json_object_set_new(object, "file", json_span(span_of(m->file)));
	json_object_set_new(object, "line", json_integer((json_int_t)m->number));
	json_object_set_new(object, "time",
			    line->headerless ? json_null()
					     : json_string(time_rfc3339(record->time, time)));
	json_object_set_new(object, "program", json_span(record->program));
	json_object_set_new(object, "pid", record->pid ? json_integer(record->pid) : json_null());
	json_object_set_new(object, "filter",
			    offence ? json_string(match->rule->filter) : json_null());
	json_object_set_new(object, "rule", offence ? json_string(match->rule->name) : json_null());
	json_object_set_new(object, "offence",
			    offence ? json_string(offence_name(match->rule->offence))
				    : json_null());
	json_object_set_new(object, "addr",
			    offence && match->has_addr
				    ? json_string(addr_format(&match->addr, text))
				    : json_null());
	json_object_set_new(object, "port",
			    offence && match->port ? json_integer(match->port) : json_null());
	json_object_set_new(object, "weight", offence ? json_integer(match->weight) : json_null());
	if (match && !offence)
		json_object_set_new(object, "session", json_string(match->rule->name));
	if (line->unread)
		json_object_set_new(object, "behind_cut_line", json_true());
	json_object_set_new(object, "text", json_text(record->message));
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static void print_line_text(const struct matching *m, const struct line_match *line)
{
	const struct match *match = &line->match;
	char text[ADDR_TEXT];

	escape_print(stdout, span_of(m->file));
	printf(":%llu: ", (unsigned long long)m->number);
	if (!line->matched) {
		printf("no rule");
	} else {
		printf("%s/%s", match->rule->filter, match->rule->name);
		if (rule_proves(match->rule))
			printf(" %s", offence_name(match->rule->offence));
		else
			printf(" (session)");
		if (match->has_addr)
			printf(" %s", addr_format(&match->addr, text));
		if (match->weight > 1)
			printf(" x%u", match->weight);
	}
	if (line->unread)
		printf(" (behind a cut line: the daemon would not read it)");
	printf("\n    ");
	escape_print(stdout, line->record.message);
	putchar('\n');
}

static int each_line(void *context, struct span line)
{
	struct matching *m = context;
	struct line_match result = { 0 };
	bool offence;

	m->number++;
	m->lines++;
	result.headerless = record_parse(line, &result.record) > 0;
	if (!result.headerless)
		result.record.time = log_clock_read(m->clock, &result.record.stamp);
	match_record(m, &result);
	offence = result.matched && rule_proves(result.match.rule);
	m->matched += offence;
	m->unread += offence && result.unread;
	if (!offence && !m->all)
		return 0;
	if (m->json)
		print_line_json(m, &result);
	else
		print_line_text(m, &result);
	return 0;
}

/* Returns EXIT_DONE, or EXIT_ENVIRONMENT after a message. */
static int match_file(struct matching *m, const char *path)
{
	struct log_clock_options options = { .zone = &m->config->zone, .year = m->year };
	struct zfile *in;
	struct line_buffer *buf;
	int r = zfile_open(&in, path);

	if (r < 0) {
		cmd_message("%s: %s", path, strerror(-r));
		return EXIT_ENVIRONMENT;
	}
	m->file = path;
	m->number = 0;
	filters_settle(m->config->filters);
	options.reference = zfile_mtime(in);
	if (options.reference == 0)
		options.reference = (int64_t)time(NULL) * UNITS_SECOND;
	r = line_buffer_new(&buf);
	if (r == 0) {
		r = log_clock_new(&m->clock, &options);
		if (r == 0)
			r = line_reader_read(in, buf, each_line, NULL, m);
		log_clock_free(m->clock);
		line_buffer_free(buf);
	}
	if (r < 0)
		cmd_message("%s: %s; the lines before the error were read", path, zfile_error(in));
	zfile_close(in);
	return r < 0 ? EXIT_ENVIRONMENT : EXIT_DONE;
}

/* A line on which PCRE2 reached its limit would otherwise look like one that does not match. */
static void warn_gave_up(const struct filters *filters)
{
	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *rule = filters_rule(filters, i);

		if (rule->gave_up > 0)
			cmd_message(
				"rule %s/%s exceeded PCRE2's limit on %llu lines: simplify its pattern",
				rule->filter, rule->name, (unsigned long long)rule->gave_up);
	}
}

static int match_files(struct matching *m, char **files)
{
	int code = EXIT_DONE;

	for (; *files; files++)
		if (match_file(m, *files) != EXIT_DONE)
			code = EXIT_ENVIRONMENT;
	if (!m->json)
		fprintf(stderr, "%llu of %llu lines matched\n", (unsigned long long)m->matched,
			(unsigned long long)m->lines);
	if (m->unread > 0 && !m->json)
		cmd_message("%llu of these follow a line that its writer may have truncated (see "
			    "cut_at in relaydam-filters(5)): the daemon would not read them",
			    (unsigned long long)m->unread);
	warn_gave_up(m->config->filters);
	if (code == EXIT_DONE && m->matched == 0)
		code = EXIT_NO;
	return code;
}

int cmd_match(int argc, char **argv)
{
	const char *path = CMD_CONFIG;
	struct matching m = { .year = 0 };
	const struct options_entry options[] = {
		{ .name = "config", .letter = 'c', .text = &path },
		{ .name = "all", .letter = 'a', .flag = &m.all },
		{ .name = "program", .letter = 'p', .text = &m.program },
		{ .name = "year", .take = cmd_year, .into = &m.year },
		{ .name = "json", .flag = &m.json },
		{ .name = NULL },
	};
	struct config *config;
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (optind == argc) {
		cmd_message("match needs a log file, or - for standard input");
		return cmd_usage_error("match");
	}
	r = cmd_config(&config, path);
	if (r != EXIT_DONE)
		return r;
	m.config = config;
	r = match_files(&m, argv + optind);
	config_free(config);
	return cmd_flush(r);
}
