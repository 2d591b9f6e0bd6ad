/* SPDX-License-Identifier: MIT */
/*
 * ledger_sums: daily sums of the bans that were not carried out. They are updated with each ban,
 * because counting the rows at each request takes long.
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

/*
 * Call in the transaction that writes the ban's row: when it was created, with this id; when its
 * `would` changed from LEDGER_BUSY to ban->would; when it ended. Return SQLite's code, SQLITE_DONE
 * on success.
 */
int ledger_sums_made(struct ledger_sums *sums, const struct ledger_ban *ban, int64_t id);
int ledger_sums_changed(struct ledger_sums *sums, const struct ledger_ban *ban);
int ledger_sums_ended(struct ledger_sums *sums, const struct ledger_ban *ban);

#endif
