/* SPDX-License-Identifier: MIT */
/*
 * A blocker on a string: reads commands, a line each, and answers with one line each, for the scripts beside it.
 *     start | add ADDR REASON SECONDS | end ADDR REASON | run | ask ADDR | counts | pass SECONDS | bench N FIRST
 * The clock is the real one and what `pass` adds. Notes go to stderr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "enforce/block_list.h"
#include "enforce/blockers.h"
#include "util/units.h"

static int64_t passed;

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * UNITS_SECOND + ts.tv_nsec / 1000 + passed;
}

static void note(void *context, int priority, const char *text)
{
	(void)context;
	fprintf(stderr, "%d %s\n", priority, text);
}

static void counts(const struct block_list *list)
{
	struct block_list_counts c = block_list_counts(list);

	printf("held %u %u waiting %u %u others %u capacity %u missing %d %d lost %llu rebuilt %llu "
	       "displaced %llu renewed %llu removed %llu refused %llu\n",
	       c.held[0], c.held[1], c.waiting[0], c.waiting[1], c.others[0], c.capacity[0],
	       c.missing[0], c.missing[1], (unsigned long long)c.lost,
	       (unsigned long long)c.rebuilt, (unsigned long long)c.displaced,
	       (unsigned long long)c.renewed, (unsigned long long)c.removed,
	       (unsigned long long)c.refused);
}

/* N bans at once, and how long until the kernel has said yes to all of them. */
static void bench(struct block_list *list, unsigned n, unsigned first)
{
	int64_t start = now_us(), took;

	for (unsigned i = first; i < first + n; i++) {
		struct addr addr = { .b = { [10] = 0xff,
					    [11] = 0xff,
					    203,
					    (uint8_t)(i >> 16),
					    (uint8_t)(i >> 8),
					    (uint8_t)i } };

		block_list_add(list, &addr, 0, start + 600 * UNITS_SECOND, start);
	}
	block_list_run(list, start);
	took = now_us() - start;
	printf("%u bans in %lld us, %u held\n", n, (long long)took,
	       block_list_counts(list).held[0]);
}

static void answer(struct block_list *list, struct blocker *blocker, const char *line)
{
	static const char *const states[] = { "none", "pending", "waiting", "held", "refused" };
	char text[64] = "", verb[16] = "";
	uint32_t reason = 0, reasons;
	double seconds = 0;
	struct addr addr = { 0 };

	sscanf(line, "%15s %63s %u %lf", verb, text, &reason, &seconds);
	addr_parse(text, strlen(text), &addr);
	if (strcmp(verb, "start") == 0) {
		int r = block_list_start(list, now_us());

		printf("%d %s\n", r, r < 0 ? blocker->error : "");
	} else if (strcmp(verb, "add") == 0) {
		printf("%d\n", block_list_add(list, &addr, reason,
					      now_us() + (int64_t)(seconds * 1e6), now_us()));
	} else if (strcmp(verb, "end") == 0) {
		printf("%d\n", block_list_end(list, &addr, reason, now_us()));
	} else if (strcmp(verb, "run") == 0) {
		int64_t now = now_us();

		printf("%lld\n", (long long)((block_list_run(list, now) - now) / 1000));
	} else if (strcmp(verb, "ask") == 0) {
		printf("%s ", states[block_list_ask(list, &addr, &reasons)]);
		printf("%u\n", reasons);
	} else if (strcmp(verb, "pass") == 0) {
		passed += (int64_t)(atof(text) * 1e6);
		puts("ok");
	} else if (strcmp(verb, "bench") == 0) {
		bench(list, (unsigned)atoi(text), reason);
	} else {
		counts(list);
	}
}

int main(int argc, char **argv)
{
	static const struct seed seed = { 1, 2 };
	struct block_list_callbacks callbacks = { .note = note };
	struct blocker blocker;
	struct diagnostics *problems;
	struct block_list *list;
	struct config *config;
	char line[256];
	size_t i;

	if (argc < 3 || diagnostics_new(&problems) < 0 ||
	    config_load(&config, argv[1], problems) != 0)
		return 2;
	for (i = 0; i < config->blockers_n && strcmp(config->blockers[i].name, argv[2]) != 0; i++)
		;
	if (i == config->blockers_n)
		return 2;
	blocker = blocker_of(&config->blockers[i], argc > 3);
	blocker.note = note;
	if (block_list_new(&list, &blocker, 100000, &seed, &callbacks) < 0)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin))
		answer(list, &blocker, line);
	block_list_free(list);
	config_free(config);
	diagnostics_free(problems);
	return 0;
}
