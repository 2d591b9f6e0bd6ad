/* SPDX-License-Identifier: MIT */
/*
 * ledger_state: the members of struct ledger, for the files ledger*.c that implement its functions.
 */
#ifndef RELAYDAM_LEDGER_LEDGER_STATE_H
#define RELAYDAM_LEDGER_LEDGER_STATE_H

#include "ledger_read.h"
#include "ledger_writer.h"

struct ledger {
	struct ledger_writer *writer;
	struct ledger_reader reader;
	uint64_t files; /* writer->files when the reader was opened */
	ledger_note_fn *note;
	void *context;
	int lock_fd;
};

#endif
