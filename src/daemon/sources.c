/* SPDX-License-Identifier: MIT */
#include "sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "checkpoint.h"
#include "daemon_state.h"
#include "policy.h"
#include "source/source_detect.h"
#include "source_feed.h"
#include "spare_seed.h"
#include "tick.h"
#include "util/log.h"
#include "util/steady_clock.h"

/* The sources to read. `found` is owned; `sources` points to it, to the configuration or to `one`. */
struct wanted {
	const struct source_conf *sources;
	size_t n;
	struct source_conf *found, one;
};

static int want(const struct daemon *daemon, struct wanted *wanted)
{
	const struct source_overlap_options where = { .root = "",
						      .zone = &daemon->policy->config->zone,
						      .now = steady_wall(daemon_now()) };
	int r = 0;

	*wanted = (struct wanted){ .sources = daemon->policy->config->sources,
				   .n = daemon->policy->config->sources_n };
	if (daemon->options.log) {
		wanted->one.file = (char *)daemon->options.log;
		wanted->sources = &wanted->one;
		wanted->n = 1;
	} else if (wanted->n == 0) {
		r = source_detect(&where, &wanted->found, &wanted->n, log_callback, NULL);
		wanted->sources = wanted->found;
	}
	if (r == -ENOENT)
		log_note(LOG_ERR,
			 "there is no mail log and no unit of a mail server: name a source "
			 "in \"sources\" of the configuration");
	return r;
}

static void want_end(struct wanted *wanted)
{
	source_detect_free(wanted->found, wanted->found ? wanted->n : 0);
}

/* Only for configured sources: what "auto" finds does not overlap. */
static void warn_of_overlap(const struct daemon *daemon, const struct wanted *wanted)
{
	const struct source_overlap_options where = { .root = "",
						      .zone = &daemon->policy->config->zone,
						      .now = steady_wall(daemon_now()) };
	char program[SOURCE_OVERLAP_PROGRAM];

	if (wanted->found || !wanted->sources)
		return;
	for (size_t i = 0; i < wanted->n; i++)
		for (size_t j = i + 1; j < wanted->n; j++) {
			const struct source_conf *a = &wanted->sources[i], *b = &wanted->sources[j];

			if (source_overlap_find(a, b, &where, program) == SOURCE_OVERLAP_LINES)
				log_print(LOG_WARNING, SOURCE_OVERLAP_TEXT, source_overlap_name(a),
					  source_overlap_name(b), program);
		}
}

/* When a file appears under two names, the first one asked about is refused; the other must not be refused as well. */
static bool is_about_to(const struct feed *feed, const struct tail_place *file)
{
	struct stat st;

	return tail_error(feed->follow) != -EEXIST && stat(feed->name, &st) == 0 &&
	       st.st_dev == file->device && st.st_ino == file->inode;
}

static const char *taken(const struct feed *feed, struct tail_place *file)
{
	const struct daemon *daemon = feed->daemon;
	const char *about_to = NULL;

	for (size_t i = 0; i < daemon->feeds_n; i++) {
		const struct feed *other = daemon->feeds[i];

		if (other == feed || !other->follow)
			continue;
		if (tail_reads(other->follow, file))
			return other->name;
		if (is_about_to(other, file))
			about_to = other->name;
	}
	return about_to;
}

enum { BATCH_BANS = 50 }; /* what is saved at once must fit into the ledger's queue */

static void line_done(struct daemon *daemon, int64_t now)
{
	if (daemon->ledger && checkpoint_unsaved(daemon->checkpoint) >= BATCH_BANS)
		checkpoint_save(daemon, now);
}

static const struct feed_events feed_events = {
	.batch_done = tick,
	.line_done = line_done,
	.taken = taken,
};

static int begin(struct daemon *daemon, const struct source_conf *conf)
{
	struct feed *feed, **more = reallocarray(daemon->feeds, daemon->feeds_n + 1, sizeof(*more));
	int r;

	if (!more)
		return -ENOMEM;
	daemon->feeds = more;
	r = feed_start(&feed, daemon, conf, &feed_events);
	if (r < 0)
		return r;
	more[daemon->feeds_n++] = feed;
	log_print(LOG_INFO, "reading %s", feed->name);
	return 0;
}

int sources_start(struct daemon *daemon)
{
	struct wanted wanted;
	int r = want(daemon, &wanted);

	if (r == 0) {
		warn_of_overlap(daemon, &wanted);
		spare_seed_learn(daemon, wanted.sources, wanted.n);
	}
	for (size_t i = 0; r == 0 && i < wanted.n; i++)
		r = begin(daemon, &wanted.sources[i]);
	want_end(&wanted);
	return r;
}

static bool is_wanted(const struct wanted *wanted, const struct feed *feed)
{
	for (size_t i = 0; i < wanted->n; i++)
		if (feed_is(feed, &wanted->sources[i]))
			return true;
	return false;
}

/* Another name of a file goes on where the feed that ends has read to. */
static void look_again(const struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->feeds_n; i++)
		if (daemon->feeds[i]->follow && tail_error(daemon->feeds[i]->follow) == -EEXIST)
			tail_poll(daemon->feeds[i]->follow);
}

static void end_others(struct daemon *daemon, const struct wanted *wanted)
{
	for (size_t i = 0; i < daemon->feeds_n;) {
		struct feed *feed = daemon->feeds[i];

		if (is_wanted(wanted, feed)) {
			i++;
			continue;
		}
		log_print(LOG_INFO, "%s is no longer read", feed->name);
		look_again(daemon);
		if (daemon->ledger) /* where it was, should it come back */
			checkpoint_save(daemon, daemon_now());
		daemon->feeds_n--;
		memmove(&daemon->feeds[i], &daemon->feeds[i + 1],
			(daemon->feeds_n - i) * sizeof(struct feed *));
		feed_stop(feed);
	}
}

static struct feed *feed_of(const struct daemon *daemon, const struct source_conf *conf)
{
	for (size_t i = 0; i < daemon->feeds_n; i++)
		if (feed_is(daemon->feeds[i], conf))
			return daemon->feeds[i];
	return NULL;
}

void sources_renew(struct daemon *daemon)
{
	struct wanted wanted;

	if (want(daemon, &wanted) < 0)
		return; /* the sources of before are better than none */
	warn_of_overlap(daemon, &wanted);
	end_others(daemon, &wanted);
	for (size_t i = 0; i < wanted.n; i++) {
		const struct source_conf *conf = &wanted.sources[i];
		struct feed *feed = feed_of(daemon, conf);
		int r = feed ? feed_renew(feed, conf) : begin(daemon, conf);

		if (r < 0)
			log_print(LOG_ERR, "%s cannot be read: %s",
				  conf->file ? conf->file : "the journal", strerror(-r));
	}
	want_end(&wanted);
}

void sources_end(struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->feeds_n; i++)
		feed_stop(daemon->feeds[i]);
	free(daemon->feeds);
	daemon->feeds = NULL;
	daemon->feeds_n = 0;
}
