/* SPDX-License-Identifier: MIT */
/*
 * follow: from write() of a line to its line callback, at several rates, and the CPU time of a line.
 * usage: follow [SECONDS [RATE]...]. A thread writes lines of 150 bytes, one write each, evenly in time.
 */
#include "source/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 150 };

struct bench {
	const char *path;
	long rate, lines;
	long seen;
	int64_t *late; /* nanoseconds of each line */
	sd_event *event;
};

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void *write_lines(void *context)
{
	struct bench *bench = context;
	int fd = open(bench->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	int64_t next = now(CLOCK_MONOTONIC);
	char text[LINE + 1];

	for (long i = 0; i < bench->lines; i++) {
		struct timespec until;

		next += 1000000000 / bench->rate;
		until = (struct timespec){ next / 1000000000, next % 1000000000 };
		if (now(CLOCK_MONOTONIC) < next)
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		snprintf(
			text, sizeof(text), "%020lld %-*s\n", (long long)now(CLOCK_MONOTONIC),
			LINE - 22,
			"mx postfix/smtpd[1234]: NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 554 5.7.1");
		if (write(fd, text, LINE) != LINE)
			abort();
	}
	close(fd);
	return NULL;
}

static int take(void *context, struct span line, const struct tail_place *end)
{
	struct bench *bench = context;

	(void)end;
	bench->late[bench->seen++] = now(CLOCK_MONOTONIC) - strtoll(line.p, NULL, 10);
	return bench->seen == bench->lines ? -ECANCELED : 0;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int measure(struct bench *bench)
{
	struct tail_events events = { .context = bench, .line = take };
	struct tail *follow = NULL;
	struct tail_counts counts;
	pthread_t writer;
	int64_t cpu;

	bench->late = calloc((size_t)bench->lines, sizeof(*bench->late));
	if (!bench->late || sd_event_new(&bench->event) < 0 ||
	    tail_new(&follow, bench->event, bench->path, NULL, &events) < 0 ||
	    pthread_create(&writer, NULL, write_lines, bench) != 0)
		return 1;
	cpu = now(CLOCK_THREAD_CPUTIME_ID);
	sd_event_loop(bench->event);
	cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
	pthread_join(writer, NULL);
	counts = tail_counts(follow);
	qsort(bench->late, (size_t)bench->lines, sizeof(*bench->late), by_value);
	printf("%8ld %8ld %10.1f %10.1f %10.1f %10.2f %10llu\n", bench->rate, bench->lines,
	       (double)bench->late[bench->lines / 2] / 1e3,
	       (double)bench->late[bench->lines * 99 / 100] / 1e3,
	       (double)bench->late[bench->lines - 1] / 1e3,
	       (double)cpu / 1e3 / (double)bench->lines, (unsigned long long)counts.wakeups);
	tail_free(follow);
	sd_event_unref(bench->event);
	free(bench->late);
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const usual[] = { "100", "1000", "10000", "50000" };
	double seconds = argc > 1 ? atof(argv[1]) : 5;
	char path[] = "/tmp/relaydam-bench-XXXXXX";
	int n = argc > 2 ? argc - 2 : 4, fd = mkstemp(path), r = 0;

	if (fd < 0)
		return 1;
	close(fd);
	puts("lines/s    lines  median us     p99 us     max us   CPU us/l    wakeups");
	for (int i = 0; i < n && r == 0; i++) {
		struct bench bench = { .path = path,
				       .rate = atol(argc > 2 ? argv[i + 2] : usual[i]) };

		bench.lines = (long)(seconds * (double)bench.rate);
		if (bench.rate <= 0 || bench.lines <= 0)
			break;
		r = measure(&bench);
	}
	unlink(path);
	return r;
}
