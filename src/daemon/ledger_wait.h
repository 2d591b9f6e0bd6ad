/* SPDX-License-Identifier: MIT */
/* ledger_wait: work that continues once the ledger has written: an operator's answer must find its ban on the disk. */
#ifndef RELAYDAM_DAEMON_LEDGER_WAIT_H
#define RELAYDAM_DAEMON_LEDGER_WAIT_H

#include <stdbool.h>
#include <stdint.h>

struct daemon;

enum ledger_wait_outcome {
	LEDGER_WAIT_WRITTEN, /* it is on the disk */
	LEDGER_WAIT_FAILING, /* the ledger cannot be written */
	LEDGER_WAIT_ENDING,  /* the daemon ends before it is known */
};

/* The first member of what waits. */
struct ledger_wait {
	struct ledger_wait *next;
	uint64_t ticket;
	/* Called once, after it was taken off the list: it may free itself, or wait again. */
	void (*done)(struct ledger_wait *wait, struct daemon *daemon,
		     enum ledger_wait_outcome outcome);
};

/*
 * Ends the ledger's batch and waits until it is written; wait->done must be set. Returns false, and does not wait, while the ledger
 * cannot be written. There is a ledger.
 */
bool ledger_wait_start(struct daemon *daemon, struct ledger_wait *wait);

/* The ledger has written up to this ticket, or cannot write. */
void ledger_wait_committed(struct daemon *daemon, uint64_t ticket);

/* The daemon ends. Call before control_free(). */
void ledger_wait_end(struct daemon *daemon);

#endif
