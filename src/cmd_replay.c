/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "inputs.h"
#include "lines.h"
#include "page.h"
#include "progress.h"
#include "report.h"
#include "sweep.h"
#include "units.h"
#include "versus.h"

static const char help[] =
	"Usage: relaydam replay [OPTION]... FILE...\n"
	"Reads archived mail logs as if they came in now, and prints each ban that they\n"
	"would have made. Touches nothing. Files may be compressed (gzip, bzip2, xz, zstd);\n"
	"- is standard input. They are read in the order of their first lines' times.\n\n"
	"  -c, --config FILE  default " CMD_CONFIG "\n"
	"  -j, --jail NAME    this jail only, enabled or not; may be given several times\n"
	"      --since TIME   leave out what is older: \"2026-11-20\",\n"
	"                     \"2026-11-20 23:30\", \"2026-11-20T23:30:00+01:00\"\n"
	"      --until TIME   leave out what is not older\n"
	"      --year YEAR    of the first line, where the header has none (default: from\n"
	"                     the file's time of change)\n"
	"      --html FILE    write the wave, the bans and what they cost as a page, too\n"
	"      --against OTHER.conf\n"
	"                     what another configuration would do differently\n"
	"      --sweep JAIL.KEY=VALUES\n"
	"                     a table of bans and of what they cost for each value of a\n"
	"                     limit: mx.maxretry=1..20, mx.bantime=10m,1h,1d\n"
	"      --json         one object an event\n"
	"      --help\n\n"
	"Exit codes: 0 done, 2 usage, 3 configuration, 4 a file that cannot be read, or is\n"
	"damaged: what came before the damage was counted.\n";

struct replay {
	struct report report;
	struct pass *pass, *other; /* other: of --against */
	struct config *config, *other_config;
	struct sweep *sweep;
	struct linebuf *buf;
	struct progress progress;
	uint64_t before; /* bytes of the files that are done */
	/* as the options say */
	const char *config_path, *against, *sweep_spec, *html, *since, *until;
	const char **only;
	size_t only_n;
	int year;
};

static void on_ban(void *context, const struct ban_event *event)
{
	struct replay *replay = context;

	if (replay->other || replay->sweep)
		return; /* told at the end */
	if (isatty(STDOUT_FILENO))
		progress_clear(&replay->progress);
	report_ban(&replay->report, event);
}

static void on_hit(void *context, const struct hit *hit)
{
	struct replay *replay = context;

	if (replay->sweep)
		sweep_hit(replay->sweep, hit);
}

static void tick(void *context, const struct archive_in *in)
{
	struct replay *replay = context;

	progress_tick(&replay->progress, replay->before + archive_in_position(in));
}

static int each_line(void *context, struct span line)
{
	struct replay *replay = context;
	int r = engine_line(replay->pass->engine, replay->pass->source, line, INT64_MAX);

	if (r == 0 && replay->other)
		r = engine_line(replay->other->engine, replay->other->source, line, INT64_MAX);
	return r;
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
	progress_clear(&replay->progress);
	if (r < 0)
		cmd_complain("%s: %s; everything before the damage was counted", input->path,
			     r == -ENOMEM ? "out of memory" : archive_in_error(in));
	replay->before += input->size;
	archive_in_close(in);
	return r < 0 ? EXIT_ENVIRONMENT : EXIT_DONE;
}

static int read_times(const struct replay *replay, struct pass_options *options)
{
	const struct zone *zone = &replay->config->zone;

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
static int check_only(const struct replay *replay, const struct config *config)
{
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

static int start_pass(struct replay *replay, struct pass **pass, const struct config *config,
		      struct pass_options options)
{
	int r = check_only(replay, config);

	if (r != EXIT_DONE)
		return r;
	options.config = config;
	options.clock.zone = &config->zone;
	r = pass_new(pass, &options);
	if (r == -EINVAL) {
		cmd_complain("%s: table_memory is too small for the jails' maxretry: raise it",
			     config->path);
		return EXIT_CONFIG;
	}
	if (r < 0) {
		cmd_complain("%s", strerror(-r));
		return EXIT_ENVIRONMENT;
	}
	return EXIT_DONE;
}

static int start_sweep(struct replay *replay)
{
	char error[160];
	int r = sweep_new(&replay->sweep, replay->config, replay->sweep_spec, error);

	if (r == 0)
		return EXIT_DONE;
	cmd_complain("%s", *error ? error : strerror(-r));
	return r == -EINVAL ? EXIT_USAGE : EXIT_ENVIRONMENT;
}

static int start(struct replay *replay, const struct inputs *inputs)
{
	struct pass_options options = {
		.only = replay->only_n ? replay->only : NULL,
		.clock = { .year = replay->year, .reference = inputs->reference },
		.keep_bans = replay->other_config ? VERSUS_BANS
			     : replay->html	  ? PAGE_BANS
						  : 0,
		.context = replay,
		.on_ban = on_ban,
		.on_hit = on_hit,
	};
	int r = read_times(replay, &options);

	if (r == EXIT_DONE && replay->sweep_spec)
		r = start_sweep(replay);
	if (r == EXIT_DONE)
		r = start_pass(replay, &replay->pass, replay->config, options);
	options.on_hit = NULL;
	if (r == EXIT_DONE && replay->other_config)
		r = start_pass(replay, &replay->other, replay->other_config, options);
	if (r == EXIT_DONE && linebuf_new(&replay->buf) < 0)
		r = EXIT_ENVIRONMENT;
	replay->report.pass = replay->pass;
	return r;
}

/* Of both configurations in turn, each named. */
static void finish_versus(struct replay *replay)
{
	struct report other = replay->report;

	versus_print(replay->pass, replay->other, replay->report.json);
	if (!replay->report.json)
		return;
	replay->report.in = "this";
	report_summary(&replay->report);
	other.pass = replay->other;
	other.in = "other";
	report_summary(&other);
}

static int finish(struct replay *replay)
{
	int r = 0;

	if (replay->other) {
		finish_versus(replay);
		return EXIT_DONE;
	}
	if (replay->sweep)
		sweep_print(replay->sweep, replay->report.json);
	if (!replay->sweep || replay->report.json)
		report_summary(&replay->report);
	if (replay->html)
		r = page_write(&replay->report, replay->html);
	if (r == 0)
		return EXIT_DONE;
	cmd_complain("--html: %s: %s", replay->html, strerror(-r));
	return EXIT_ENVIRONMENT;
}

static int replay_inputs(struct replay *replay, const struct inputs *inputs)
{
	int code = EXIT_DONE, r;

	progress_start(&replay->progress, inputs->size);
	for (size_t i = 0; i < inputs->n; i++)
		if (replay_file(replay, &inputs->list[i]) != EXIT_DONE)
			code = EXIT_ENVIRONMENT;
	engine_end(replay->pass->engine, replay->pass->source);
	if (replay->other)
		engine_end(replay->other->engine, replay->other->source);
	replay->report.elapsed =
		(double)(progress_clock() - replay->progress.started) / (double)UNITS_SECOND;
	replay->report.cut_lines = linebuf_cut(replay->buf);
	r = finish(replay);
	return r == EXIT_DONE ? code : r;
}

static int replay_paths(struct replay *replay, char *const *paths, size_t n)
{
	struct inputs inputs;
	int r = inputs_gather(&inputs, paths, n, &replay->config->zone, replay->year);

	if (r < 0) {
		cmd_complain("%s", strerror(-r));
		return EXIT_ENVIRONMENT;
	}
	r = start(replay, &inputs);
	if (r == EXIT_DONE)
		r = replay_inputs(replay, &inputs);
	inputs_free(&inputs);
	return r;
}

static int replay_files(struct replay *replay, char *const *paths, size_t n)
{
	int r = cmd_config(&replay->config, replay->config_path);

	if (r == EXIT_DONE && replay->against)
		r = cmd_config(&replay->other_config, replay->against);
	if (r == EXIT_DONE)
		r = replay_paths(replay, paths, n);
	pass_free(replay->pass);
	pass_free(replay->other);
	sweep_free(replay->sweep);
	linebuf_free(replay->buf);
	config_free(replay->config);
	config_free(replay->other_config);
	return r;
}

enum { OPT_SINCE = 256, OPT_UNTIL, OPT_YEAR, OPT_JSON, OPT_HTML, OPT_AGAINST, OPT_SWEEP };

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
	case OPT_HTML:
		replay->html = optarg;
		return 0;
	case OPT_AGAINST:
		replay->against = optarg;
		return 0;
	case OPT_SWEEP:
		replay->sweep_spec = optarg;
		return 0;
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
		{ "html", required_argument, NULL, OPT_HTML },
		{ "against", required_argument, NULL, OPT_AGAINST },
		{ "sweep", required_argument, NULL, OPT_SWEEP },
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
	if (r == 0 &&
	    (replay.against != NULL) + (replay.html != NULL) + (replay.sweep_spec != NULL) > 1) {
		cmd_complain("--against, --sweep and --html cannot be asked for together");
		r = -1;
	}
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
