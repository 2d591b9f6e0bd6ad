/* SPDX-License-Identifier: MIT */
/*
 * fuse: a rule that goes wrong is switched to reporting, until an operator resets it.
 *
 * The fuse blows when the rule has banned `spared` known senders (see spare.h) within `within`, and these are at least
 * `share` per cent of its bans then; or when it banned more than `rate` times as many as usual, and at least
 * `least`. The usual number is the mean over the spans of `within` before, once there were FUSE_SPANS of them.
 */
#ifndef RELAYDAM_ENGINE_FUSE_H
#define RELAYDAM_ENGINE_FUSE_H

#include "util/addr.h"

struct fuse;

enum {
	FUSE_CLIENTS = 16, /* most known senders that are counted for a rule */
	FUSE_SPANS = 24,
};

struct fuse_rule {
	uint32_t spared; /* known senders, up to FUSE_CLIENTS; 0: not checked */
	uint32_t share;	 /* per cent */
	uint32_t rate;	 /* multiple of the usual number; 0: not checked */
	uint32_t least;	 /* bans */
	int64_t within;	 /* microseconds */
};

enum fuse_why { FUSE_WHOLE, FUSE_SPARED, FUSE_RATE };

struct fuse_state {
	enum fuse_why why;
	int64_t since;	 /* when it blew */
	uint32_t bans;	 /* in the last `within` before it blew */
	uint32_t spared; /* known senders among these bans; for FUSE_RATE: the usual number */
};

/* rules: their number. Returns 0 and sets *out (free with fuse_free()), or -ENOMEM. */
int fuse_new(struct fuse **out, const struct fuse_rule *conf, size_t rules);
void fuse_free(struct fuse *fuse);

/* Call before a rule bans a client. Returns true when this ban blows its fuse. */
bool fuse_ban(struct fuse *fuse, size_t rule, const struct addr *client, bool spared, int64_t now);

const struct fuse_state *fuse_state(const struct fuse *fuse, size_t rule);

/* Restores a state after a restart. FUSE_WHOLE resets the fuse and its counts. */
void fuse_set(struct fuse *fuse, size_t rule, const struct fuse_state *state);

/*
 * Copies all fuses: rule i of `from` is rule map[i] of `to`; UINT32_MAX: removed. If `within`
 * differs, counting starts again.
 */
void fuse_copy(struct fuse *to, const struct fuse *from, const uint32_t *map);

#endif
