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
	FUSE_CLIENTS = 16, /* spared, at most */
	FUSE_SPANS = 24,
};

struct fuse_rule {
	uint32_t spared; /* clients, up to FUSE_CLIENTS; 0: not looked at */
	uint32_t share;	 /* per cent */
	uint32_t rate;	 /* times the usual; 0: not looked at */
	uint32_t least;	 /* bans */
	int64_t within;	 /* microseconds */
};

enum fuse_why { FUSE_WHOLE, FUSE_SPARED, FUSE_RATE };

struct fuse_state {
	enum fuse_why why;
	int64_t since;	 /* when it blew */
	uint32_t bans;	 /* within the span up to then, */
	uint32_t spared; /* of so many known senders; of FUSE_RATE: the usual number */
};

/* For so many rules. Returns 0 and sets *out (free with fuse_free()), or -ENOMEM. */
int fuse_new(struct fuse **out, const struct fuse_rule *conf, size_t rules);
void fuse_free(struct fuse *fuse);

/* A rule is about to ban a client. Returns true when its fuse blows by that. */
bool fuse_ban(struct fuse *fuse, size_t rule, const struct addr *client, bool spared, int64_t now);

const struct fuse_state *fuse_state(const struct fuse *fuse, size_t rule);

/* As it was before a restart; FUSE_WHOLE: whole again, with nothing counted so far. */
void fuse_set(struct fuse *fuse, size_t rule, const struct fuse_state *state);

/* Rule i of `from` is map[i] here, UINT32_MAX: gone. Where `within` differs, counting starts again. */
void fuse_copy(struct fuse *to, const struct fuse *from, const uint32_t *map);

#endif
