/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/input_files.h"
#include "archive/merge.h"
#include "cmd/cmd.h"
#include "options.h"
#include "progress.h"
#include "replay/compare.h"
#include "replay/html_report.h"
#include "replay/report.h"
#include "replay/sweep.h"
#include "util/clock.h"
#include "util/units.h"

static const char help[] =
	"Usage: relaydam replay [OPTION]... FILE...\n"
	"Reads archived logs as if they arrived now, and prints each ban that they would\n"
	"have caused, then a summary. Blocks nothing. Files may be compressed (gzip,\n"
	"bzip2, xz, zstd); - is standard input; a directory stands for the mail log in\n"
	"it. Rotated logs are read in the order of their times; the logs of several hosts\n"
	"are merged by time.\n\n"
	"  -c, --config FILE  configuration (default: " CMD_CONFIG ")\n"
	"  -j, --jail NAME    use only this jail, even if it is disabled; may be repeated\n"
	"      --since TIME   skip lines before this time: \"2026-11-20\",\n"
	"                     \"2026-11-20 23:30\" or \"2026-11-20T23:30:00+01:00\"\n"
	"      --until TIME   skip lines at or after this time\n"
	"      --year YEAR    year of the first line, if its header has none (default:\n"
	"                     from the modification time of the file)\n"
	"      --overlap      read logs of one host that overlap in time, although lines\n"
	"                     may count twice\n"
	"      --html FILE    also write a page with charts of the wave, the bans and\n"
	"                     their cost\n"
	"      --against OTHER.conf\n"
	"                     show what another configuration would do differently\n"
	"      --sweep JAIL.KEY=VALUES\n"
	"                     for each value of a limit, print the bans and their cost:\n"
	"                     mx.maxretry=1..20, mx.bantime=10m,1h,1d\n"
	"      --json         print one JSON object per event\n"
	"  -h, --help         show this help\n\n"
	"Exit codes: 0 done, 2 usage error, 3 configuration error, 4 a file cannot be\n"
	"read or is damaged; the lines before the damage were counted.\n";

enum { PROGRESS_LINES = 4096 }; /* lines between two updates of the progress bar */

struct replay {
	struct report report;
	struct replay_run *run, *other; /* other: for --against */
	struct config *config, *other_config;
	struct sweep *sweep;
	struct merge *stream;
	struct progress progress;
	/* arguments of the options */
	const char *config_path, *against, *sweep_spec, *html, *since, *until;
	const char **only;
	size_t only_n;
	int year;
	bool overlap;
};

static void on_ban(void *context, const struct ban_event *event)
{
	struct replay *replay = context;

	if (replay->other || replay->sweep)
		return; /* printed at the end */
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

static int each_line(struct replay *replay, struct span line)
{
	int r = engine_line(replay->run->engine, replay->run->source, line, INT64_MAX);

	if (r == 0 && replay->other)
		r = engine_line(replay->other->engine, replay->other->source, line, INT64_MAX);
	return r;
}

/* Reads all files. After an error in one it prints a message and goes on with the others. */
static int replay_lines(struct replay *replay)
{
	struct span line;
	int code = EXIT_DONE, r;

	for (uint64_t n = 1; (r = merge_next(replay->stream, &line)) != 0; n++) {
		if (r > 0)
			r = each_line(replay, line);
		if (r < 0) {
			progress_clear(&replay->progress);
			cmd_message("%s",
				    r == -ENOMEM ? strerror(-r) : merge_error(replay->stream));
			code = EXIT_ENVIRONMENT;
		}
		if (r == -ENOMEM)
			break;
		if (n % PROGRESS_LINES == 0)
			progress_tick(&replay->progress, merge_position(replay->stream));
	}
	progress_clear(&replay->progress);
	return code;
}

static int read_times(const struct replay *replay, struct replay_run_options *options)
{
	const struct zone *zone = &replay->config->zone;

	options->until = INT64_MAX;
	options->since = INT64_MIN;
	if (replay->since && time_parse(replay->since, zone, &options->since) < 0) {
		cmd_message("--since: \"%s\" is not a time: write \"2026-11-20 23:30\"",
			    replay->since);
		return cmd_usage_error("replay");
	}
	if (replay->until && time_parse(replay->until, zone, &options->until) < 0) {
		cmd_message("--until: \"%s\" is not a time: write \"2026-11-20 23:30\"",
			    replay->until);
		return cmd_usage_error("replay");
	}
	return EXIT_DONE;
}

/* Each jail given with --jail must exist. */
static int check_jails(const struct replay *replay, const struct config *config)
{
	for (size_t i = 0; i < replay->only_n; i++) {
		size_t j = 0;

		while (j < config->jails_n && strcmp(config->jails[j].name, replay->only[i]) != 0)
			j++;
		if (j == config->jails_n) {
			cmd_message("--jail: there is no jail \"%s\" in %s", replay->only[i],
				    config->path);
			return cmd_usage_error("replay");
		}
	}
	return EXIT_DONE;
}

static int start_run(struct replay *replay, struct replay_run **run, const struct config *config,
		     struct replay_run_options options)
{
	int r = check_jails(replay, config);

	if (r != EXIT_DONE)
		return r;
	options.config = config;
	options.clock.zone = &config->zone;
	r = replay_run_new(run, &options);
	if (r == -EINVAL) {
		cmd_message("%s: table_memory is too small for the maxretry of the jails: raise it",
			    config->path);
		return EXIT_CONFIG;
	}
	if (r < 0) {
		cmd_message("%s", strerror(-r));
		return EXIT_ENVIRONMENT;
	}
	return EXIT_DONE;
}

static int start_sweep(struct replay *replay)
{
	char error[SWEEP_ERROR];
	int r = sweep_new(&replay->sweep, replay->config, replay->sweep_spec, error);

	if (r == 0)
		return EXIT_DONE;
	cmd_message("%s", *error ? error : strerror(-r));
	return r == -EINVAL ? cmd_usage_error("replay") : EXIT_ENVIRONMENT;
}

static int start(struct replay *replay, const struct input_files *inputs)
{
	struct replay_run_options options = {
		.only = replay->only_n ? replay->only : NULL,
		.clock = { .year = replay->year, .reference = inputs->reference },
		.keep_bans = replay->other_config ? COMPARE_BANS
			     : replay->html	  ? HTML_REPORT_BANS
						  : 0,
		.context = replay,
		.on_ban = on_ban,
		.on_hit = on_hit,
	};
	int r = read_times(replay, &options);

	if (r == EXIT_DONE && replay->sweep_spec)
		r = start_sweep(replay);
	if (r == EXIT_DONE)
		r = start_run(replay, &replay->run, replay->config, options);
	options.on_hit = NULL;
	if (r == EXIT_DONE && replay->other_config)
		r = start_run(replay, &replay->other, replay->other_config, options);
	if (r == EXIT_DONE &&
	    merge_new(&replay->stream, inputs, &replay->config->zone, replay->year) < 0)
		r = EXIT_ENVIRONMENT;
	replay->report.run = replay->run;
	return r;
}

/* With --json, a summary of each configuration follows the bans. */
static void finish_comparison(struct replay *replay)
{
	struct report other = replay->report;

	compare_print(replay->run, replay->other, replay->report.json);
	if (!replay->report.json)
		return;
	replay->report.in = "this";
	report_summary(&replay->report);
	other.run = replay->other;
	other.in = "other";
	report_summary(&other);
}

static int finish(struct replay *replay)
{
	int r = 0;

	if (replay->other) {
		finish_comparison(replay);
		return EXIT_DONE;
	}
	if (replay->sweep)
		sweep_print(replay->sweep, replay->report.json);
	if (!replay->sweep || replay->report.json)
		report_summary(&replay->report);
	if (replay->html)
		r = html_report_write(&replay->report, replay->html);
	if (r == 0)
		return EXIT_DONE;
	cmd_message("--html: %s: %s", replay->html, strerror(-r));
	return EXIT_ENVIRONMENT;
}

static int replay_inputs(struct replay *replay, const struct input_files *inputs)
{
	int code, r;

	progress_start(&replay->progress, inputs->size);
	code = replay_lines(replay);
	engine_end(replay->run->engine, replay->run->source);
	if (replay->other)
		engine_end(replay->other->engine, replay->other->source);
	replay->report.elapsed = (double)(clock_read(CLOCK_MONOTONIC) - replay->progress.started) /
				 (double)UNITS_SECOND;
	replay->report.cut_lines = merge_cut(replay->stream);
	r = finish(replay);
	return r == EXIT_DONE ? code : r;
}

static int replay_paths(struct replay *replay, char *const *paths, size_t n)
{
	struct input_files_options options = { .zone = &replay->config->zone,
					       .year = replay->year,
					       .overlap = replay->overlap };
	struct input_files inputs;
	int r = input_files_gather(&inputs, paths, n, &options);

	if (*inputs.note)
		cmd_message("%s", inputs.note);
	if (r < 0) {
		cmd_message("%s", *inputs.error ? inputs.error : strerror(-r));
		input_files_free(&inputs);
		return r == -EINVAL ? EXIT_USAGE : EXIT_ENVIRONMENT;
	}
	r = start(replay, &inputs);
	if (r == EXIT_DONE)
		r = replay_inputs(replay, &inputs);
	input_files_free(&inputs);
	return r;
}

static int replay_files(struct replay *replay, char *const *paths, size_t n)
{
	int r = cmd_config(&replay->config, replay->config_path);

	if (r == EXIT_DONE && replay->against)
		r = cmd_config(&replay->other_config, replay->against);
	if (r == EXIT_DONE)
		r = replay_paths(replay, paths, n);
	replay_run_free(replay->run);
	replay_run_free(replay->other);
	sweep_free(replay->sweep);
	merge_free(replay->stream);
	config_free(replay->config);
	config_free(replay->other_config);
	return r;
}

static int add_jail(void *into, const char *name)
{
	struct replay *replay = into;

	replay->only[replay->only_n++] = name;
	return 0;
}

/* Returns OPTIONS_GO_ON or the exit code. */
static int read_options(struct replay *replay, int argc, char **argv)
{
	const struct options_entry options[] = {
		{ .name = "config", .letter = 'c', .text = &replay->config_path },
		{ .name = "jail", .letter = 'j', .take = add_jail, .into = replay },
		{ .name = "since", .text = &replay->since },
		{ .name = "until", .text = &replay->until },
		{ .name = "year", .take = cmd_year, .into = &replay->year },
		{ .name = "overlap", .flag = &replay->overlap },
		{ .name = "json", .flag = &replay->report.json },
		{ .name = "html", .text = &replay->html },
		{ .name = "against", .text = &replay->against },
		{ .name = "sweep", .text = &replay->sweep_spec },
		{ .name = NULL },
	};
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if ((replay->against != NULL) + (replay->html != NULL) + (replay->sweep_spec != NULL) > 1) {
		cmd_message("--against, --sweep and --html cannot be combined");
		return cmd_usage_error("replay");
	}
	if (optind == argc) {
		cmd_message("replay needs a log file, a directory, or - for standard input");
		return cmd_usage_error("replay");
	}
	return OPTIONS_GO_ON;
}

int cmd_replay(int argc, char **argv)
{
	struct replay replay = { .config_path = CMD_CONFIG };
	int r;

	replay.only = calloc((size_t)argc + 1, sizeof(*replay.only));
	if (!replay.only)
		return EXIT_ENVIRONMENT;
	r = read_options(&replay, argc, argv);
	if (r == OPTIONS_GO_ON)
		r = replay_files(&replay, argv + optind, (size_t)(argc - optind));
	free(replay.only);
	return cmd_flush(r);
}
