/* SPDX-License-Identifier: MIT */
/*
 * source_feed: one source of the daemon, a followed file or the journal, with its clock and its place.
 *
 * After a restart it begins before the place that was saved: what lies between is read to fill the
 * windows only, and no hit counts that lies before the end of a ban which is over, as the ledger knows.
 */
#ifndef RELAYDAM_DAEMON_SOURCE_FEED_H
#define RELAYDAM_DAEMON_SOURCE_FEED_H

#include "config/config.h"
#include "engine/engine.h"
#include "ledger/ledger.h"
#include "source/journal.h"
#include "source/tail.h"

struct daemon;
struct feed;

/* Called from the event loop. Context is the feed's `daemon`. */
struct feed_events {
	/* Lines came in, and all that is there was handed to the engine, or the share of one event: time to act on them. */
	void (*batch_done)(struct daemon *daemon);

	/* One line was handed to the engine. */
	void (*line_done)(struct daemon *daemon, int64_t now);

	/*
	 * The name by which another feed reads the file of this device and inode, or is about to; NULL: none does. Sets the rest of
	 * *file to the place up to which it has.
	 */
	const char *(*taken)(const struct feed *feed, struct tail_place *file);
};

struct feed {
	struct daemon *daemon;
	const struct feed_events *events;
	char *name;	  /* path, or "journal" */
	char *units;	  /* of the journal, separated by blanks; NULL for a file */
	struct zone zone; /* of its own: the configuration may change */
	struct log_source *clock;
	struct tail *follow; /* one of the two */
	struct journal *journal;
	int number; /* in the ledger; -1: none */
	bool filling;
	struct tail_place saved; /* filling ends after it */
	bool reached;		 /* a line of the saved place's file was seen */
	uint64_t lines;
	int64_t last;	    /* time of the last line that came in */
	int64_t ahead;	    /* of the machine's clock before ours, as of that line */
	int64_t log_time;   /* and of the last record, by its own stamp; 0: none yet */
	int64_t checkpoint; /* log time of the last checkpoint */
	bool is_new;	    /* no place was saved: it began where the log ended */
	int64_t begun;	    /* log time of the place where it began, as far as that is known */
};

/*
 * Starts a feed at its saved place; free with feed_stop(). The events must outlive it. Returns 0 or -errno; an error of a file is
 * logged only.
 */
int feed_start(struct feed **out, struct daemon *daemon, const struct source_conf *conf,
	       const struct feed_events *events);
void feed_stop(struct feed *feed);

/* Does it read this file; or the journal, whatever its units are? */
bool feed_is(const struct feed *feed, const struct source_conf *conf);

/* After a reload rules have other indexes, see engine_inherit(). */
void feed_forget(struct feed *feed);

/* Takes over the zone and the journal's units of a new configuration. Goes on where it is. Returns 0 or -errno. */
int feed_renew(struct feed *feed, const struct source_conf *conf);

/* Ends the filling when everything up to the saved place was read again. */
void feed_settle(struct feed *feed);

/* Sets *mark to the end of the last line that was read. Returns false while there is none. */
bool feed_mark(const struct feed *feed, struct ledger_mark *mark);

bool feed_behind(const struct feed *feed);  /* there is more to read */
uint64_t feed_lag(const struct feed *feed); /* bytes; 0 for the journal, which does not say */
int64_t feed_lag_time(
	const struct feed *feed); /* microseconds from the last record read, 0 when all is read */
uint64_t feed_lost(const struct feed *feed);	 /* gaps, or messages that journald dropped */
const char *feed_state(const struct feed *feed); /* "ok", or the error */

#endif
