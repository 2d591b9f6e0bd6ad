/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/print.h"
#include "client/watch_table.h"
#include "cmd/cmd.h"
#include "control/control_client.h"
#include "daemon_request.h"
#include "util/clock.h"
#include "util/term.h"

static const char help[] =
	"Usage: relaydam watch [OPTION]... [[NAME=]SOCKET]...\n"
	"Prints one line every few seconds: the connected clients (sess) and how many of\n"
	"them a server process serves (busy); the lines, hits, bans and accepted mails\n"
	"since the previous line; the bans in force (held). A * marks that a jail with\n"
	"when = \"busy\" is active. Give the control sockets of other hosts as arguments\n"
	"to see them side by side; ssh forwards such a socket:\n"
	"ssh -L mx2.sock:/run/relaydam/control.sock mx2\n\n"
	"  -e, --every TIME   interval between two lines (default: 5s, minimum: 1s)\n"
	"  -n, --count N      exit after N lines\n"
	"  -b, --blocker NAME count the sessions on the ports of this blocker (default:\n"
	"                     the first blocker)\n"
	"  -l, --limit N      clients that the server can serve at a time (default: 100,\n"
	"                     as in Postfix)\n"
	"  -w, --warn A,B     percentages of the limit at which the number of sessions\n"
	"                     turns yellow and red (default: 60,90)\n"
	"  -c, --config FILE  read the socket's directory (runtime_dir) from this file\n"
	"      --json         print one JSON object per line and host\n"
	"  -h, --help         show this help\n\n"
	"Exit codes: 0 done, 2 usage error, 4 the daemon could not be reached at the\n"
	"start.\n";

struct watching {
	struct daemon_request request;
	int64_t every;	 /* microseconds */
	long long count; /* of lines; 0: without end */
	const char *blocker;
	struct watch_table_limits limits;
	struct watch_table_host hosts[WATCH_TABLE_HOSTS];
	char *sockets[WATCH_TABLE_HOSTS];
	size_t n;
};

static void ignore_object(void *context, const json_t *object)
{
	(void)context;
	(void)object;
}

/* Returns the answer to `status`, or NULL with the reason in error. */
static json_t *poll_host(const char *path, char error[static CONTROL_ERROR])
{
	json_t *body = json_pack("{s:s}", "command", "status"), *answer = NULL;

	if (!body || control_call(path, body, ignore_object, NULL, &answer, error) < 0)
		answer = NULL;
	json_decref(body);
	return answer;
}

static void print_objects(const struct watching *watching, const struct watch_table_sample *samples)
{
	char text[TIME_TEXT];

	time_rfc3339(clock_read(CLOCK_REALTIME), text);
	for (size_t i = 0; i < watching->n; i++) {
		json_t *object = watch_table_object(text, &watching->hosts[i], &samples[i]);

		json_dumpf(object, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(object);
	}
	fflush(stdout);
}

static void print_row(const struct watching *watching, const struct watch_table_sample *samples,
		      long long line)
{
	bool colour = term_has_colour(STDOUT_FILENO);
	char text[16];
	struct tm tm;
	time_t now = time(NULL);

	strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&now, &tm));
	if (line % WATCH_TABLE_HEADER == 0)
		watch_table_header(stdout, watching->hosts, watching->n, colour);
	watch_table_row(stdout, text, samples, watching->n, &watching->limits, colour);
}

/* Polls all hosts, prints one line. Returns whether a host answered; error: the last failure. */
static bool poll_hosts(struct watching *watching, long long line, char error[static CONTROL_ERROR])
{
	struct watch_table_sample samples[WATCH_TABLE_HOSTS];
	bool any = false;

	for (size_t i = 0; i < watching->n; i++) {
		json_t *answer = poll_host(watching->sockets[i], error);

		samples[i] = watch_table_take(&watching->hosts[i], answer, watching->blocker);
		any |= answer != NULL;
		json_decref(answer);
	}
	if (line == 0 && !any)
		return false;
	if (watching->request.json)
		print_objects(watching, samples);
	else
		print_row(watching, samples, line);
	return any;
}

static int print_lines(struct watching *watching)
{
	char error[CONTROL_ERROR] = "no answer";
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (long long line = 0; watching->count == 0 || line < watching->count; line++) {
		bool any = poll_hosts(watching, line, error);

		if (line == 0 && !any) {
			cmd_message("%s", error);
			return EXIT_ENVIRONMENT;
		}
		if (ferror(stdout))
			return EXIT_ENVIRONMENT;
		if (line + 1 == watching->count)
			break;
		next.tv_sec += watching->every / UNITS_SECOND;
		next.tv_nsec += watching->every % UNITS_SECOND * 1000;
		if (next.tv_nsec >= 1000000000) {
			next.tv_sec++;
			next.tv_nsec -= 1000000000;
		}
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL) == EINTR)
			continue;
	}
	return EXIT_DONE;
}

/* "NAME=SOCKET" or "SOCKET". */
static int add_socket(struct watching *watching, const char *text)
{
	const char *equals = strchr(text, '='), *slash = strchr(text, '/');
	bool named = equals && (!slash || equals < slash);
	struct watch_table_host *host = &watching->hosts[watching->n];

	if (watching->n == WATCH_TABLE_HOSTS) {
		cmd_message("watch takes at most %d sockets: remove \"%s\"", WATCH_TABLE_HOSTS,
			    text);
		return -1;
	}
	if (named)
		snprintf(host->name, sizeof(host->name), "%.*s", (int)(equals - text), text);
	else
		snprintf(host->name, sizeof(host->name), "%s", text);
	watching->sockets[watching->n] = strdup(named ? equals + 1 : text);
	return watching->sockets[watching->n++] ? 0 : -1;
}

static int read_number(const char *option, const char *text, long long min, long long *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' && *out >= min && *out <= 1000000000)
		return 0;
	cmd_message("%s: \"%s\" is not a whole number of at least %lld", option, text, min);
	return -1;
}

static int read_warn(void *into, const char *text)
{
	struct watch_table_limits *limits = into;
	char *comma, *end = NULL;
	unsigned long warn = strtoul(text, &comma, 10), alarm = 0;

	if (*comma == ',')
		alarm = strtoul(comma + 1, &end, 10);
	if (end && end > comma + 1 && *end == '\0' && warn > 0 && warn <= alarm && alarm <= 1000) {
		limits->warn = (int)warn;
		limits->alarm = (int)alarm;
		return 0;
	}
	cmd_message("--warn: \"%s\" is not two percentages: write them as 60,90", text);
	return -1;
}

static int read_every(void *into, const char *text)
{
	int64_t *every = into;

	if (duration_parse(text, every) == 0 && *every >= UNITS_SECOND)
		return 0;
	cmd_message("--every: \"%s\" is not a time of at least 1s: write 5s or 1m", text);
	return -1;
}

static int read_count(void *into, const char *text)
{
	return read_number("--count", text, 1, into);
}

static int read_limit(void *into, const char *text)
{
	return read_number("--limit", text, 0, into);
}

static int find_sockets(struct watching *watching, int argc, char **argv)
{
	char *path = NULL;
	int r = EXIT_DONE;

	for (int i = optind; r == EXIT_DONE && i < argc; i++)
		r = add_socket(watching, argv[i]) < 0 ? EXIT_USAGE : EXIT_DONE;
	if (watching->n == 0 && r == EXIT_DONE) {
		r = daemon_request_socket(&watching->request, &path);
		if (r == EXIT_DONE && add_socket(watching, path) < 0)
			r = EXIT_ENVIRONMENT;
		free(path);
		gethostname(watching->hosts[0].name, sizeof(watching->hosts[0].name) - 1);
	}
	return r;
}

static void free_sockets(struct watching *watching)
{
	for (size_t i = 0; i < WATCH_TABLE_HOSTS; i++)
		free(watching->sockets[i]);
}

int cmd_watch(int argc, char **argv)
{
	struct watching watching = { .every = 5 * UNITS_SECOND,
				     .blocker = "",
				     .limits = { .sessions = 100, .warn = 60, .alarm = 90 } };
	const struct options_entry options[] = {
		{ .name = "every", .letter = 'e', .take = read_every, .into = &watching.every },
		{ .name = "count", .letter = 'n', .take = read_count, .into = &watching.count },
		{ .name = "blocker", .letter = 'b', .text = &watching.blocker },
		{ .name = "limit",
		  .letter = 'l',
		  .take = read_limit,
		  .into = &watching.limits.sessions },
		{ .name = "warn", .letter = 'w', .take = read_warn, .into = &watching.limits },
		DAEMON_REQUEST_OPTIONS(&watching.request),
	};
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	r = find_sockets(&watching, argc, argv);
	if (r == EXIT_DONE)
		r = print_lines(&watching);
	free_sockets(&watching);
	return cmd_flush(r);
}
