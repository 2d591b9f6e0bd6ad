/* SPDX-License-Identifier: MIT */
/*
 * What a client's hit costs with ten thousand clients under watch, with ten million, and in a table that is full, so that each
 * hit forgets a client: of a line that goes through the whole engine, and of the window alone. Clients hit at random, so that
 * nothing of theirs is in the caches. Exits with 1 when ten million make a line more than ten times as dear as ten thousand,
 * or a full table more than four times.
 *
 * usage: hits CONFIG [CLIENTS]      a jail with maxretry = 8, findtime = "20s", bantime = "1s" for unknown users
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cmd/cmd.h"
#include "config/config.h"
#include "engine/engine.h"
#include "engine/log_source.h"
#include "engine/window.h"
#include "rng.h"

enum { FEW = 10000, HITS = 2000000, ROUNDS = 3, SECOND = 1000000 };

static const struct window_rule rule = { .maxretry = 8, .findtime = 20 * SECOND };

/* One or the other; `step` is the time between two hits: all clients hit once in ten seconds or so. */
struct under {
	struct window *window;
	struct engine *engine;
	struct log_source *source;
	int64_t now, step;
};

static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void hit_window(struct under *under, uint32_t n)
{
	struct window_add add = { .weight = 1, .keep = rule.maxretry };
	struct prefix p = { .bits = 64 };

	memcpy(p.addr.b + 4, &n, 4);
	if (window_add(under->window, &p, 0, &add, under->now).hits == rule.maxretry)
		window_empty(under->window, &p, 0);
}

/* The line's own digits only are written: a line is ready in a few nanoseconds. */
static void hit_engine(struct under *under, uint32_t n)
{
	static char line[] =
		"2026-11-18T11:06:40.000000Z mx postfix/smtpd[123]: NOQUEUE: reject: RCPT from "
		"unknown[2001:0db8:000000000::1]: 550 5.1.1 <x@mx.test>: Recipient address rejected: User unknown "
		"in local recipient table; from=<a@b.test> to=<x@mx.test> proto=ESMTP helo=<x>";
	static char *address;
	static int64_t shown = -1;
	uint32_t micro = (uint32_t)(under->now % SECOND);

	if (!address)
		address = strstr(line, "000000000::");
	if (under->now / SECOND != shown) {
		time_t seconds = (time_t)(shown = under->now / SECOND);
		struct tm tm;

		strftime(line, 20, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
		line[19] = '.';
	}
	for (int i = 25; i >= 20; i--, micro /= 10)
		line[i] = (char)('0' + micro % 10);
	/* 0000:0000 as xxxx:xxxx */
	for (int i = 0; i < 9; i++)
		if (i != 4) {
			address[i] = "0123456789abcdef"[n & 15];
			n >>= 4;
		}
	address[4] = ':';
	engine_line(under->engine, under->source, span_of(line), under->now);
}

static void hit(struct under *under, uint32_t n)
{
	under->now += under->step;
	if (under->engine)
		hit_engine(under, n);
	else
		hit_window(under, n);
}

/* Nanoseconds a hit: of clients below n, at random; or of one that never came before. */
static double cost(struct under *under, uint32_t n, bool fresh)
{
	struct rng rng = { 1 };
	static uint32_t next = 1U << 30;
	double start = cpu_ns();

	for (int i = 0; i < HITS; i++)
		hit(under, fresh ? next++ : (uint32_t)(rng_next(&rng) % n));
	return (cpu_ns() - start) / HITS;
}

static int make(struct under *under, struct config *config, size_t memory)
{
	struct log_clock_options clock = { .reference = under->now };
	struct engine_options options = {
		.memory = memory, .seed = { 1, 2 }, .since = INT64_MIN, .until = INT64_MAX
	};
	struct jail *jails;
	int r;

	if (!config)
		return window_new(&under->window, &rule, 1, memory, &options.seed);
	options.filters = config->filters;
	options.ignore = config->ignore;
	options.spare = config_spare(config);
	r = config_jails(config, NULL, &jails, &options.jails_n);
	options.jails = jails; /* kept: this program ends soon */
	if (r == 0)
		r = log_source_new(&under->source, &clock);
	return r < 0 ? r : engine_new(&under->engine, &options);
}

/* The best of some rounds: the other work of a machine only adds. */
static double best(struct config *config, uint32_t clients, size_t memory, bool fresh)
{
	struct under under = { .now = INT64_C(1795000000) * SECOND,
			       .step = 10 * SECOND / (int64_t)clients };
	uint32_t room, n;
	double least = 1e18;

	if (make(&under, config, memory) < 0) {
		fputs("hits: SKIPPED: no memory\n", stderr);
		exit(77);
	}
	for (uint32_t i = 0; i < clients; i++)
		hit(&under, i);
	for (int i = 0; i < ROUNDS; i++) {
		double ns = cost(&under, clients, fresh);

		if (ns < least)
			least = ns;
	}
	n = under.engine ? engine_watched(under.engine, &room) : window_clients(under.window);
	printf("%s: %8" PRIu32 " clients%s: %6.1f ns a hit\n", config ? "engine" : "window", n,
	       fresh ? ", full" : "", least);
	log_source_free(under.source);
	engine_free(under.engine);
	window_free(under.window);
	return least;
}

static bool compare(struct config *config, uint32_t many)
{
	double few = best(config, FEW, 16U << 20, false);
	double lots = best(config, many, many * UINT64_C(320), false);
	double full = best(config, 200000, 16U << 20, true);

	printf("%s: with %" PRIu32
	       " clients %.1f times what it is with %d, in a full table %.1f times\n",
	       config ? "engine" : "window", many, lots / few, FEW, full / few);
	return lots <= 10 * few && full <= 4 * few;
}

int main(int argc, char **argv)
{
	uint32_t many = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10000000;
	struct config *config;

	if (argc < 2 || cmd_config(&config, argv[1]) != EXIT_DONE)
		return 2;
	compare(NULL, many);
	return compare(config, many) ? 0 : 1;
}
