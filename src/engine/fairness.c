/* SPDX-License-Identifier: MIT */
#include "engine/fairness.h"

#include <errno.h>
#include <stdlib.h>

enum { SPARE_SIXTEENTHS = 3, HISTORY_SIXTEENTHS = 1 };

static bool any_grows(const struct fairness_options *options)
{
	for (uint32_t j = 0; j < options->jails_n; j++)
		if (options->jails[j].bantime_factor > 1)
			return true;
	return false;
}

/*
 * Does the engine need known senders? Fuses use them, too, but only if a jail does. An engine
 * without jails is used for learning.
 */
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
	       (any_grows(options) ? HISTORY_SIXTEENTHS : 0U);
}

static int make_spare(struct fairness *fairness, const struct fairness_options *options)
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
	r = spare_new(&fairness->spare, &options->spare, widths, n,
		      SPARE_SIXTEENTHS * options->sixteenth, options->seed);
	free(widths);
	return r;
}

int fairness_new(struct fairness *fairness, const struct fairness_options *options)
{
	struct fuse_rule fuse = options->fuse;
	int r = 0;

	*fairness = (struct fairness){ .jails = options->jails,
				       .jails_n = options->jails_n,
				       .rule = options->spare };
	if (fuse.within <= 0)
		fuse = (struct fuse_rule){ .within = 1 };
	fairness->busy = calloc(options->jails_n + 1U, sizeof(*fairness->busy));
	if (!fairness->busy)
		return -ENOMEM;
	if (any_spares(options))
		r = make_spare(fairness, options);
	if (r == 0 && any_grows(options))
		r = ban_history_new(&fairness->history, options->jails_n,
				    HISTORY_SIXTEENTHS * options->sixteenth, options->seed);
	if (r == 0)
		r = fuse_new(&fairness->fuse, &fuse, options->rules);
	return r;
}

void fairness_free(struct fairness *fairness)
{
	spare_free(fairness->spare);
	ban_history_free(fairness->history);
	fuse_free(fairness->fuse);
	free(fairness->busy);
}

bool fairness_spared(const struct fairness *fairness, const struct addr *addr, int64_t now)
{
	return fairness->spare && spare_is(fairness->spare, addr, now);
}

bool fairness_holds(const struct fairness *fairness, uint32_t jail, const struct prefix *prefix,
		    int64_t now)
{
	return fairness->spare && fairness->jails[jail].spare &&
	       spare_holds(fairness->spare, prefix, now);
}

uint32_t fairness_limit(const struct fairness *fairness, uint32_t jail, bool spared)
{
	const struct jail *one = &fairness->jails[jail];

	return spared && one->spare ? one->rule.most : one->rule.maxretry;
}

/* bantime * factor ^ bans, limited to bantime_max; does not overflow. */
static int64_t grown(const struct jail *jail, uint32_t bans)
{
	int64_t time = jail->bantime;

	while (bans-- > 0 && time < jail->bantime_max)
		time = time > jail->bantime_max / jail->bantime_factor
			       ? jail->bantime_max
			       : time * jail->bantime_factor;
	return time;
}

int64_t fairness_bantime(struct fairness *fairness, uint32_t jail, const struct prefix *prefix,
			 int64_t now, bool would)
{
	const struct jail *one = &fairness->jails[jail];
	int64_t time;

	if (!fairness->history || one->bantime_factor <= 1)
		return one->bantime;
	time = grown(one,
		     ban_history_bans(fairness->history, prefix, jail, now, one->bantime_decay));
	if (!would)
		ban_history_add(fairness->history, prefix, jail, now, now + time,
				one->bantime_decay);
	return time;
}

void fairness_banned(struct fairness *fairness, const struct ban *ban)
{
	const struct jail *one = &fairness->jails[ban->jail];

	if (fairness->history && one->bantime_factor > 1)
		ban_history_add(fairness->history, &ban->prefix, ban->jail, ban->since, ban->until,
				one->bantime_decay);
}

bool fairness_set_load(struct fairness *fairness, uint32_t jail, int percent)
{
	const struct jail *one = &fairness->jails[jail];
	bool before = fairness->busy[jail];

	if (percent < 0)
		fairness->busy[jail] = false;
	else if (before)
		fairness->busy[jail] = percent >= one->busy_off;
	else
		fairness->busy[jail] = percent > one->busy_on;
	return fairness->busy[jail] && !before;
}
