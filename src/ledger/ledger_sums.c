/* SPDX-License-Identifier: MIT */
#include "ledger_sums.h"
#include "util/units.h"

/* After this long a client counts again. The schema in ledger_file.c contains the number, too. */
#define AWAY (28 * UNITS_DAY)

int ledger_sums_init(struct ledger_sums *sums, sqlite3 *sqlite)
{
	int code =
		sqlite3_prepare_v3(sqlite,
				   "SELECT 1 FROM ban WHERE addr = ?1 AND would > 0 AND would = ?2"
				   " AND since >= ?3 AND id <> ?4 LIMIT 1",
				   -1, SQLITE_PREPARE_PERSISTENT, &sums->find, NULL);

	if (code != SQLITE_OK)
		return code;
	return sqlite3_prepare_v3(
		sqlite,
		"INSERT INTO would VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(day, would)"
		" DO UPDATE SET bans = bans + ?3, clients = clients + ?4,"
		" delivered = delivered + ?5, mails = mails + ?6",
		-1, SQLITE_PREPARE_PERSISTENT, &sums->add, NULL);
}

void ledger_sums_done(struct ledger_sums *sums)
{
	sqlite3_finalize(sums->find);
	sqlite3_finalize(sums->add);
}

struct delta {
	int64_t bans, clients, delivered, mails;
};

static int add(struct ledger_sums *sums, const struct ledger_ban *ban, enum ledger_would why,
	       const struct delta *delta)
{
	sqlite3_stmt *s = sums->add;
	int code;

	sqlite3_bind_int64(s, 1, ban->since / UNITS_DAY);
	sqlite3_bind_int(s, 2, (int)why);
	sqlite3_bind_int64(s, 3, delta->bans);
	sqlite3_bind_int64(s, 4, delta->clients);
	sqlite3_bind_int64(s, 5, delta->delivered);
	sqlite3_bind_int64(s, 6, delta->mails);
	code = sqlite3_step(s);
	sqlite3_reset(s);
	return code;
}

/* Adds n bans, and a client if it has no other such ban within AWAY. */
static int count(struct ledger_sums *sums, const struct ledger_ban *ban, enum ledger_would why,
		 int64_t id, int64_t n)
{
	sqlite3_stmt *s = sums->find;
	struct delta delta = { .bans = n };
	int code;

	sqlite3_bind_blob(s, 1, ban->prefix.addr.b, sizeof(ban->prefix.addr.b), SQLITE_STATIC);
	sqlite3_bind_int(s, 2, (int)why);
	sqlite3_bind_int64(s, 3, ban->since - AWAY);
	sqlite3_bind_int64(s, 4, id);
	code = sqlite3_step(s);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	delta.clients = code == SQLITE_DONE ? n : 0;
	return code == SQLITE_ROW || code == SQLITE_DONE ? add(sums, ban, why, &delta) : code;
}

int ledger_sums_made(struct ledger_sums *sums, const struct ledger_ban *ban, int64_t id)
{
	return ban->would == LEDGER_REAL ? SQLITE_DONE : count(sums, ban, ban->would, id, 1);
}

int ledger_sums_changed(struct ledger_sums *sums, const struct ledger_ban *ban)
{
	int code = count(sums, ban, LEDGER_BUSY, 0, -1);

	return code == SQLITE_DONE && ban->would != LEDGER_REAL ? count(sums, ban, ban->would, 0, 1)
								: code;
}

int ledger_sums_ended(struct ledger_sums *sums, const struct ledger_ban *ban)
{
	struct delta delta = { .delivered = 1, .mails = ban->mails };

	return ban->would == LEDGER_REAL || ban->mails == 0 ? SQLITE_DONE
							    : add(sums, ban, ban->would, &delta);
}
