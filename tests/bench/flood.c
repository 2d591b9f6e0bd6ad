/* SPDX-License-Identifier: MIT */
/*
 * A flood of clients that come once each, and among them some that come back: every hundredth line is of an offender, and
 * each offender hits HITS times in a row of such lines, which is as often as the jail allows. The same options write the same lines.
 *
 * usage: flood LINES                 all at once on standard output, header: RFC 3339, 50,000 lines a second of log time
 *        flood LINES RATE FILE       appended to FILE, so many a second, stamped with the time of writing
 *
 * Clients are 10.0.0.0/8 (sixteen million), offenders 172.16.0.0/12; at the end it says how many of these were to be banned.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HITS = 5, SHARE = 100, VIRTUAL_RATE = 50000, SIZE = 1 << 16, LINE = 400, TOGETHER = 20 };

static const int64_t second = 1000000;

static int64_t now_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * second + now.tv_nsec / 1000;
}

/*
 * Twenty offenders hit in turn, so 2,000 lines lie between two hits of one: more than a second table would hold of
 * those who are new, far less than a table for a second of them.
 */
static uint32_t address_of(uint64_t line)
{
	uint64_t offence = line / SHARE;

	if (line % SHARE != SHARE - 1)
		/* odd multiplier: each address once, in no order */
		return 0x0a000000U | (uint32_t)(line * 2654435761U & 0xffffffU);
	return 0xac100000U +
	       (uint32_t)(offence / ((uint64_t)HITS * TOGETHER) * TOGETHER + offence % TOGETHER);
}

static size_t put_line(char *to, uint64_t number, int64_t time)
{
	uint32_t a = address_of(number);
	time_t seconds = (time_t)(time / second);
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(to, LINE, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(
		to + n, LINE - n,
		".%06dZ mx postfix/smtpd[123]: NOQUEUE: reject: RCPT from unknown[%u.%u.%u.%u]: 550 5.1.1 <x@mx.test>: "
		"Recipient address rejected: User unknown in local recipient table; from=<a@b.test> to=<x@mx.test> proto=ESMTP helo=<x>\n",
		(int)(time % second), a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	return n;
}

static void put(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, text, n);

		if (done <= 0)
			exit(1);
		text += done;
		n -= (size_t)done;
	}
}

static void at_once(uint64_t lines)
{
	static char text[SIZE];
	const int64_t start = INT64_C(1795000000) * second;
	size_t n = 0;

	for (uint64_t i = 0; i < lines; i++) {
		if (n > SIZE - LINE) {
			put(STDOUT_FILENO, text, n);
			n = 0;
		}
		n += put_line(text + n, i, start + (int64_t)i * second / VIRTUAL_RATE);
	}
	put(STDOUT_FILENO, text, n);
}

/* A millisecond's lines by one write(). */
static void at_pace(uint64_t lines, double rate, int fd)
{
	static char text[SIZE];
	int64_t start = now_of(CLOCK_MONOTONIC);

	for (uint64_t i = 0; i < lines;) {
		uint64_t due = (uint64_t)((double)(now_of(CLOCK_MONOTONIC) - start) * rate / 1e6);
		int64_t now = now_of(CLOCK_REALTIME);
		size_t n = 0;

		for (; i < lines && i < due && n < SIZE - LINE; i++)
			n += put_line(text + n, i, now);
		put(fd, text, n);
		if (i >= due)
			usleep(1000);
	}
}

int main(int argc, char **argv)
{
	uint64_t lines = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;

	if (argc == 4) {
		int fd = open(argv[3], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

		if (fd < 0)
			return 1;
		at_pace(lines, strtod(argv[2], NULL), fd);
	} else if (argc == 2) {
		at_once(lines);
	} else {
		return 2;
	}
	fprintf(stderr, "%llu\n",
		(unsigned long long)(lines / SHARE / ((uint64_t)HITS * TOGETHER) * TOGETHER));
	return 0;
}
