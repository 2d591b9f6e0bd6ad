/* SPDX-License-Identifier: MIT */
/*
 * ledger_queue: records on their way to the ledger's file, packed into one block of bytes of a fixed size.
 *
 * No lock of its own. What was put after the last ledger_queue_seal() is the open turn, and stays behind when the rest moves on.
 */
#ifndef RELAYDAM_LEDGER_LEDGER_QUEUE_H
#define RELAYDAM_LEDGER_LEDGER_QUEUE_H

#include "ledger/ledger_types.h"

enum record_kind { RECORD_BAN, RECORD_UNBAN, RECORD_CHECKPOINT, RECORD_SPARE, RECORD_FUSE };

/*
 * For a checkpoint: ban.since is its time and ban.at its place. For a client that delivers: ban.prefix, since (its last mail), until,
 * mails, and the times in `line`. For a fuse: ban.rule, would (why), since, hits (bans), mails (spared).
 */
struct ledger_record {
	enum record_kind kind;
	struct ledger_ban ban;
	struct span line;
	struct ledger_hit hits[LEDGER_HITS];
	size_t hits_n;
};

struct ledger_queue {
	char *data;
	size_t size, used, sealed;
};

/* Takes a ban, with names cut to what is kept of them and no end. Returns 0 or -EINVAL. */
int ledger_record_ban(struct ledger_record *record, const struct ledger_ban *ban);

/* Its lines, the last LEDGER_HITS of them, cut. */
void ledger_record_lines(struct ledger_record *record, struct span line,
			 const struct ledger_hit *hits, size_t n);

/* Leaves out what a ban can do without. */
void ledger_record_slim(struct ledger_record *record);

/* Returns 0 or -ENOMEM. */
int ledger_queue_init(struct ledger_queue *queue, size_t size);
void ledger_queue_done(struct ledger_queue *queue);

/* Copies a record, unless more than `limit` bytes were in use then. Returns 0 or -ENOBUFS. */
int ledger_queue_put(struct ledger_queue *queue, const struct ledger_record *record, size_t limit);

void ledger_queue_seal(struct ledger_queue *queue);

/* Moves what is sealed into `to`, which must be empty and of the same size; blocks are swapped, only the open turn is copied. */
void ledger_queue_move(struct ledger_queue *from, struct ledger_queue *to);
void ledger_queue_empty(struct ledger_queue *queue);

/* Walks: *at begins at 0. Sets *record, whose spans lie in the queue. Returns 1, or 0 at the end of what is sealed. */
int ledger_queue_next(const struct ledger_queue *queue, size_t *at, struct ledger_record *record);

#endif
