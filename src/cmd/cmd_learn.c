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
	"Learns from archived logs which clients deliver mail that the server accepts, so\n"
	"that the daemon knows these senders when it first starts. Files are given as for\n"
	"replay; mails older than `within` of `spare` do not count. The daemon must not\n"
	"be running. It also learns by itself: continuously, and at its first start from\n"
	"the logs that it follows.\n\n"
	"  -c, --config FILE  configuration (default: " CMD_CONFIG ")\n"
	"  -h, --help         show this help\n\n"
	"Exit codes: 0 done, 2 usage error, 3 configuration error, 4 a file cannot be\n"
	"read or written, or the daemon is running.\n";

enum {
	CLOSE_TIMEOUT = 60, /* seconds to write what is still queued */
	RETRY_DELAY = 50,   /* milliseconds to wait while the ledger's queue is full */
};

struct learning {
	const struct config *config;
	uint64_t clients, known; /* known: with enough mails to be known senders */
	int error;
	int64_t now;
};

static void print_note(void *context, int priority, const char *text)
{
	(void)context;
	if (priority <= LOG_WARNING)
		cmd_message("%s", text);
}

/*
 * The ledger must belong to the daemon's user, the owner of its directory. If run as root, takes on that user;
 * the logs have been read by then.
 */
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

static void save_client(struct learning *learning, struct ledger *ledger,
			const struct spare_client *client)
{
	int64_t last = client->times[client->n - 1];

	while (ledger_spare(ledger, client, last + learning->config->spare.within) == LEDGER_FULL) {
		ledger_turn(ledger, learning->now);
		ledger_commit(ledger);
		poll(NULL, 0, RETRY_DELAY);
		ledger_dispatch(ledger);
	}
	learning->clients++;
	learning->known += client->until >= learning->now;
}

static void save(void *context, struct spare *spare)
{
	struct learning *learning = context;
	struct ledger_options options = { .now = learning->now, .note = print_note };
	char *path = ledger_path(learning->config->state_dir);
	struct spare_client client;
	struct ledger *ledger = NULL;

	learning->error = path ? become_owner(path) : -ENOMEM;
	if (learning->error == 0)
		learning->error = ledger_open(&ledger, path, &options);
	else if (path)
		cmd_message("%s: %s: check state_dir in %s", path, strerror(-learning->error),
			    learning->config->path);
	free(path);
	if (learning->error < 0)
		return;
	while (spare_unsaved(spare, &client))
		save_client(learning, ledger, &client);
	ledger_turn(ledger, learning->now);
	learning->error = ledger_close(ledger, CLOSE_TIMEOUT * UNITS_SECOND);
	if (learning->error < 0)
		cmd_message(
			"the ledger was not written within %d s: what was learned is incomplete; "
			"run this command again",
			CLOSE_TIMEOUT);
}

static int learn_paths(const char *config_path, char *const *paths, size_t n)
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
		cmd_message("%s has spare = false: known senders are not used, nothing learned",
			    config->path);
		config_free(config);
		return EXIT_CONFIG;
	}
	r = learn_files(config, paths, n, learning.now, save, &learning, &counts, error);
	if (r < 0)
		cmd_message("%s", error);
	if (learning.error == 0 && counts.lines > 0)
		printf("%llu lines, %llu recent mails accepted from %llu clients, "
		       "%llu of them known senders\n",
		       (unsigned long long)counts.lines, (unsigned long long)counts.mails,
		       (unsigned long long)learning.clients, (unsigned long long)learning.known);
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
		cmd_message("learn needs a log file, or - for standard input");
		return cmd_usage_error("learn");
	}
	return cmd_flush(learn_paths(config, argv + optind, (size_t)(argc - optind)));
}
