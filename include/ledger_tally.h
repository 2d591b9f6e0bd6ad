/* SPDX-License-Identifier: MIT */
/*
 * ledger_tally: sums of the bans that were not carried out, by days, kept as they come: to count rows when somebody asks takes
 * the longer the more there are.
 */
#ifndef RELAYDAM_LEDGER_TALLY_H
#define RELAYDAM_LEDGER_TALLY_H

#include "ledger_file.h"

struct ledger_tally {
	sqlite3_stmt *find, *add;
};

/* Returns SQLite's code. Call ledger_tally_done() in any case. */
int ledger_tally_init(struct ledger_tally *tally, sqlite3 *sqlite);
void ledger_tally_done(struct ledger_tally *tally);

/* In the transaction of the row: it was made, with this id; it was LEDGER_BUSY and is what the ban says now; it was ended. Returns SQLite's code, SQLITE_DONE when all is well. */
int ledger_tally_made(struct ledger_tally *tally, const struct ledger_ban *ban, int64_t id);
int ledger_tally_changed(struct ledger_tally *tally, const struct ledger_ban *ban);
int ledger_tally_ended(struct ledger_tally *tally, const struct ledger_ban *ban);

#endif
