/* SPDX-License-Identifier: MIT */
/*
 * ledger: the durable record of bans and of how far each source was read.
 *
 * One SQLite file, written by a thread of its own, so that a slow disk never stops the event loop:
 * records are copied into a queue of a fixed size. Only ledger_open(), ledger_close() and the
 * reading functions wait for the disk. All times are microseconds since 1970 and passed by the
 * caller; the thread reads a monotonic clock for its commits only.
 *
 * A turn is a unit that is written completely or not at all: everything between two calls of
 * ledger_turn() is in the same transaction. So a saved position and the bans made up to it agree
 * after a crash at any time. The queue is written about once a second. A full or failing disk is
 * reported once, tried again every second, and reported when it works again. A damaged file is
 * renamed to PATH.damaged-TIME, and a new one is created.
 *
 * When the queue is nearly full, bans are recorded without the lines of their hits. When it is
 * full, they are not recorded (LEDGER_LOST), but stay in force. From then on positions are not
 * saved, so that a restart would read those lines again, until the caller has offered all active
 * bans again: see ledger_wanted(). After that the ledger may hold bans whose place is after the
 * saved position. A ban that is recorded twice is one row, and stays ended if it was ended; only a
 * ban of LEDGER_BUSY takes the later value of `would`.
 *
 * All functions must be called by the thread that opened the ledger. A handle must not be used
 * after a fork.
 */
#ifndef RELAYDAM_LEDGER_LEDGER_H
#define RELAYDAM_LEDGER_LEDGER_H

#include "ledger/ledger_types.h"

struct ledger;

/*
 * Opens or creates PATH (mode 0600) and starts the thread. PATH.lock keeps a second daemon out.
 * Returns 0 and sets *out (free with ledger_close()); -EBUSY (another process uses it); -EPROTO
 * (written by a newer version; not changed); -EINVAL; -ENOMEM; or why it cannot be written
 * (-EACCES,
 * -ENOENT, -EROFS, -ENOSPC, -EIO). A note names the remedy.
 */
int ledger_open(struct ledger **out, const char *path, const struct ledger_options *options);

/*
 * Writes the queued turns, for at most `patience` microseconds, and frees the ledger. A turn that
 * was not ended is dropped. NULL is allowed. Returns 0, or -ETIMEDOUT when not all was written; the
 * thread then ends as soon as the disk lets it.
 */
int ledger_close(struct ledger *ledger, int64_t patience);

/*
 * Registers a source by its name (a path, "journal"; at most 4095 bytes; copied). The same name gives the same number.
 * Returns a number >= 0, -EINVAL, -ENOSPC (more than LEDGER_SOURCES) or -ENOMEM.
 */
int ledger_source(struct ledger *ledger, const char *name);

/*
 * The descriptor to watch for reading; when it is readable, call ledger_dispatch(). Do not close
 * it.
 */
int ledger_fd(const struct ledger *ledger);
void ledger_dispatch(struct ledger *ledger); /* passes pending notes to the callback */

/*
 * Records a ban, the log line that made it, and its last hits (the last LEDGER_HITS if there are
 * more). An earlier ban of the same prefix and jail that has no end yet ends (LEDGER_REPLACED): at
 * most one is in force. A ban with the same prefix, jail and since is recorded once, unless another
 * line made it: these are two bans of one second. Returns 0; LEDGER_LOST; or -EINVAL (no jail, a
 * cursor that is too long, an unknown source). For a manual ban (uid >= 0) LEDGER_FULL replaces
 * LEDGER_LOST: then the ban must not be carried out.
 */
int ledger_ban(struct ledger *ledger, const struct ledger_ban *ban, struct span line,
	       const struct ledger_hit *hits, size_t hits_n);

/*
 * Records the end of a ban, identified by prefix, jail and since; `until` must be set, too. Only
 * the first end of a ban counts. Returns as ledger_ban(). Part of the queue is reserved for
 * commands; on LEDGER_FULL the command must not be carried out.
 */
int ledger_unban(struct ledger *ledger, const struct ledger_ban *ban, const struct ledger_end *end);

/*
 * Records a known sender (see spare_unsaved()) until `until`. Returns 0, or LEDGER_FULL: try again
 * later.
 */
int ledger_spare(struct ledger *ledger, const struct spare_client *client, int64_t until);

/* Records the state of the fuse of a rule "filter/name". Returns 0, LEDGER_FULL or -EINVAL. */
int ledger_fuse(struct ledger *ledger, struct span rule, const struct fuse_state *state);

/*
 * Records the place up to which a source was read, and the log time there; only the last one of a
 * turn counts. All bans made by lines before it must have been recorded. Returns 0, LEDGER_HELD or
 * -EINVAL.
 */
int ledger_place(struct ledger *ledger, int64_t time, const struct ledger_mark *mark);

/*
 * Records a checkpoint, a place from which lines can be read again; call it once a minute. Returns
 * 0, LEDGER_HELD (also when the queue is full) or -EINVAL.
 */
int ledger_checkpoint(struct ledger *ledger, int64_t time, const struct ledger_mark *mark);

/* Changes the option keep_checkpoints. Deleted checkpoints are not restored. */
void ledger_keep_checkpoints(struct ledger *ledger, int64_t keep);

/*
 * Ends the turn: what was recorded since the last call is written in one transaction. now: wall
 * time, for `keep`. A turn must fit into the queue: end it after at most 50 bans, best after each
 * line that made one.
 */
void ledger_turn(struct ledger *ledger, int64_t now);

/*
 * Requests that all ended turns are written and synced at once. Returns a ticket. When it is done,
 * ledger_fd() becomes readable and ledger_committed() returns the ticket or more. While the disk
 * fails, neither happens.
 */
uint64_t ledger_commit(struct ledger *ledger);
uint64_t ledger_committed(const struct ledger *ledger);

/*
 * After bans were lost, or a new file was created while running, returns true once there is room
 * (ledger_fd() becomes readable). Then pass every ban in force to ledger_offer(); on LEDGER_FULL,
 * continue after the next event; turns may end in between. Finally call ledger_resume(). It returns
 * 0, and positions are saved again; or LEDGER_HELD when bans were lost meanwhile: start again.
 */
bool ledger_wanted(struct ledger *ledger);
int ledger_offer(struct ledger *ledger, const struct ledger_ban *ban);
int ledger_resume(struct ledger *ledger);

struct ledger_counts ledger_counts(const struct ledger *ledger);

/*
 * Reading, through a connection of its own, of what is on disk. A callback ends the reading by
 * returning a value other than 0, which is returned. Spans are valid during the callback. -EBADMSG:
 * the file is damaged; the thread renames it, and rows not read yet are lost. Also -EBUSY, -EIO,
 * -ENOMEM.
 */

/* The bans that ended, or will end, after `time`, in the order of their ends. */
int ledger_load(struct ledger *ledger, int64_t time, ledger_ban_fn *fn, void *context);

/*
 * The bans that have no end in the file: those in force, and those that expired since the file was
 * last written, which may be in force by log time.
 */
int ledger_load_open(struct ledger *ledger, ledger_ban_fn *fn, void *context);

/* Known senders, in the order of their last mails, oldest first; fuses that have blown. */
int ledger_load_spare(struct ledger *ledger, ledger_spare_fn *fn, void *context);
int ledger_load_fuse(struct ledger *ledger, ledger_fuse_fn *fn, void *context);

/*
 * Sums of the bans that were not carried out, by enum ledger_would, from the UTC day of a time on.
 * They are kept as sums: reading them is cheap, and deleted bans are included.
 */
int ledger_sums(struct ledger *ledger, int64_t since, struct ledger_sum out[static LEDGER_WOULDS]);

/*
 * Find the saved position of a source, or its last checkpoint not after *time. Set *found, whose
 * cursor points into `cursor`, and *time to the log time there. Return 1; 0 when there is none; or
 * LEDGER_LATER when all checkpoints are later: then *found is the first.
 */
int ledger_find_place(struct ledger *ledger, int source, int64_t *time, struct ledger_place *found,
		      char cursor[static LEDGER_CURSOR]);
int ledger_find_checkpoint(struct ledger *ledger, int source, int64_t *time,
			   struct ledger_place *found, char cursor[static LEDGER_CURSOR]);

/*
 * Up to `most` bans of a prefix or inside it, newest first, then those of prefixes that contain it.
 * -E2BIG: the query takes too long; ask for a smaller prefix.
 */
int ledger_history(struct ledger *ledger, const struct prefix *prefix, uint32_t most,
		   ledger_ban_fn *fn, void *context);

/*
 * The lines of a ban that was read: first the line that made it, then its last hits. May be called
 * from the ban's callback.
 */
int ledger_lines(struct ledger *ledger, int64_t id, ledger_line_fn *fn, void *context);

#endif
