/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "client/print.h"
#include "cmd/cmd.h"
#include "daemon_request.h"

static const char help[] = "Usage: relaydam list [-c FILE] [--json]\n"
			   "The bans in force, the latest last.\n\n" DAEMON_REQUEST_HELP
			   "Exit codes: 0 done, 4 the daemon cannot be asked.\n";

struct list {
	json_t *bans; /* an array */
	bool incomplete;
};

static void keep(void *context, const json_t *ban)
{
	struct list *list = context;

	if (json_array_append(list->bans, (json_t *)ban) < 0)
		list->incomplete = true;
}

struct row {
	int64_t since;
	size_t place;
	const json_t *ban;
};

static int by_time(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->since != y->since)
		return x->since < y->since ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

static void print_row(const struct printer *show, const json_t *ban)
{
	char client[PRINT_TEXT], jail[PRINT_TEXT], rule[PRINT_TEXT];
	char since[TIME_TEXT], left[DURATION_TEXT];
	const json_t *in_kernel = json_object_get(ban, "in_kernel");

	print_text(ban, "rule", rule);
	printf("%-19s  %6s  %-22s%c %-10s %s\n", print_time(show, ban, "since", since),
	       print_left(show, ban, "until", left), print_text(ban, "prefix", client),
	       json_is_false(in_kernel) ? '!' : ' ', print_text(ban, "jail", jail),
	       *rule ? rule : "by hand");
}

static int print_table(const struct list *list, const json_t *answer)
{
	size_t n = json_array_size(list->bans), missing = 0;
	struct row *rows = calloc(n + 1, sizeof(*rows));
	struct printer show;
	char count[PRINT_TEXT];

	if (!rows || list->incomplete) {
		cmd_complain("out of memory");
		free(rows);
		return EXIT_ENVIRONMENT;
	}
	print_init(&show, answer);
	for (size_t i = 0; i < n; i++) {
		rows[i] = (struct row){ .place = i, .ban = json_array_get(list->bans, i) };
		print_us(rows[i].ban, "since", &rows[i].since);
		missing += json_is_false(json_object_get(rows[i].ban, "in_kernel"));
	}
	qsort(rows, n, sizeof(*rows), by_time);
	if (n > 0)
		printf("%s%-19s  %6s  %-22s  %-10s %s%s\n", show.colour ? "\033[1m" : "", "since",
		       "left", "client", "jail", "rule", show.colour ? "\033[0m" : "");
	for (size_t i = 0; i < n; i++)
		print_row(&show, rows[i].ban);
	printf("%s in force", print_count((long long)n, "ban", count));
	if (missing > 0)
		printf(", %zu (!) not in the kernel: see 'relaydam status'", missing);
	putchar('\n');
	free(rows);
	return EXIT_DONE;
}

static int list_bans(const struct daemon_request *about)
{
	struct list list = { .bans = json_array() };
	struct daemon_request one_by_one = *about;
	json_t *answer;
	int r;

	one_by_one.each = keep;
	one_by_one.context = &list;
	r = list.bans ? daemon_request_send(&one_by_one, json_pack("{s:s}", "command", "list"),
					    &answer)
		      : EXIT_ENVIRONMENT;
	if (r == EXIT_DONE) {
		if (!about->json)
			r = print_table(&list, answer);
		json_decref(answer);
	}
	json_decref(list.bans);
	return r;
}

int cmd_list(int argc, char **argv)
{
	struct daemon_request about = { 0 };
	const struct options_entry options[] = { DAEMON_REQUEST_OPTIONS(&about) };
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (optind < argc) {
		cmd_complain("list takes no argument: 'relaydam status %s' tells about one address",
			     argv[optind]);
		return cmd_usage_error("list");
	}
	return cmd_flush(list_bans(&about));
}
