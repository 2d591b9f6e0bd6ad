/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "client/print.h"
#include "cmd/cmd.h"
#include "daemon_request.h"

static const char help[] = "Usage: relaydam list [-c FILE] [--json]\n"
			   "Lists the bans in force, the latest last.\n\n" DAEMON_REQUEST_HELP
			   "Exit codes: 0 done, 2 usage error, 4 the daemon cannot be reached.\n";

struct list {
	json_t *bans; /* an array */
	bool incomplete;
};

static void keep_ban(void *context, const json_t *ban)
{
	struct list *list = context;

	if (json_array_append(list->bans, (json_t *)ban) < 0)
		list->incomplete = true;
}

struct row {
	int64_t since;
	size_t index; /* in the answer */
	const json_t *ban;
};

static int by_time(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->since != y->since)
		return x->since < y->since ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static void print_row(const struct printer *printer, const json_t *ban)
{
	char client[PRINT_TEXT], jail[PRINT_TEXT], rule[PRINT_TEXT];
	char since[TIME_TEXT], left[DURATION_TEXT];
	const json_t *in_kernel = json_object_get(ban, "in_kernel");

	print_text(ban, "rule", rule);
	printf("%-19s  %6s  %-22s%c %-10s %s\n", print_time(printer, ban, "since", since),
	       print_remaining(printer, ban, "until", left), print_text(ban, "prefix", client),
	       json_is_false(in_kernel) ? '!' : ' ', print_text(ban, "jail", jail),
	       *rule ? rule : "manual");
}

static int print_table(const struct list *list, const json_t *answer)
{
	size_t n = json_array_size(list->bans), missing = 0;
	struct row *rows = calloc(n + 1, sizeof(*rows));
	struct printer printer;
	char count[PRINT_TEXT];

	if (!rows || list->incomplete) {
		cmd_message("out of memory");
		free(rows);
		return EXIT_ENVIRONMENT;
	}
	print_init(&printer, answer);
	for (size_t i = 0; i < n; i++) {
		rows[i] = (struct row){ .index = i, .ban = json_array_get(list->bans, i) };
		print_us(rows[i].ban, "since", &rows[i].since);
		missing += json_is_false(json_object_get(rows[i].ban, "in_kernel"));
	}
	qsort(rows, n, sizeof(*rows), by_time);
	if (n > 0)
		printf("%s%-19s  %6s  %-22s  %-10s %s%s\n", printer.colour ? "\033[1m" : "",
		       "since", "left", "client", "jail", "rule", printer.colour ? "\033[0m" : "");
	for (size_t i = 0; i < n; i++)
		print_row(&printer, rows[i].ban);
	printf("%s in force", print_count((long long)n, "ban", count));
	if (missing > 0)
		printf(", %zu (!) not in the kernel: see 'relaydam status'", missing);
	putchar('\n');
	free(rows);
	return EXIT_DONE;
}

static int list_bans(const struct daemon_request *request)
{
	struct list list = { .bans = json_array() };
	struct daemon_request keeping = *request;
	json_t *answer;
	int r;

	keeping.each = keep_ban;
	keeping.context = &list;
	r = list.bans
		    ? daemon_request_send(&keeping, json_pack("{s:s}", "command", "list"), &answer)
		    : EXIT_ENVIRONMENT;
	if (r == EXIT_DONE) {
		if (!request->json)
			r = print_table(&list, answer);
		json_decref(answer);
	}
	json_decref(list.bans);
	return r;
}

int cmd_list(int argc, char **argv)
{
	struct daemon_request request = { 0 };
	const struct options_entry options[] = { DAEMON_REQUEST_OPTIONS(&request) };
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (optind < argc) {
		cmd_message("list takes no arguments: for one address run 'relaydam status %s'",
			    argv[optind]);
		return cmd_usage_error("list");
	}
	return cmd_flush(list_bans(&request));
}
