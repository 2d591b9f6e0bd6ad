/* SPDX-License-Identifier: MIT */
#include "engine/fairness.h"

#include <errno.h>
#include <stdlib.h>

enum { SPARE_SIXTEENTHS = 3, PAST_SIXTEENTHS = 1 };

static bool any_grows(const struct fairness_options *options)
{
	for (uint32_t j = 0; j < options->jails_n; j++)
		if (options->jails[j].bantime_factor > 1)
			return true;
	return false;
}

/* A fuse needs to know who is spared as well, but so does a jail; without jails it is for learning alone. */
static bool any_spares(const struct fairness_options *options)
{
	for (uint32_t j = 0; j < options->jails_n; j++)
		if (options->jails[j].spare)
			return options->spare.delivered > 0;
	return options->jails_n == 0 && options->spare.delivered > 0;
}

unsigned fairness_sixteenths(const struct fairness_options *options)
{
	return (any_spares(options) ? SPARE_SIXTEENTHS : 0U) +
	       (any_grows(options) ? PAST_SIXTEENTHS : 0U);
}

static int make_spare(struct fairness *fair, const struct fairness_options *options)
{
	struct spare_width *widths = calloc(options->jails_n + 1U, sizeof(*widths));
	size_t n = 0;
	int r;

	if (!widths)
		return -ENOMEM;
	for (uint32_t j = 0; j < options->jails_n; j++)
		if (options->jails[j].spare)
			widths[n++] = (struct spare_width){ options->jails[j].prefix4,
							    options->jails[j].prefix6 };
	r = spare_new(&fair->spare, &options->spare, widths, n,
		      SPARE_SIXTEENTHS * options->sixteenth, options->seed);
	free(widths);
	return r;
}

int fairness_new(struct fairness *fair, const struct fairness_options *options)
{
	struct fuse_rule fuse = options->fuse;
	int r = 0;

	*fair = (struct fairness){ .jails = options->jails,
				   .jails_n = options->jails_n,
				   .rule = options->spare };
	if (fuse.within <= 0)
		fuse = (struct fuse_rule){ .within = 1 };
	fair->busy = calloc(options->jails_n + 1U, sizeof(*fair->busy));
	if (!fair->busy)
		return -ENOMEM;
	if (any_spares(options))
		r = make_spare(fair, options);
	if (r == 0 && any_grows(options))
		r = ban_history_new(&fair->past, options->jails_n,
				    PAST_SIXTEENTHS * options->sixteenth, options->seed);
	if (r == 0)
		r = fuse_new(&fair->fuse, &fuse, options->rules);
	return r;
}

void fairness_free(struct fairness *fair)
{
	spare_free(fair->spare);
	ban_history_free(fair->past);
	fuse_free(fair->fuse);
	free(fair->busy);
}

bool fairness_spared(const struct fairness *fair, const struct addr *addr, int64_t now)
{
	return fair->spare && spare_is(fair->spare, addr, now);
}

bool fairness_holds(const struct fairness *fair, uint32_t jail, const struct prefix *prefix,
		    int64_t now)
{
	return fair->spare && fair->jails[jail].spare && spare_holds(fair->spare, prefix, now);
}

uint32_t fairness_limit(const struct fairness *fair, uint32_t jail, bool spared)
{
	const struct jail *one = &fair->jails[jail];

	return spared && one->spare ? one->rule.most : one->rule.maxretry;
}

/* factor ^ bans times, and no overflow on the way. */
static int64_t grown(const struct jail *jail, uint32_t bans)
{
	int64_t time = jail->bantime;

	while (bans-- > 0 && time < jail->bantime_max)
		time = time > jail->bantime_max / jail->bantime_factor
			       ? jail->bantime_max
			       : time * jail->bantime_factor;
	return time;
}

int64_t fairness_bantime(struct fairness *fair, uint32_t jail, const struct prefix *prefix,
			 int64_t now, bool would)
{
	const struct jail *one = &fair->jails[jail];
	int64_t time;

	if (!fair->past || one->bantime_factor <= 1)
		return one->bantime;
	time = grown(one, ban_history_bans(fair->past, prefix, jail, now, one->bantime_decay));
	if (!would)
		ban_history_add(fair->past, prefix, jail, now, now + time, one->bantime_decay);
	return time;
}

void fairness_banned(struct fairness *fair, const struct ban *ban)
{
	const struct jail *one = &fair->jails[ban->jail];

	if (fair->past && one->bantime_factor > 1)
		ban_history_add(fair->past, &ban->prefix, ban->jail, ban->since, ban->until,
				one->bantime_decay);
}

bool fairness_pressure(struct fairness *fair, uint32_t jail, int percent)
{
	const struct jail *one = &fair->jails[jail];
	bool before = fair->busy[jail];

	if (percent < 0)
		fair->busy[jail] = false;
	else if (before)
		fair->busy[jail] = percent >= one->busy_off;
	else
		fair->busy[jail] = percent > one->busy_on;
	return fair->busy[jail] && !before;
}
