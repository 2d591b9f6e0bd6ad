/* SPDX-License-Identifier: MIT */
#include "source_feed.h"

#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "ban_record.h"
#include "daemon_state.h"
#include "engine/engine_bans.h"
#include "engine/log_source.h"
#include "policy.h"
#include "util/log.h"
#include "util/steady_clock.h"
#include "util/units.h"

static void batch_done(void *context)
{
	struct feed *feed = context;

	feed->log_time = engine_last(feed->daemon->policy->engine);
	feed->events->batch_done(feed->daemon);
}

static void end_filling(struct feed *feed)
{
	feed->filling = false;
}

/* Is this line after the saved place? Then filling is over. */
static bool is_new(struct feed *feed, const struct tail_place *end)
{
	if (end->inode == feed->saved.inode) {
		feed->reached = true;
		return end->offset > feed->saved.offset;
	}
	return feed->reached;
}

/* After the machine's clock was set, new lines are stamped by the new clock. */
static void arrive(struct feed *feed)
{
	int64_t step;

	feed->last = daemon_now();
	step = steady_ahead() - feed->ahead;
	if (step != 0)
		log_source_stepped(feed->clock, step);
	feed->ahead += step;
}

/* Checked without a new line as well: a quiet server's log ends where it was read to. */
void feed_settle(struct feed *feed)
{
	bool done = feed->journal && !journal_behind(feed->journal);

	if (feed->follow) {
		struct tail_place place = tail_place(feed->follow);

		done = place.inode == feed->saved.inode && place.offset >= feed->saved.offset;
	}
	if (feed->filling && done)
		end_filling(feed);
}

static int feed_line(void *context, struct span line, const struct tail_place *end)
{
	struct feed *feed = context;
	struct daemon *daemon = feed->daemon;
	int r;

	if (feed->filling && is_new(feed, end))
		end_filling(feed);
	feed->lines++;
	arrive(feed);
	daemon->line_feed = feed;
	daemon->line = line;
	engine_fill(daemon->policy->engine, feed->filling);
	r = engine_line(daemon->policy->engine, feed->clock, line, feed->last);
	engine_fill(daemon->policy->engine, false);
	daemon->line_feed = NULL;
	feed->events->line_done(daemon, feed->last);
	return r;
}

static void feed_entry(void *context, const struct record *record, bool fill)
{
	struct feed *feed = context;
	struct daemon *daemon = feed->daemon;

	if (feed->filling && !fill)
		end_filling(feed);
	feed->lines++;
	arrive(feed);
	daemon->line_feed = feed;
	daemon->line = record->message;
	engine_fill(daemon->policy->engine, fill);
	engine_record(daemon->policy->engine, feed->clock, record, feed->last);
	engine_fill(daemon->policy->engine, false);
	daemon->line_feed = NULL;
}

/* ---- where to begin ---- */

static struct tail_place followed(const struct ledger_place *place)
{
	return (struct tail_place){ place->device, place->inode, place->offset, place->hash };
}

/*
 * Registers expired bans, so that the engine does not count hits from before their end a second time. Active bans have been
 * restored already.
 */
static int load_over(void *context, const struct ledger_ban *written)
{
	struct daemon *daemon = context;
	struct ban ban;

	if (written->end.how == LEDGER_IN_FORCE ||
	    !ban_record_read(daemon->policy, written, daemon_now(), &ban))
		return 0;
	if (written->end.time < ban.until)
		ban.until = written->end.time;
	return engine_add_expired(daemon->policy->engine, &ban);
}

struct beginning {
	bool known;
	struct ledger_place saved, from; /* from: the checkpoint to fill from */
	char cursor[LEDGER_CURSOR], from_cursor[LEDGER_CURSOR];
	int64_t time, from_time;
};

/* Finds the saved place, and the checkpoint that lies the longest findtime before it. */
static void find_beginning(struct feed *feed, struct beginning *begin)
{
	struct daemon *daemon = feed->daemon;

	if (!daemon->ledger || feed->number < 0 ||
	    ledger_find_place(daemon->ledger, feed->number, &begin->time, &begin->saved,
			      begin->cursor) <= 0)
		return;
	begin->known = true;
	begin->from_time = begin->time - policy_findtime(daemon->policy);
	ledger_load(daemon->ledger, begin->from_time, load_over, daemon);
	if (ledger_find_checkpoint(daemon->ledger, feed->number, &begin->from_time, &begin->from,
				   begin->from_cursor) <= 0)
		return;
	feed->filling = true;
}

/* A file that another source reads is not read up to the saved place here: filling would never end. */
static const char *taken(void *context, struct tail_place *file)
{
	struct feed *feed = context;
	const char *by = feed->events->taken(feed, file);

	if (by && feed->filling)
		end_filling(feed);
	return by;
}

static int start_follow(struct feed *feed, const struct beginning *begin)
{
	struct tail_place place = followed(feed->filling ? &begin->from : &begin->saved);
	struct tail_events events = { .context = feed,
				      .line = feed_line,
				      .batch = batch_done,
				      .note = log_callback,
				      .taken = taken };

	feed->saved = followed(&begin->saved);
	return tail_new(&feed->follow, feed->daemon->event, feed->name,
			begin->known ? &place : NULL, &events);
}

/*
 * Filling ends at the saved place, so that must exist. If the file of the checkpoint before it is missing (it was compressed, say),
 * windows are filled from the start of the file with the saved place.
 */
static void check_files(struct feed *feed, struct beginning *begin)
{
	struct tail_place saved = followed(&begin->saved), from = followed(&begin->from);

	if (!feed->filling)
		return;
	if (!tail_has(feed->name, &saved)) {
		log_print(LOG_WARNING,
			  "%s: the file that was read last is missing: windows start empty",
			  feed->name);
		end_filling(feed);
	} else if (!tail_has(feed->name, &from)) {
		log_print(LOG_INFO,
			  "%s: the file before it is missing or compressed: windows start at "
			  "the beginning of this one",
			  feed->name);
		begin->from = (struct ledger_place){ .device = begin->saved.device,
						     .inode = begin->saved.inode };
	}
}

static int start_journal(struct feed *feed, const struct source_conf *conf, const char *cursor,
			 int64_t fill_since)
{
	struct journal_options options = {
		.event = feed->daemon->event,
		.units = (const char *const *)conf->journal,
		.cursor = cursor,
		.fill_since = fill_since,
		.events = { .context = feed,
			    .entry = feed_entry,
			    .batch = batch_done,
			    .note = log_callback },
	};

	return journal_new(&feed->journal, &options);
}

static char *join(char *const *units)
{
	size_t n = 1;
	char *text, *to;

	for (char *const *u = units; *u; u++)
		n += strlen(*u) + 1;
	text = to = calloc(n, 1);
	for (char *const *u = units; text && *u; u++)
		to = stpcpy(stpcpy(to, u == units ? "" : " "), *u);
	return text;
}

static int start(struct feed *feed, const struct source_conf *conf)
{
	struct log_clock_options clock = { .zone = &feed->zone,
					   .reference = steady_wall(daemon_now()) };
	struct beginning begin = { 0 };
	int r;

	feed->name = strdup(conf->file ? conf->file : "journal");
	feed->units = conf->file ? NULL : join(conf->journal);
	if (!feed->name || (!conf->file && !feed->units))
		return -ENOMEM;
	r = log_source_new(&feed->clock, &clock);
	if (r < 0)
		return r;
	if (feed->daemon->ledger)
		feed->number = ledger_source(feed->daemon->ledger, feed->name);
	find_beginning(feed, &begin);
	feed->is_new = !begin.known;
	feed->begun = begin.known ? begin.time : daemon_now();
	if (!conf->file)
		return start_journal(feed, conf,
				     begin.known && begin.saved.cursor.n ? begin.cursor : NULL,
				     feed->filling ? begin.from_time : 0);
	check_files(feed, &begin);
	return start_follow(feed, &begin);
}

int feed_start(struct feed **out, struct daemon *daemon, const struct source_conf *conf,
	       const struct feed_events *events)
{
	struct feed *feed = calloc(1, sizeof(*feed));
	int r;

	if (!feed)
		return -ENOMEM;
	feed->daemon = daemon;
	feed->events = events;
	feed->number = -1;
	feed->zone = daemon->policy->config->zone;
	r = start(feed, conf);
	if (r < 0)
		feed_stop(feed);
	else
		*out = feed;
	return r;
}

void feed_stop(struct feed *feed)
{
	tail_free(feed->follow);
	journal_free(feed->journal);
	log_source_free(feed->clock);
	free(feed->name);
	free(feed->units);
	free(feed);
}

bool feed_is(const struct feed *feed, const struct source_conf *conf)
{
	if (!conf->file || !feed->follow)
		return !conf->file && !feed->follow;
	return strcmp(conf->file, feed->name) == 0;
}

void feed_forget(struct feed *feed)
{
	log_source_forget(feed->clock);
}

/* Goes on at the same entry with other units. */
static int change_units(struct feed *feed, const struct source_conf *conf)
{
	const char *at = feed->journal ? journal_cursor(feed->journal) : NULL;
	char *cursor = at ? strdup(at) : NULL, *units = join(conf->journal);
	int r = -ENOMEM;

	if (units && (cursor || !at)) {
		journal_free(feed->journal);
		feed->journal = NULL;
		free(feed->units);
		feed->units = units;
		r = start_journal(feed, conf, cursor, 0);
	} else {
		free(units);
	}
	free(cursor);
	return r;
}

int feed_renew(struct feed *feed, const struct source_conf *conf)
{
	char *units;
	bool same;

	feed->zone = feed->daemon->policy->config->zone;
	if (conf->file)
		return 0;
	units = join(conf->journal);
	same = units && strcmp(units, feed->units) == 0;
	free(units);
	return same ? 0 : change_units(feed, conf);
}

bool feed_mark(const struct feed *feed, struct ledger_mark *mark)
{
	*mark = (struct ledger_mark){ .source = feed->number };
	if (feed->number < 0)
		return false;
	if (feed->follow) {
		struct tail_place place = tail_place(feed->follow);

		mark->place = (struct ledger_place){ .device = place.device,
						     .inode = place.inode,
						     .offset = place.offset,
						     .hash = place.hash };
		return place.inode != 0;
	}
	if (feed->journal) {
		const char *cursor = journal_cursor(feed->journal);

		if (!cursor)
			return false;
		mark->place.cursor = span_of(cursor);
		return true;
	}
	return false;
}

uint64_t feed_lag(const struct feed *feed)
{
	return feed->follow ? tail_lag(feed->follow) : 0;
}

bool feed_behind(const struct feed *feed)
{
	if (feed->follow)
		return tail_lag(feed->follow) > 0;
	return feed->journal && journal_behind(feed->journal);
}

int64_t feed_lag_time(const struct feed *feed)
{
	int64_t time = feed_behind(feed) && feed->log_time ? daemon_now() - feed->log_time : 0;

	return time > 0 ? time : 0;
}

const char *feed_state(const struct feed *feed)
{
	int r = feed->follow ? tail_error(feed->follow) : 0;

	if (r == -ENOENT || r == -ENOTDIR)
		return "is not there yet; read as soon as it appears";
	if (r == -EEXIST)
		return "is the same file as another source, which reads it";
	if (r == -EACCES)
		return "may not be read: is this user in the file's group?";
	if (r < 0)
		return r == -EINVAL ? "is not a regular file" : strerrordesc_np(-r);
	if (!feed->follow && !feed->journal)
		return "cannot be read: relaydam reload tries again";
	return feed->filling ? "reading again" : "ok";
}

uint64_t feed_lost(const struct feed *feed)
{
	if (feed->follow)
		return tail_counts(feed->follow).lost;
	return feed->journal ? journal_counts(feed->journal).lost : 0;
}
