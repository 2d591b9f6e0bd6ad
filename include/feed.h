/* SPDX-License-Identifier: MIT */
/*
 * feed: one source of the daemon, a followed file or the journal, with its clock and its place.
 *
 * After a restart it begins before the place that was saved: what lies between is read to fill the
 * windows only, with the ledger's bans and unbans put in where they were made.
 */
#ifndef RELAYDAM_FEED_H
#define RELAYDAM_FEED_H

#include "config.h"
#include "engine.h"
#include "follow.h"
#include "journal.h"
#include "ledger.h"

struct daemon;

/* A ban that began, or was ended by word, at a place in what is read again. */
struct feed_past {
	struct ban ban;
	bool ends;
	struct follow_place at;
	int64_t time;
};

struct feed {
	struct daemon *daemon;
	char *name;	  /* path, or "journal" */
	struct zone zone; /* of its own: the configuration may change */
	struct source *clock;
	struct follow *follow; /* one of the two */
	struct journal *journal;
	int number; /* the ledger's */
	bool filling;
	struct follow_place saved; /* filling ends behind it */
	bool reached;		   /* a line of the saved place's file was seen */
	struct feed_past *past;
	size_t past_n, past_done;
	uint64_t lines;
	int64_t last;	    /* time of the last line that came in, wall time */
	int64_t checkpoint; /* log time of the last checkpoint */
};

/* Starts the feed at its saved place. Returns 0 or -errno; trouble with a file is noted only. */
int feed_start(struct feed *feed, struct daemon *daemon, const struct source_conf *conf);
void feed_stop(struct feed *feed);

/* Where its last line ended; false while there is none. */
bool feed_mark(const struct feed *feed, struct ledger_mark *mark);

uint64_t feed_lag(const struct feed *feed);  /* bytes; 0 for the journal, which does not say */
uint64_t feed_lost(const struct feed *feed); /* gaps, or messages that journald dropped */

#endif
