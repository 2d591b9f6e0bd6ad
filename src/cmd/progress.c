/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/units.h"

void progress_start(struct progress *progress, uint64_t total)
{
	*progress = (struct progress){ .on = isatty(STDERR_FILENO),
				       .total = total,
				       .started = clock_read(CLOCK_MONOTONIC) };
}

static void draw(const struct progress *progress, uint64_t done, int64_t now)
{
	static const char bar[] = "##############################";
	double seconds = (double)(now - progress->started) / (double)UNITS_SECOND;
	double rate = (double)done / (seconds > 0 ? seconds : 1);
	double part = (double)done / (double)progress->total;
	char left[DURATION_TEXT];

	duration_format(
		(int64_t)((double)(progress->total - done) / (rate + 1) * (double)UNITS_SECOND),
		left);
	fprintf(stderr, "\r[%-30.*s] %3d%%  %.0f MB/s  %s left\033[K", (int)(part * 30), bar,
		(int)(part * 100), rate / 1e6, left);
}

void progress_tick(struct progress *progress, uint64_t done)
{
	int64_t now;

	if (!progress->on)
		return;
	now = clock_read(CLOCK_MONOTONIC);
	if (now - progress->drawn < UNITS_SECOND / 10 || now - progress->started < UNITS_SECOND / 2)
		return;
	progress->drawn = now;
	if (progress->total > 0)
		draw(progress, done < progress->total ? done : progress->total, now);
	else
		fprintf(stderr, "\r%.0f MB  %.0f MB/s\033[K", (double)done / 1e6,
			(double)done / (double)(now - progress->started));
}

void progress_clear(const struct progress *progress)
{
	if (progress->on && progress->drawn)
		fputs("\r\033[K", stderr);
}
