/* SPDX-License-Identifier: MIT */
/* ledger_read: queries to the ledger's file, through a read-only connection. */
#ifndef RELAYDAM_LEDGER_LEDGER_READ_H
#define RELAYDAM_LEDGER_LEDGER_READ_H

#include "ledger_file.h"

enum {
	READ_OPCODES = 5 * 1000 * 1000
}; /* limit of one query in opcodes of SQLite's virtual machine, about 0.2 s */

struct ledger_reader {
	struct ledger_file file;
	sqlite3 *sqlite;      /* NULL: not open; the next query opens it */
	char *const *sources; /* names */
	int sources_n;
	unsigned depth; /* running queries: a callback may start another one */
	bool damaged;	/* set when SQLite found damage */
};

enum ledger_read_from { READ_POSITION, READ_CHECKPOINT };

/*
 * They implement ledger_load(), ledger_find_*(), ledger_history(), ledger_lines(), ledger_load_*()
 * and ledger_sums().
 */
int ledger_read_bans(struct ledger_reader *reader, int64_t time, ledger_ban_fn *fn, void *context);
int ledger_read_open(struct ledger_reader *reader, ledger_ban_fn *fn, void *context);
int ledger_read_place(struct ledger_reader *reader, enum ledger_read_from from, int source,
		      int64_t *time, struct ledger_place *found, char cursor[static LEDGER_CURSOR]);
int ledger_read_history(struct ledger_reader *reader, const struct prefix *prefix, uint32_t most,
			ledger_ban_fn *fn, void *context);
int ledger_read_lines(struct ledger_reader *reader, int64_t id, ledger_line_fn *fn, void *context);
int ledger_read_spare(struct ledger_reader *reader, ledger_spare_fn *fn, void *context);
int ledger_read_fuse(struct ledger_reader *reader, ledger_fuse_fn *fn, void *context);
int ledger_read_sums(struct ledger_reader *reader, int64_t since,
		     struct ledger_sum out[static LEDGER_WOULDS]);

void ledger_read_close(struct ledger_reader *reader);

#endif
