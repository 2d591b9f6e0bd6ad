/* SPDX-License-Identifier: MIT */
/*
 * checkpoint: how far each source was read, and which bans were made, into the ledger: in one transaction, so that a restart
 * goes on where the bans on the disk end.
 */
#ifndef RELAYDAM_DAEMON_CHECKPOINT_H
#define RELAYDAM_DAEMON_CHECKPOINT_H

#include <stdint.h>

struct daemon;
struct checkpoint;

int checkpoint_new(struct checkpoint **out);
void checkpoint_free(struct checkpoint *checkpoint);

/* A ban, its end or a fuse was handed to the ledger. */
void checkpoint_count(struct checkpoint *checkpoint);

/* How many of these since the last checkpoint_save(). */
unsigned checkpoint_unsaved(const struct checkpoint *checkpoint);

/*
 * Saves what was handed to the ledger since the last call, and the place of each source now. Does not wait for the disk.
 * There is a ledger.
 */
void checkpoint_save(struct daemon *daemon, int64_t now);

/*
 * checkpoint_save() when it is due: at once where there are bans, else once a second. Returns when it wants to be called next,
 * the daemon's clock; INT64_MAX: when something happens.
 */
int64_t checkpoint_run(struct daemon *daemon, int64_t now);

/* checkpoint_save(), and waits until it is on the disk; for a disk that fails five seconds. There is a ledger. */
void checkpoint_commit(struct daemon *daemon);

/* The ledger's descriptor is readable: something was written, or cannot be. */
void checkpoint_committed(struct daemon *daemon);

/* Before the daemon is ready: the place of each source that has none in the ledger is on the disk. */
void checkpoint_first(struct daemon *daemon);

/* At the end: known senders that are not saved yet; after a first start there may be many. */
void checkpoint_last(struct daemon *daemon);

#endif
