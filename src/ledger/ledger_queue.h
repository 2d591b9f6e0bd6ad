/* SPDX-License-Identifier: MIT */
/*
 * ledger_queue: records that wait to be written to the ledger's file, packed into one block of
 * memory of a fixed size.
 *
 * Has no lock. Records put after the last ledger_queue_seal() are the open turn;
 * ledger_queue_move() does not move them.
 */
#ifndef RELAYDAM_LEDGER_LEDGER_QUEUE_H
#define RELAYDAM_LEDGER_LEDGER_QUEUE_H

#include "ledger/ledger_types.h"

enum record_kind { RECORD_BAN, RECORD_UNBAN, RECORD_CHECKPOINT, RECORD_SPARE, RECORD_FUSE };

/*
 * A checkpoint uses ban.since for its time and ban.at for its place. A known sender uses
 * ban.prefix, since (its last mail), until, mails, and `line` for the times. A fuse uses ban.rule,
 * would (why), since, hits (bans) and mails (spared).
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

/* Sets record->ban to the ban, with names truncated and without an end. Returns 0 or -EINVAL. */
int ledger_record_ban(struct ledger_record *record, const struct ledger_ban *ban);

/* Sets the lines of a ban: of the hits the last LEDGER_HITS, all truncated. */
void ledger_record_lines(struct ledger_record *record, struct span line,
			 const struct ledger_hit *hits, size_t n);

/* Makes the record smaller: drops the hits and most of the line. */
void ledger_record_slim(struct ledger_record *record);

/* Returns 0 or -ENOMEM. */
int ledger_queue_init(struct ledger_queue *queue, size_t size);
void ledger_queue_done(struct ledger_queue *queue);

/* Copies a record, unless more than `limit` bytes would be in use. Returns 0 or -ENOBUFS. */
int ledger_queue_put(struct ledger_queue *queue, const struct ledger_record *record, size_t limit);

void ledger_queue_seal(struct ledger_queue *queue);

/*
 * Moves the sealed records into `to`, which must be empty and of the same size. Swaps the blocks;
 * only the open turn is copied.
 */
void ledger_queue_move(struct ledger_queue *from, struct ledger_queue *to);
void ledger_queue_empty(struct ledger_queue *queue);

/*
 * Iterates over the sealed records: *at must be 0 at first. Sets *record, whose spans point into
 * the queue. Returns 1, or 0 at the end.
 */
int ledger_queue_next(const struct ledger_queue *queue, size_t *at, struct ledger_record *record);

#endif
