/* SPDX-License-Identifier: MIT */
#include "replay/time_series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/units.h"

struct time_series {
	int64_t start, width;
	size_t n; /* bins in use */
	uint64_t count[TIME_SERIES_KINDS][TIME_SERIES_BINS];
};

int time_series_new(struct time_series **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void time_series_free(struct time_series *series)
{
	free(series);
}

static void halve(struct time_series *series)
{
	/*
	 * bins start at multiples of their width, so that they stay aligned to whole hours and days
	 */
	size_t shift = (series->start / series->width) % 2 != 0;
	size_t n = (series->n + shift + 1) / 2;

	for (int kind = 0; kind < TIME_SERIES_KINDS; kind++) {
		uint64_t *count = series->count[kind];
		uint64_t half[TIME_SERIES_BINS / 2 + 1] = { 0 };

		for (size_t i = 0; i < series->n; i++)
			half[(i + shift) / 2] += count[i];
		memset(count, 0, series->n * sizeof(*count));
		memcpy(count, half, n * sizeof(*count));
	}
	series->start -= shift ? series->width : 0;
	series->width *= 2;
	series->n = n;
}

void time_series_add(struct time_series *series, enum time_series_kind kind, int64_t time,
		     uint64_t n)
{
	size_t bin;

	if (series->n == 0) {
		series->width = UNITS_SECOND;
		series->start = time - time % series->width;
		series->n = 1;
	}
	if (time < series->start)
		time = series->start;
	while ((time - series->start) / series->width >= TIME_SERIES_BINS)
		halve(series);
	bin = (size_t)((time - series->start) / series->width);
	if (bin >= series->n)
		series->n = bin + 1;
	series->count[kind][bin] += n;
}

size_t time_series_bins(const struct time_series *series)
{
	return series->n;
}

int64_t time_series_width(const struct time_series *series)
{
	return series->width;
}

int64_t time_series_start(const struct time_series *series)
{
	return series->start;
}

uint64_t time_series_at(const struct time_series *series, enum time_series_kind kind, size_t bin)
{
	return bin < series->n ? series->count[kind][bin] : 0;
}

double time_series_sum(const struct time_series *series, enum time_series_kind kind, double from,
		       double to)
{
	double begin = from * (double)series->n, end = to * (double)series->n, sum = 0;

	for (size_t i = (size_t)begin; i < series->n && (double)i < end; i++) {
		double left = (double)i < begin ? begin : (double)i;
		double right = (double)(i + 1) > end ? end : (double)(i + 1);

		sum += (right - left) * (double)series->count[kind][i];
	}
	return sum;
}
