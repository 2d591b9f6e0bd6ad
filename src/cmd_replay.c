/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "inputs.h"
#include "lines.h"
#include "report.h"
#include "units.h"

static const char help[] =
	"Usage: relaydam replay [OPTION]... FILE...\n"
	"Reads archived mail logs as if they came in now, and prints each ban that they\n"
	"would have made. Touches nothing. Files may be compressed by gzip; - is standard\n"
	"input. They are read in the order of their first lines' times.\n\n"
	"  -c, --config FILE  default " CMD_CONFIG "\n"
	"  -j, --jail NAME    this jail only, enabled or not; may be given several times\n"
	"      --since TIME   leave out what is older: \"2026-11-20\",\n"
	"                     \"2026-11-20 23:30\", \"2026-11-20T23:30:00+01:00\"\n"
	"      --until TIME   leave out what is not older\n"
	"      --year YEAR    of the first line, where the header has none (default: from\n"
	"                     the file's time of change)\n"
	"      --json         one object an event\n"
	"      --help\n\n"
	"Exit codes: 0 done, 2 usage, 3 configuration, 4 a file that cannot be read, or is\n"
	"damaged: what came before the damage was counted.\n";

struct replay {
	struct report report;
	struct engine *engine;
	struct source *source;
	struct tally *tally;
	struct linebuf *buf;
	struct jail *jails;
	/* as the options say */
	const char *config_path, *since, *until;
	const char **only;
	size_t only_n;
	int year;
	/* for the progress bar */
	bool progress;
	uint64_t total, before; /* bytes of all files, of those that are done */
	int64_t started, shown; /* monotonic microseconds */
};

static int64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * UNITS_SECOND + now.tv_nsec / 1000;
}

static void on_hit(void *context, const struct hit *hit)
{
	tally_hit(((struct replay *)context)->tally, hit);
}

static void on_accepted(void *context, const struct addr *client, int64_t time)
{
	tally_accepted(((struct replay *)context)->tally, client, time);
}

static void clear_progress(const struct replay *replay)
{
	if (replay->progress && replay->shown)
		fputs("\r\033[K", stderr);
}

static void on_ban(void *context, const struct ban_event *event)
{
	struct replay *replay = context;

	tally_ban(replay->tally, event);
	if (replay->progress && isatty(STDOUT_FILENO))
		clear_progress(replay);
	report_ban(&replay->report, event);
}

static void draw_progress(struct replay *replay, uint64_t done, int64_t now)
{
	static const char bar[] = "##############################";
	double seconds = (double)(now - replay->started) / (double)UNITS_SECOND;
	double rate = (double)done / (seconds > 0 ? seconds : 1);
	char left[DURATION_TEXT];

	if (replay->total > 0) {
		double part = (double)done / (double)replay->total;
		int width = (int)(part * 30);

		duration_format((int64_t)((double)(replay->total - done) / (rate + 1) *
					  (double)UNITS_SECOND),
				left);
		fprintf(stderr, "\r[%-30.*s] %3d%%  %.0f MB/s  %s left\033[K", width, bar,
			(int)(part * 100), rate / 1e6, left);
	} else {
		fprintf(stderr, "\r%.0f MB  %.0f MB/s\033[K", (double)done / 1e6, rate / 1e6);
	}
}

static void tick(void *context, const struct archive_in *in)
{
	struct replay *replay = context;
	uint64_t done = replay->before + archive_in_position(in);
	int64_t now;

	if (!replay->progress)
		return;
	now = monotonic();
	if (now - replay->shown < UNITS_SECOND / 10 || now - replay->started < UNITS_SECOND / 2)
		return;
	replay->shown = now;
	draw_progress(replay, done < replay->total || replay->total == 0 ? done : replay->total,
		      now);
}

static int each_line(void *context, struct span line)
{
	struct replay *replay = context;

	return engine_line(replay->engine, replay->source, line, INT64_MAX);
}

static int replay_file(struct replay *replay, const struct input *input)
{
	struct archive_in *in;
	int r = archive_in_open(&in, input->path);

	if (r < 0) {
		cmd_complain("%s: %s", input->path, strerror(-r));
		return EXIT_ENVIRONMENT;
	}
	r = lines_read(in, replay->buf, each_line, tick, replay);
	clear_progress(replay);
	if (r < 0)
		cmd_complain("%s: %s; everything before the damage was counted", input->path,
			     r == -ENOMEM ? "out of memory" : archive_in_error(in));
	replay->before += input->size;
	archive_in_close(in);
	return r < 0 ? EXIT_ENVIRONMENT : EXIT_DONE;
}

static int make_source(struct replay *replay, const struct inputs *inputs)
{
	struct logtime_options options = { .zone = &replay->report.config->zone,
					   .year = replay->year,
					   .reference = inputs->reference };

	replay->total = inputs->size;
	return source_new(&replay->source, &options);
}

static int read_times(struct replay *replay, struct engine_options *options)
{
	const struct zone *zone = &replay->report.config->zone;

	options->until = INT64_MAX;
	options->since = INT64_MIN;
	if (replay->since && time_parse(replay->since, zone, &options->since) < 0) {
		cmd_complain("--since: \"%s\" is no time: write \"2026-11-20 23:30\"",
			     replay->since);
		return EXIT_USAGE;
	}
	if (replay->until && time_parse(replay->until, zone, &options->until) < 0) {
		cmd_complain("--until: \"%s\" is no time: write \"2026-11-20 23:30\"",
			     replay->until);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* Every jail that was asked for must be there. */
static int check_only(const struct replay *replay)
{
	const struct config *config = replay->report.config;

	for (size_t i = 0; i < replay->only_n; i++) {
		size_t j = 0;

		while (j < config->jails_n && strcmp(config->jails[j].name, replay->only[i]) != 0)
			j++;
		if (j == config->jails_n) {
			cmd_complain("--jail: there is no jail \"%s\" in %s", replay->only[i],
				     config->path);
			return EXIT_USAGE;
		}
	}
	return EXIT_DONE;
}

static int start(struct replay *replay)
{
	const struct config *config = replay->report.config;
	struct engine_options options = {
		.filters = config->filters,
		.ignore = config->ignore,
		.memory = config->table_memory,
		.events = { .context = replay,
			    .hit = on_hit,
			    .accepted = on_accepted,
			    .ban = on_ban },
	};
	int r = read_times(replay, &options);

	if (r == EXIT_DONE)
		r = check_only(replay);
	if (r != EXIT_DONE)
		return r;
	if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		return EXIT_ENVIRONMENT;
	r = config_jails(config, replay->only_n ? replay->only : NULL, &replay->jails,
			 &options.jails_n);
	if (r == 0) {
		options.jails = replay->jails;
		r = engine_new(&replay->engine, &options);
	}
	if (r == -EINVAL) {
		cmd_complain("%s: table_memory is too small for the jails' maxretry: raise it",
			     config->path);
		return EXIT_CONFIG;
	}
	if (r == 0)
		r = tally_new(&replay->tally, filters_rules(config->filters), options.jails_n,
			      &options.seed);
	if (r == 0)
		r = linebuf_new(&replay->buf);
	if (r < 0) {
		cmd_complain("%s", strerror(-r));
		return EXIT_ENVIRONMENT;
	}
	replay->report.jails = replay->jails;
	replay->report.jails_n = options.jails_n;
	replay->report.engine = replay->engine;
	replay->report.tally = replay->tally;
	return EXIT_DONE;
}

static int replay_inputs(struct replay *replay, const struct inputs *inputs)
{
	int code = EXIT_DONE;

	if (make_source(replay, inputs) < 0)
		return EXIT_ENVIRONMENT;
	replay->started = monotonic();
	for (size_t i = 0; i < inputs->n; i++)
		if (replay_file(replay, &inputs->list[i]) != EXIT_DONE)
			code = EXIT_ENVIRONMENT;
	engine_end(replay->engine, replay->source);
	replay->report.elapsed = (double)(monotonic() - replay->started) / (double)UNITS_SECOND;
	replay->report.clock = source_clock(replay->source);
	replay->report.cut_lines = linebuf_cut(replay->buf);
	report_summary(&replay->report);
	return code;
}

static int replay_paths(struct replay *replay, char *const *paths, size_t n)
{
	struct inputs inputs;
	int r = inputs_gather(&inputs, paths, n, &replay->report.config->zone, replay->year);

	if (r < 0) {
		cmd_complain("%s", strerror(-r));
		return EXIT_ENVIRONMENT;
	}
	r = replay_inputs(replay, &inputs);
	inputs_free(&inputs);
	return r;
}

static int replay_files(struct replay *replay, char *const *paths, size_t n)
{
	struct config *config;
	int r = cmd_config(&config, replay->config_path);

	if (r != EXIT_DONE)
		return r;
	replay->report.config = config;
	replay->progress = isatty(STDERR_FILENO);
	r = start(replay);
	if (r == EXIT_DONE)
		r = replay_paths(replay, paths, n);
	engine_free(replay->engine);
	source_free(replay->source);
	tally_free(replay->tally);
	linebuf_free(replay->buf);
	free(replay->jails);
	config_free(config);
	return r;
}

enum { OPT_SINCE = 256, OPT_UNTIL, OPT_YEAR, OPT_JSON };

/* One option. Returns 0 to go on, 1 after --help, -1 when it was wrong. */
static int take_option(struct replay *replay, int option)
{
	switch (option) {
	case 'c':
		replay->config_path = optarg;
		return 0;
	case 'j':
		replay->only[replay->only_n++] = optarg;
		return 0;
	case OPT_SINCE:
		replay->since = optarg;
		return 0;
	case OPT_UNTIL:
		replay->until = optarg;
		return 0;
	case OPT_YEAR:
		return cmd_year(optarg, &replay->year);
	case OPT_JSON:
		replay->report.json = true;
		return 0;
	case 'h':
		fputs(help, stdout);
		return 1;
	default:
		return -1;
	}
}

int cmd_replay(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "jail", required_argument, NULL, 'j' },
		{ "since", required_argument, NULL, OPT_SINCE },
		{ "until", required_argument, NULL, OPT_UNTIL },
		{ "year", required_argument, NULL, OPT_YEAR },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct replay replay = { .config_path = CMD_CONFIG };
	int option, r = 0;

	replay.only = calloc((size_t)argc + 1, sizeof(*replay.only));
	if (!replay.only)
		return EXIT_ENVIRONMENT;
	while (r == 0 && (option = getopt_long(argc, argv, "c:j:h", options, NULL)) != -1)
		r = take_option(&replay, option);
	if (r == 0 && optind == argc) {
		cmd_complain("replay wants a log file, or - for standard input");
		r = -1;
	}
	if (r < 0)
		r = cmd_usage_error("replay");
	else if (r > 0)
		r = EXIT_DONE;
	else
		r = replay_files(&replay, argv + optind, (size_t)(argc - optind));
	free(replay.only);
	return cmd_flush(r);
}
