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
	"Shows which rule takes which line: for those who write rules. FILE - is standard\n"
	"input. Each line is looked at by itself: nothing is counted, nobody is banned.\n"
	"What the daemon would not read is marked \"behind a cut line\".\n\n"
	"  -c, --config FILE   default " CMD_CONFIG "\n"
	"  -a, --all           also the lines that no rule takes\n"
	"  -p, --program NAME  lines without a header are messages of this program;\n"
	"                      without the option every rule is tried on them\n"
	"      --year YEAR     of the first line, where the header has none\n"
	"      --json          one object a line\n"
	"      --help\n\n"
	"Exit codes: 0 a rule took a line, 1 none did, 2 usage, 3 configuration, 4 file.\n";

struct matching {
	const struct config *config;
	const char *file, *program;
	bool all, json;
	int year;
	uint64_t number; /* of the line in the file */
	uint64_t taken, lines, unread;
	struct log_clock *clock;
};

/* A line, and what became of it. */
struct seen {
	struct record record;
	bool headerless, taken;
	bool unread; /* it may be the rest of a line that was cut: the daemon would not read it */
	struct match match;
};

/*
 * The rule that takes the record; rules that only follow a session take none. Without headers there are no times, and so
 * nothing is said to stand behind a cut line.
 */
static void look(const struct matching *m, struct seen *seen)
{
	struct filters *filters = m->config->filters;
	struct record *record = &seen->record;

	if (seen->headerless && m->program)
		record->program = span_of(m->program);
	if (seen->headerless && !m->program)
		seen->taken = filters_match_any(filters, record, &seen->match) > 0;
	else
		seen->taken = filters_match_alone(filters, record, &seen->match, &seen->unread) > 0;
	if (seen->headerless)
		seen->unread = false;
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

static void print_json(const struct matching *m, const struct seen *seen)
{
	const struct record *record = &seen->record;
	const struct match *match = seen->taken ? &seen->match : NULL;
	bool offence = match && rule_proves(match->rule);
	char text[ADDR_TEXT], time[TIME_TEXT];
	json_t *object = json_object();

	json_object_set_new(object, "file", json_span(span_of(m->file)));
	json_object_set_new(object, "line", json_integer((json_int_t)m->number));
	json_object_set_new(object, "time",
			    seen->headerless ? json_null()
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
	if (seen->unread)
		json_object_set_new(object, "behind_cut_line", json_true());
	json_object_set_new(object, "text", json_text(record->message));
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static void print_text(const struct matching *m, const struct seen *seen)
{
	const struct match *match = &seen->match;
	char text[ADDR_TEXT];

	escape_print(stdout, span_of(m->file));
	printf(":%llu: ", (unsigned long long)m->number);
	if (!seen->taken) {
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
	if (seen->unread)
		printf(" (behind a cut line: the daemon would not read it)");
	printf("\n    ");
	escape_print(stdout, seen->record.message);
	putchar('\n');
}

static int each_line(void *context, struct span line)
{
	struct matching *m = context;
	struct seen seen = { 0 };
	bool offence;

	m->number++;
	m->lines++;
	seen.headerless = record_parse(line, &seen.record) > 0;
	if (!seen.headerless)
		seen.record.time = log_clock_read(m->clock, &seen.record.stamp);
	look(m, &seen);
	offence = seen.taken && rule_proves(seen.match.rule);
	m->taken += offence;
	m->unread += offence && seen.unread;
	if (!offence && !m->all)
		return 0;
	if (m->json)
		print_json(m, &seen);
	else
		print_text(m, &seen);
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
		cmd_complain("%s: %s", path, strerror(-r));
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
		cmd_complain("%s: %s; everything before the damage was read", path,
			     zfile_error(in));
	zfile_close(in);
	return r < 0 ? EXIT_ENVIRONMENT : EXIT_DONE;
}

/* A line that a rule gave up on is no line that it does not take. */
static void tell_gave_up(const struct filters *filters)
{
	for (size_t i = 0; i < filters_rules(filters); i++) {
		const struct rule *rule = filters_rule(filters, i);

		if (rule->gave_up > 0)
			cmd_complain(
				"%s/%s gave up on %llu lines: its pattern costs too much there",
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
		fprintf(stderr, "%llu of %llu lines taken\n", (unsigned long long)m->taken,
			(unsigned long long)m->lines);
	if (m->unread > 0 && !m->json)
		cmd_complain("%llu of these stand behind a line that its writer may have "
			     "cut (cut_at): the daemon would not read them",
			     (unsigned long long)m->unread);
	tell_gave_up(m->config->filters);
	if (code == EXIT_DONE && m->taken == 0)
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
		cmd_complain("match wants a log file, or - for standard input");
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
