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
	char *units;	  /* of the journal, with blanks between; NULL for a file */
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
	int64_t log_time;   /* and of the last record, by its own stamp; 0: none yet */
	int64_t checkpoint; /* log time of the last checkpoint */
	bool is_new;	    /* no place was saved: it began where the log ended */
	int64_t begun;	    /* log time of the place where it began, as far as that is known */
};

/*
 * Starts a feed at its saved place; free with feed_stop(). Returns 0 or -errno; trouble with a file is noted only.
 */
int feed_start(struct feed **out, struct daemon *daemon, const struct source_conf *conf);
void feed_stop(struct feed *feed);

/* Is it this file, or the journal, of whatever units? */
bool feed_is(const struct feed *feed, const struct source_conf *conf);

/* Jails and rules have other indexes now, see engine_inherit(). */
void feed_remap(struct feed *feed, const uint32_t *jail_map, const uint32_t *rule_map);

/* The configuration was read anew: its zone and the journal's units. Goes on where it is. Returns 0 or -errno. */
int feed_renew(struct feed *feed, const struct source_conf *conf);

/* Where its last line ended; false while there is none. */
bool feed_mark(const struct feed *feed, struct ledger_mark *mark);

bool feed_behind(const struct feed *feed);  /* there is more to read */
uint64_t feed_lag(const struct feed *feed); /* bytes; 0 for the journal, which does not say */
int64_t feed_lag_time(
	const struct feed *feed); /* microseconds from the last record read, 0 when all is read */
uint64_t feed_lost(const struct feed *feed);	 /* gaps, or messages that journald dropped */
const char *feed_state(const struct feed *feed); /* "ok", or what is wrong */

#endif
