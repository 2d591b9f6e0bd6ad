/* SPDX-License-Identifier: MIT */
/* ledger_types: what is recorded in a ledger and read from it. All times are in microseconds since 1970. */
#ifndef RELAYDAM_LEDGER_LEDGER_TYPES_H
#define RELAYDAM_LEDGER_LEDGER_TYPES_H

#include "engine/fuse.h"
#include "engine/spare.h"
#include "util/span.h"

enum {
	LEDGER_LINE = 8192,	/* bytes kept of the line that made a ban */
	LEDGER_HITS = 8,	/* last hits kept of a ban */
	LEDGER_HIT_LINE = 1024, /* bytes kept of each of their lines */
	LEDGER_NAME = 128,	/* bytes kept of a jail's or a rule's name */
	LEDGER_CURSOR = 512,	/* longest cursor of the journal */
	LEDGER_SOURCES = 32,
	LEDGER_LEAST_QUEUE = 64 * 1024, /* bytes */
};

/* Named outcomes, > 0. */
enum ledger_outcome {
	LEDGER_LOST = 1, /* no room: not recorded, counted */
	LEDGER_HELD,	 /* positions are held back, see ledger_wanted() */
	LEDGER_FULL,	 /* no room now, nothing lost; try again after the next event */
	LEDGER_LATER,	 /* ledger_find_checkpoint(): none that early; this is the first one */
};

/* Priorities are those of syslog(3). Called from ledger_open(), ledger_dispatch() and ledger_close() only. */
typedef void ledger_note_fn(void *context, int priority, const char *text);

struct ledger_options {
	int64_t now;
	int64_t keep;		  /* how long ended bans are kept; 0: for ever */
	int64_t keep_bans;	  /* most bans, except those in force; 0: a million */
	int64_t keep_checkpoints; /* their span, at least the longest findtime; 0: one hour */
	int64_t interval;	  /* between commits; 0: one second */
	size_t queue; /* bytes of each of the two halves; 0: 192 KiB; at least LEDGER_LEAST_QUEUE */
	ledger_note_fn *note; /* may be NULL */
	void *context;
};

/* How far a source was read, or where a line ended. Of a file: cursor.n == 0. hash: of the bytes before offset. */
struct ledger_place {
	uint64_t device, inode, offset, hash;
	struct span cursor; /* of the journal; UTF-8, no NUL */
};

/* A place in a source. source: see ledger_source(); -1: of none, or of one that is not registered now. */
struct ledger_mark {
	int source;
	struct ledger_place place;
};

enum ledger_how { LEDGER_IN_FORCE, LEDGER_EXPIRED, LEDGER_BY_COMMAND, LEDGER_REPLACED };

struct ledger_end {
	enum ledger_how how;
	int64_t time;
	int64_t uid; /* of the operator; -1: none */
	struct ledger_mark at;
};

/* Was a ban carried out? From LEDGER_FUSE on as enum would; LEDGER_DRY: a dry run's. */
enum ledger_would { LEDGER_REAL, LEDGER_FUSE, LEDGER_BUSY, LEDGER_DRY, LEDGER_WOULDS };

struct ledger_ban {
	int64_t id; /* set when read, ignored when written */
	struct prefix prefix;
	struct span jail, rule; /* UTF-8 without NUL; a rule may be empty */
	int64_t since, until;	/* in force while since <= now < until; INT64_MAX: without limit */
	uint32_t hits;
	int64_t uid; /* of the operator; -1: banned by a rule */
	enum ledger_would would;
	uint32_t mails; /* accepted from there while it lasted; written with its end */
	struct ledger_mark at;
	struct ledger_end end; /* set when read, ignored when written */
};

struct ledger_hit {
	int64_t time;
	struct span rule, line; /* a line may hold any bytes */
};

struct ledger_counts {
	uint64_t bans, unbans, commits; /* on disk */
	uint64_t lost;	 /* bans and ends not recorded: the queue was full; offered or read again */
	uint64_t missed; /* of these, early ends, which are neither offered nor read again */
	uint64_t slimmed; /* bans recorded without the lines of their hits */
	uint64_t refused; /* records that SQLite rejected */
	uint64_t deleted; /* bans older than keep, or beyond keep_bans */
	uint64_t faults;  /* commits that failed and were tried again */
	size_t queued;	  /* bytes in the queue now */
	bool failing;	  /* the last commit failed */
	bool held;	  /* positions are held back */
};

/* Bans that were not carried out, see ledger_sums(). */
struct ledger_sum {
	uint64_t bans;
	uint64_t clients;	   /* one without such a ban for 28 days counts again */
	uint64_t delivered, mails; /* bans during which the client sent mail; these mails */
};

/* Callbacks of the reading functions. A value other than 0 ends the reading, and is returned. Spans are valid during the call. */
typedef int ledger_ban_fn(void *context, const struct ledger_ban *ban);
typedef int ledger_line_fn(void *context, const struct ledger_hit *line);
typedef int ledger_spare_fn(void *context, const struct spare_client *client);
typedef int ledger_fuse_fn(void *context, struct span rule, const struct fuse_state *state);

#endif
