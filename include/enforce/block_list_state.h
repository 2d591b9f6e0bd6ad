/* SPDX-License-Identifier: MIT */
/* block_list_state: the states of an entry of a block list, and the callbacks that report a change. */
#ifndef RELAYDAM_ENFORCE_BLOCK_LIST_STATE_H
#define RELAYDAM_ENFORCE_BLOCK_LIST_STATE_H

#include "util/addr.h"

enum block_list_state {
	BLOCK_LIST_NONE,    /* no ban, or the ban has ended */
	BLOCK_LIST_PENDING, /* is written at the next block_list_run() */
	BLOCK_LIST_WAITING, /* not in the kernel: the list is full or missing */
	BLOCK_LIST_HELD,    /* in the kernel: the blocker reported success */
	BLOCK_LIST_REFUSED, /* not in the kernel: the kernel rejects the entry */
	BLOCK_LIST_STATES
};

/* Must not call functions of the block list. Members other than context may be NULL. */
struct block_list_callbacks {
	/* The state of an entry has changed: HELD, WAITING, REFUSED or NONE. */
	void (*changed)(void *context, const struct prefix *prefix, enum block_list_state state);
	/* An error with its remedy, or its end; once each, not at every retry. priority: LOG_* of syslog.h. */
	void (*note)(void *context, int priority, const char *text);
	void *context;
};

#endif
