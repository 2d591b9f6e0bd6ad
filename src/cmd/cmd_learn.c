/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "ledger/ledger.h"
#include "ledger/ledger_path.h"
#include "options.h"
#include "replay/learn.h"
#include "util/run_dir.h"
#include "util/steady_clock.h"
#include "util/units.h"

static const char help[] =
	"Usage: relaydam learn [-c FILE] FILE...\n"
	"Learns from archived mail logs whose mail the server has accepted, so that these\n"
	"clients are spared from the daemon's first minute on. Files as for replay; what\n"
	"is older than spare's `within` does not count. The daemon must not be running:\n"
	"it learns by itself, and at its first start from the logs that it follows.\n\n"
	"  -c, --config FILE  default " CMD_CONFIG "\n"
	"      --help\n\n"
	"Exit codes: 0 done, 2 usage, 3 configuration, 4 a file that cannot be read or\n"
	"written, or the daemon is running.\n";

enum {
	PATIENCE = 60, /* seconds for the disk */
	ROOM = 50,     /* milliseconds, when the queue is full */
};

struct learning {
	const struct config *config;
	uint64_t clients, spared;
	int error;
	int64_t now;
};

static void complain(void *context, int priority, const char *text)
{
	(void)context;
	if (priority <= LOG_WARNING)
		cmd_complain("%s", text);
}

/* What root makes must be the daemon's: its directory says who that is. Logs have been read by then. */
static int become_owner(const char *path)
{
	char *dir = strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;
	struct stat st;
	int r = 0;

	if (!slash)
		r = dir ? 0 : -ENOMEM;
	else {
		*slash = '\0';
		if (stat(*dir ? dir : "/", &st) < 0)
			r = -errno;
		else if (geteuid() == 0 && st.st_uid != 0 &&
			 (setegid(st.st_gid) < 0 || seteuid(st.st_uid) < 0))
			r = -errno;
	}
	free(dir);
	return r;
}

static void save_one(struct learning *learning, struct ledger *ledger,
		     const struct spare_client *client)
{
	int64_t last = client->times[client->n - 1];

	while (ledger_spare(ledger, client, last + learning->config->spare.within) == LEDGER_FULL) {
		ledger_turn(ledger, learning->now);
		ledger_commit(ledger);
		poll(NULL, 0, ROOM);
		ledger_dispatch(ledger);
	}
	learning->clients++;
	learning->spared += client->until >= learning->now;
}

static void save(void *context, struct spare *spare)
{
	struct learning *learning = context;
	struct ledger_options options = { .now = learning->now, .note = complain };
	char *path = ledger_path(learning->config->state_dir);
	struct spare_client client;
	struct ledger *ledger = NULL;

	learning->error = path ? become_owner(path) : -ENOMEM;
	if (learning->error == 0)
		learning->error = ledger_open(&ledger, path, &options);
	else if (path)
		cmd_complain("%s: %s: is state_dir right?", path, strerror(-learning->error));
	free(path);
	if (learning->error < 0)
		return;
	while (spare_unsaved(spare, &client))
		save_one(learning, ledger, &client);
	ledger_turn(ledger, learning->now);
	learning->error = ledger_close(ledger, PATIENCE * UNITS_SECOND);
	if (learning->error < 0)
		cmd_complain("the disk did not take all of it in time");
}

static int learn(const char *config_path, char *const *paths, size_t n)
{
	struct learning learning = { .now = steady_now() };
	struct learn_counts counts;
	struct config *config;
	char error[LEARN_TEXT];
	int code = cmd_config(&config, config_path), r;

	if (code != EXIT_DONE)
		return code;
	learning.config = config;
	if (!config->spare.on) {
		cmd_complain("%s says spare = false: there is nothing to learn for", config->path);
		config_free(config);
		return EXIT_CONFIG;
	}
	r = learn_files(config, paths, n, learning.now, save, &learning, &counts, error);
	if (r < 0)
		cmd_complain("%s", error);
	if (learning.error == 0 && counts.lines > 0)
		printf("%llu lines, %llu mails accepted in time of %llu clients, %llu of them are "
		       "spared\n",
		       (unsigned long long)counts.lines, (unsigned long long)counts.mails,
		       (unsigned long long)learning.clients, (unsigned long long)learning.spared);
	config_free(config);
	return r < 0 || learning.error < 0 ? EXIT_ENVIRONMENT : EXIT_DONE;
}

int cmd_learn(int argc, char **argv)
{
	const char *config = CMD_CONFIG;
	const struct options_entry options[] = {
		{ .name = "config", .letter = 'c', .text = &config },
		{ .name = NULL },
	};
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (optind == argc) {
		cmd_complain("learn wants a log file, or - for standard input");
		return cmd_usage_error("learn");
	}
	return cmd_flush(learn(config, argv + optind, (size_t)(argc - optind)));
}
