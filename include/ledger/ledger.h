/* SPDX-License-Identifier: MIT */
/*
 * ledger: the durable record of bans and of how far each source was read.
 *
 * One SQLite file, written by a thread of its own, so that a slow disk never stops the event loop: records are
 * copied into a queue of a fixed size, and no call but ledger_open(), ledger_close() and the reading ones waits for a disk.
 * All times are microseconds since 1970 that the caller passes; the thread has a monotonic timer for its commits only.
 *
 * A turn is what stands or falls together: everything between two calls of ledger_turn() goes into the same transaction, so
 * after a crash at any instant a saved position and the bans made up to it agree. About once a second what was queued is
 * written. A disk that is full or failing is reported once, tried again every second, and reported when it works again;
 * a damaged file is renamed to PATH.damaged-TIME, and a new one begun.
 *
 * When the queue is full, bans lose first the lines of their hits, then go unrecorded (LEDGER_LOST; the blocker holds them all the
 * same). From then on no position is saved, so that a restart would read those lines again, until the caller has offered
 * all active bans again: see ledger_wanted(). Then the ledger may hold bans whose place is behind the saved
 * position; a ban that is recorded twice is one row, and stays ended if it was ended; but one of LEDGER_BUSY takes the
 * later value of `would`.
 *
 * All functions are for one thread, the one that opened. A handle must not cross a fork.
 */
#ifndef RELAYDAM_LEDGER_LEDGER_H
#define RELAYDAM_LEDGER_LEDGER_H

#include "ledger/ledger_types.h"

struct ledger;

/*
 * Opens or makes PATH (mode 0600) and starts the thread. PATH.lock keeps a second daemon out.
 * Returns 0 and sets *out (free with ledger_close()), -EBUSY (another process has it), -EPROTO (written by a newer
 * version: left alone), -EINVAL, -ENOMEM, or what keeps it from being written (-EACCES, -ENOENT, -EROFS, -ENOSPC, -EIO);
 * the note says what to do.
 */
int ledger_open(struct ledger **out, const char *path, const struct ledger_options *options);

/*
 * Writes the turns that are queued, for at most `patience` microseconds; a turn that was not ended is left out. NULL is fine.
 * Returns 0, or -ETIMEDOUT when not all was written (if the disk still holds the thread, it frees the handle by itself).
 */
int ledger_close(struct ledger *ledger, int64_t patience);

/*
 * Registers a source by its name (a path, "journal"; at most 4095 bytes; copied). The same name gives the same number.
 * Returns a number >= 0, -EINVAL, -ENOSPC (more than LEDGER_SOURCES) or -ENOMEM.
 */
int ledger_source(struct ledger *ledger, const char *name);

/* To be watched for reading; then call ledger_dispatch(). It belongs to the ledger. */
int ledger_fd(const struct ledger *ledger);
void ledger_dispatch(struct ledger *ledger); /* hands out the notes */

/*
 * A ban, and what it was made of. The ban of the same prefix and jail that has no end yet ends here (LEDGER_REPLACED): one at
 * most is in force. Recorded twice, with the same prefix, jail and since, it is recorded once, unless two lines made it: then it is
 * two bans of one second. `line` is the log line, `hits` up to LEDGER_HITS of the last ones (the first are left out if
 * there are more). Returns 0, LEDGER_LOST, or -EINVAL (no jail, a cursor that is too long, an unknown source). For a
 * manual ban (uid >= 0) LEDGER_FULL instead of LEDGER_LOST: then it must not be carried out.
 */
int ledger_ban(struct ledger *ledger, const struct ledger_ban *ban, struct span line,
	       const struct ledger_hit *hits, size_t hits_n);

/*
 * The end of a ban, which is known by its prefix, jail and since; until must be given, too. The first end of a ban counts.
 * Returns as ledger_ban(). Commands find room longest; on LEDGER_FULL such a command must not be carried out yet.
 */
int ledger_unban(struct ledger *ledger, const struct ledger_ban *ban, const struct ledger_end *end);

/* A known sender (see spare_unsaved()), kept until `until`. Returns 0 or LEDGER_FULL: nothing lost, again later. */
int ledger_spare(struct ledger *ledger, const struct spare_client *client, int64_t until);

/* The fuse of a rule "filter/name". Returns 0, LEDGER_FULL or -EINVAL. */
int ledger_fuse(struct ledger *ledger, struct span rule, const struct fuse_state *state);

/*
 * How far a source was read, and the log's time there; only the last one of a turn counts. All bans of
 * the lines before it must have been recorded. Returns 0, LEDGER_HELD or -EINVAL.
 */
int ledger_place(struct ledger *ledger, int64_t time, const struct ledger_mark *mark);

/* Once a minute: a place to come back to. Returns 0, LEDGER_HELD (also when there is no room for it) or -EINVAL. */
int ledger_checkpoint(struct ledger *ledger, int64_t time, const struct ledger_mark *mark);

/* The option of that name, from now on; what was deleted does not come back. */
void ledger_keep_checkpoints(struct ledger *ledger, int64_t keep);

/*
 * Ends the turn: what was recorded since the last one is to be written, together. now: wall time, for `keep`.
 * A turn must fit into the queue: end it after some 50 bans at most, best at each line that made one.
 */
void ledger_turn(struct ledger *ledger, int64_t now);

/*
 * Asks for all turns that ended to be on disk, synced, now and not in a second. Returns a ticket; ledger_fd() becomes readable
 * and ledger_committed() reaches the ticket when they are. While the disk fails, neither happens.
 */
uint64_t ledger_commit(struct ledger *ledger);
uint64_t ledger_committed(const struct ledger *ledger);

/*
 * After a loss, or when a new file had to be begun while running: true once there is room again (ledger_fd() becomes
 * readable). Then pass every ban in force to ledger_offer() (LEDGER_FULL: go on after the next event; turns may end in
 * between), and last call ledger_resume(): positions go on, 0, or LEDGER_HELD when something was lost meanwhile: offer again.
 */
bool ledger_wanted(struct ledger *ledger);
int ledger_offer(struct ledger *ledger, const struct ledger_ban *ban);
int ledger_resume(struct ledger *ledger);

struct ledger_counts ledger_counts(const struct ledger *ledger);

/*
 * Reading, through a connection of its own, of what is on disk. A callback that returns other than 0 ends it, and its value
 * is passed on. Spans are valid during the callback. -EBADMSG: the file is damaged; the thread sets it aside, what
 * was not called back is gone. -EBUSY, -EIO, -ENOMEM as usual.
 */

/* The bans that ended, or will end, after `time`, in the order of their ends. */
int ledger_load(struct ledger *ledger, int64_t time, ledger_ban_fn *fn, void *context);

/*
 * The bans without an end in the file: those in force, and those whose time has expired since the file was last written. In the log's time they may not be.
 */
int ledger_load_open(struct ledger *ledger, ledger_ban_fn *fn, void *context);

/* Known senders, those whose last mail is oldest first; fuses that have blown. */
int ledger_load_spare(struct ledger *ledger, ledger_spare_fn *fn, void *context);
int ledger_load_fuse(struct ledger *ledger, ledger_fuse_fn *fn, void *context);

/*
 * Bans since the day of a time, in UTC, that were not carried out, by enum ledger_would. They are summed up as they come: it costs
 * nothing to ask, and what was deleted meanwhile is in it.
 */
int ledger_sums(struct ledger *ledger, int64_t since, struct ledger_sum out[static LEDGER_WOULDS]);

/* What follows *found: mark->place.cursor lies in `cursor`. Returns 1, or 0 when there is none; a checkpoint: the last one not
 * after *time, or LEDGER_LATER. Sets *time to the log's time there. */
int ledger_find_place(struct ledger *ledger, int source, int64_t *time, struct ledger_place *found,
		      char cursor[static LEDGER_CURSOR]);
int ledger_find_checkpoint(struct ledger *ledger, int source, int64_t *time,
			   struct ledger_place *found, char cursor[static LEDGER_CURSOR]);

/*
 * Up to `most` bans of a prefix or inside it, newest first, then of prefixes around it. -E2BIG: too many
 * to look through while others wait; ask for a smaller prefix.
 */
int ledger_history(struct ledger *ledger, const struct prefix *prefix, uint32_t most,
		   ledger_ban_fn *fn, void *context);

/* The lines of a ban that was read (may be called inside its callback): the one that made it first, then its last hits. */
int ledger_lines(struct ledger *ledger, int64_t id, ledger_line_fn *fn, void *context);

#endif
