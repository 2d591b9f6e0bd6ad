/* SPDX-License-Identifier: MIT */
/*
 * ledger_sums: sums of the bans that were not carried out, by days, kept as they come: to count rows when somebody asks takes
 * the longer the more there are.
 */
#ifndef RELAYDAM_LEDGER_LEDGER_SUMS_H
#define RELAYDAM_LEDGER_LEDGER_SUMS_H

#include "ledger_file.h"

struct ledger_sums {
	sqlite3_stmt *find, *add;
};

/* Returns SQLite's code. Call ledger_sums_done() in any case. */
int ledger_sums_init(struct ledger_sums *sums, sqlite3 *sqlite);
void ledger_sums_done(struct ledger_sums *sums);

/* In the transaction of the row: it was made, with this id; it was LEDGER_BUSY and is what the ban says now; it was ended. Returns SQLite's code, SQLITE_DONE when all is well. */
int ledger_sums_made(struct ledger_sums *sums, const struct ledger_ban *ban, int64_t id);
int ledger_sums_changed(struct ledger_sums *sums, const struct ledger_ban *ban);
int ledger_sums_ended(struct ledger_sums *sums, const struct ledger_ban *ban);

#endif
