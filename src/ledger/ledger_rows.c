/* SPDX-License-Identifier: MIT */
#include "ledger_rows.h"

enum statement {
	MOVE_BAN,
	REPLACE_BAN,
	ADD_BAN,
	ADD_LINE,
	END_BAN,
	ADD_SOURCE,
	FIND_SOURCE,
	SET_PLACE,
	ADD_CHECKPOINT,
	PRUNE_CHECKPOINTS,
	PRUNE_OLD,
	PRUNE_MANY,
	ADD_SPARE,
	PRUNE_SPARE,
	SET_FUSE,
	CLEAR_FUSE,
	SYNC,
	STATEMENTS,
};

_Static_assert((int)STATEMENTS == (int)LEDGER_ROWS_STATEMENTS,
	       "as many as the struct has room for");

/* bind_mark() binds the columns of a place, so their parameters have consecutive numbers. */
static const char *const texts[LEDGER_ROWS_STATEMENTS] = {
	/* sets `since` to just before the first ban of that second */
	[MOVE_BAN] =
		"UPDATE ban SET since = (SELECT MIN(since) FROM ban b WHERE b.addr = ?1"
		" AND b.bits = ?2 AND b.jail = ?3 AND b.since > ?4 - 1000000) - 1"
		" WHERE addr = ?1 AND bits = ?2 AND jail = ?3 AND since = ?4 AND (source IS NOT ?9"
		" OR device IS NOT ?10 OR inode IS NOT ?11 OR offset IS NOT ?12"
		" OR cursor IS NOT ?14)",
	/* how: LEDGER_REPLACED */
	[REPLACE_BAN] = "UPDATE ban SET how = 3, end_uid = -1, end_time = ?4, ends = MIN(ends, ?4)"
			" WHERE addr = ?1 AND bits = ?2 AND jail = ?3 AND how = 0 AND since <> ?4",
	/* a ban recorded twice is one row; one held back until the server is busy (2) may change */
	[ADD_BAN] = "INSERT INTO ban(addr, bits, jail, since, until, ends, rule, hits, uid,"
		    " source, device, inode, offset, hash, cursor, would, mails)"
		    " VALUES(?1,?2,?3,?4,?5,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?24,0)"
		    " ON CONFLICT(addr, bits, jail, since) DO UPDATE SET would = excluded.would"
		    " WHERE how = 0 AND would = 2 AND excluded.would <> 2",
	[ADD_LINE] = "INSERT OR REPLACE INTO line VALUES(?1,?2,?3,?4)",
	/* a ban that is missing was lost; its end creates the row */
	[END_BAN] =
		"INSERT INTO ban(addr, bits, jail, since, until, ends, rule, hits, uid,"
		" source, device, inode, offset, hash, cursor, how, end_time, end_uid, end_source,"
		" end_device, end_inode, end_offset, end_hash, end_cursor, would, mails)"
		" VALUES(?1,?2,?3,?4,?5,MIN(?5,?16),?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,"
		" ?18,?19,?20,?21,?22,?23,?24,?25)"
		" ON CONFLICT(addr, bits, jail, since) DO UPDATE SET ends = MIN(ends, excluded.ends), how = excluded.how,"
		" mails = excluded.mails,"
		" end_time = excluded.end_time, end_uid = excluded.end_uid,"
		" end_source = excluded.end_source, end_device = excluded.end_device,"
		" end_inode = excluded.end_inode, end_offset = excluded.end_offset,"
		" end_hash = excluded.end_hash, end_cursor = excluded.end_cursor WHERE how = 0",
	[ADD_SOURCE] = "INSERT OR IGNORE INTO source(name) VALUES(?1)",
	[FIND_SOURCE] = "SELECT id FROM source WHERE name = ?1",
	[SET_PLACE] = "UPDATE source SET device = ?2, inode = ?3, offset = ?4, hash = ?5,"
		      " cursor = ?6, time = ?7 WHERE id = ?1",
	[ADD_CHECKPOINT] =
		"INSERT OR REPLACE INTO checkpoint(source, device, inode, offset, hash, cursor,"
		" time) VALUES(?1,?2,?3,?4,?5,?6,?7)",
	/* keeps the newest one before the limit: reading goes back to it */
	[PRUNE_CHECKPOINTS] =
		"DELETE FROM checkpoint WHERE source = ?1 AND time <"
		" (SELECT MAX(time) FROM checkpoint WHERE source = ?1 AND time <= ?2)",
	[PRUNE_OLD] = "DELETE FROM ban WHERE id IN"
		      " (SELECT id FROM ban WHERE ends < ?1 LIMIT ?2)",
	[PRUNE_MANY] =
		"DELETE FROM ban WHERE id IN"
		" (SELECT id FROM ban WHERE id <= (SELECT MAX(id) FROM ban) - ?3 AND ends < ?1"
		" ORDER BY id LIMIT ?2)",
	/* `relaydam learn` may bring older mails than those recorded */
	[ADD_SPARE] = "INSERT INTO spare(addr, bits, last, until, mails, times)"
		      " VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(addr) DO UPDATE SET"
		      " last = excluded.last, until = excluded.until, mails = excluded.mails,"
		      " times = excluded.times WHERE excluded.last >= last",
	[PRUNE_SPARE] = "DELETE FROM spare WHERE until < ?1",
	[SET_FUSE] = "INSERT OR REPLACE INTO fuse VALUES(?1,?2,?3,?4,?5)",
	[CLEAR_FUSE] = "DELETE FROM fuse WHERE rule = ?1",
	[SYNC] = "UPDATE synced SET n = n + 1",
};

int ledger_rows_init(struct ledger_rows *rows, sqlite3 *sqlite)
{
	int r = 0;

	rows->sqlite = sqlite;
	for (size_t i = 0; r == 0 && i < LEDGER_ROWS_STATEMENTS; i++)
		r = ledger_file_error(sqlite3_prepare_v3(sqlite, texts[i], -1,
							 SQLITE_PREPARE_PERSISTENT,
							 &rows->statements[i], NULL));
	if (r == 0)
		r = ledger_file_error(ledger_sums_init(&rows->sums, sqlite));
	return r;
}

void ledger_rows_done(struct ledger_rows *rows)
{
	for (size_t i = 0; i < LEDGER_ROWS_STATEMENTS; i++)
		sqlite3_finalize(rows->statements[i]);
	ledger_sums_done(&rows->sums);
}

void ledger_rows_forget(struct ledger_rows *rows)
{
	memset(rows->sources, 0, sizeof(rows->sources));
}

static void bind_text(sqlite3_stmt *s, int n, struct span text)
{
	sqlite3_bind_text(s, n, text.n ? text.p : "", (int)text.n, SQLITE_STATIC);
}

static int step(sqlite3_stmt *s)
{
	int code = sqlite3_step(s);

	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return ledger_file_error(code);
}

/* Sets *id to the row of the source, which is created if it is missing; 0 for no source. */
static int source_id(struct ledger_rows *rows, const struct ledger_db_batch *batch, int source,
		     int64_t *id)
{
	sqlite3_stmt *add = rows->statements[ADD_SOURCE], *find = rows->statements[FIND_SOURCE];
	int r = 0;

	*id = 0;
	if (source < 0 || source >= batch->sources_n)
		return 0;
	if (!rows->sources[source]) {
		bind_text(add, 1, span_of(batch->sources[source]));
		bind_text(find, 1, span_of(batch->sources[source]));
		r = step(add);
		if (r == 0)
			r = ledger_file_error(sqlite3_step(find));
		if (r == 0)
			rows->sources[source] = sqlite3_column_int64(find, 0);
		sqlite3_reset(find);
	}
	*id = rows->sources[source];
	return r;
}

/* Binds six columns from `n` on. */
static void bind_mark(sqlite3_stmt *s, int n, int64_t id, const struct ledger_place *place)
{
	if (!id)
		return;
	sqlite3_bind_int64(s, n, id);
	if (place->cursor.n) {
		bind_text(s, n + 5, place->cursor);
		return;
	}
	sqlite3_bind_int64(s, n + 1, (int64_t)place->device);
	sqlite3_bind_int64(s, n + 2, (int64_t)place->inode);
	sqlite3_bind_int64(s, n + 3, (int64_t)place->offset);
	sqlite3_bind_int64(s, n + 4, (int64_t)place->hash);
}

/* Binds the four columns of a ban's key. */
static void bind_key(sqlite3_stmt *s, const struct ledger_ban *ban)
{
	sqlite3_clear_bindings(s); /* of a ban that failed before step() */
	sqlite3_bind_blob(s, 1, ban->prefix.addr.b, sizeof(ban->prefix.addr.b), SQLITE_STATIC);
	sqlite3_bind_int(s, 2, ban->prefix.bits);
	bind_text(s, 3, ban->jail);
	sqlite3_bind_int64(s, 4, ban->since);
}

static int bind_ban(struct ledger_rows *rows, const struct ledger_db_batch *batch, sqlite3_stmt *s,
		    const struct ledger_ban *ban)
{
	int64_t id = 0;
	int r = source_id(rows, batch, ban->at.source, &id);

	bind_key(s, ban);
	sqlite3_bind_int64(s, 5, ban->until);
	bind_text(s, 6, ban->rule);
	sqlite3_bind_int64(s, 7, ban->hits);
	sqlite3_bind_int64(s, 8, ban->uid);
	sqlite3_bind_int(s, 24, (int)ban->would);
	sqlite3_bind_int64(s, 25, ban->mails);
	if (r == 0)
		bind_mark(s, 9, id, &ban->at.place);
	return r;
}

static int add_line(struct ledger_rows *rows, int64_t id, int64_t time, struct span rule,
		    struct span line)
{
	sqlite3_stmt *s = rows->statements[ADD_LINE];

	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_int64(s, 2, time);
	bind_text(s, 3, rule);
	sqlite3_bind_blob(s, 4, line.n ? line.p : "", (int)line.n, SQLITE_STATIC);
	return step(s);
}

/*
 * Log times may have a resolution of a second, and `since` is part of a ban's key. If another line
 * made a ban of the same second, which has ended or was a dry run's, its `since` is moved to make
 * room. A ban that is recorded again has no place or the same one, and moves nothing.
 */
static int make_room(struct ledger_rows *rows, const struct ledger_db_batch *batch,
		     const struct ledger_ban *ban)
{
	sqlite3_stmt *s = rows->statements[MOVE_BAN];
	int r = ban->at.source < 0 ? 0 : bind_ban(rows, batch, s, ban);

	return r < 0 || ban->at.source < 0 ? r : step(s);
}

/* The client's earlier ban in that jail ends where this one begins. */
static int replace_ban(struct ledger_rows *rows, const struct ledger_ban *ban)
{
	sqlite3_stmt *s = rows->statements[REPLACE_BAN];

	bind_key(s, ban);
	return step(s);
}

static int add_ban(struct ledger_rows *rows, struct ledger_db_batch *batch,
		   const struct ledger_record *record)
{
	const struct ledger_ban *ban = &record->ban;
	sqlite3_stmt *s = rows->statements[ADD_BAN];
	int64_t id = 0;
	int r = make_room(rows, batch, ban);

	sqlite3_set_last_insert_rowid(rows->sqlite, 0);
	if (r == 0)
		r = replace_ban(rows, ban);
	if (r == 0)
		r = bind_ban(rows, batch, s, ban);
	if (r == 0)
		r = step(s);
	id = sqlite3_last_insert_rowid(rows->sqlite);
	if (r == 0 && id == 0 && sqlite3_changes(rows->sqlite) > 0)
		return ledger_file_error(ledger_sums_changed(&rows->sums, ban));
	if (r < 0 || id == 0)
		return r; /* already recorded, with its lines */
	batch->bans++;
	r = ledger_file_error(ledger_sums_made(&rows->sums, ban, id));
	if (r < 0)
		return r;
	if (id < 0 || id > INT64_MAX / DB_LINES - 1)
		return 0; /* another program wrote the file: no ids left for the lines */
	id *= DB_LINES;
	if (record->line.n)
		r = add_line(rows, id, ban->since, ban->rule, record->line);
	for (size_t i = 0; r == 0 && i < record->hits_n; i++)
		r = add_line(rows, id + 1 + (int64_t)i, record->hits[i].time, record->hits[i].rule,
			     record->hits[i].line);
	return r;
}

static int end_ban(struct ledger_rows *rows, struct ledger_db_batch *batch,
		   const struct ledger_ban *ban)
{
	const struct ledger_end *end = &ban->end;
	sqlite3_stmt *s = rows->statements[END_BAN];
	int64_t id = 0;
	int r = bind_ban(rows, batch, s, ban);

	sqlite3_bind_int(s, 15, (int)end->how);
	sqlite3_bind_int64(s, 16, end->time);
	sqlite3_bind_int64(s, 17, end->uid);
	if (r == 0)
		r = source_id(rows, batch, end->at.source, &id);
	if (r < 0)
		return r;
	bind_mark(s, 18, id, &end->at.place);
	sqlite3_set_last_insert_rowid(rows->sqlite, 0);
	r = step(s);
	batch->unbans += r == 0;
	if (r < 0 || sqlite3_changes(rows->sqlite) == 0)
		return r; /* already recorded */
	id = sqlite3_last_insert_rowid(rows->sqlite);
	if (id != 0)
		r = ledger_file_error(ledger_sums_made(&rows->sums, ban, id));
	return r < 0 ? r : ledger_file_error(ledger_sums_ended(&rows->sums, ban));
}

static int add_place(struct ledger_rows *rows, const struct ledger_db_batch *batch,
		     enum statement which, int source, int64_t time,
		     const struct ledger_place *place)
{
	sqlite3_stmt *s = rows->statements[which];
	int64_t id = 0;
	int r = source_id(rows, batch, source, &id);

	if (r < 0)
		return r;
	bind_mark(s, 1, id, place);
	sqlite3_bind_int64(s, 7, time);
	r = step(s);
	if (r < 0 || which == SET_PLACE)
		return r;
	s = rows->statements[PRUNE_CHECKPOINTS];
	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_int64(s, 2, time - batch->keep_checkpoints);
	return step(s);
}

static int add_spare(struct ledger_rows *rows, const struct ledger_record *record)
{
	const struct ledger_ban *ban = &record->ban;
	sqlite3_stmt *s = rows->statements[ADD_SPARE];
	int r;

	sqlite3_bind_blob(s, 1, ban->prefix.addr.b, sizeof(ban->prefix.addr.b), SQLITE_STATIC);
	sqlite3_bind_int(s, 2, ban->prefix.bits);
	sqlite3_bind_int64(s, 3, ban->since);
	sqlite3_bind_int64(s, 4, ban->until);
	sqlite3_bind_int64(s, 5, ban->mails);
	sqlite3_bind_blob(s, 6, record->line.p, (int)record->line.n, SQLITE_STATIC);
	r = step(s);
	if (r < 0)
		return r;
	s = rows->statements[PRUNE_SPARE];
	sqlite3_bind_int64(s, 1, ban->since);
	return step(s);
}

static int set_fuse(struct ledger_rows *rows, const struct ledger_ban *ban)
{
	bool clear = ban->would == 0;
	sqlite3_stmt *s = rows->statements[clear ? CLEAR_FUSE : SET_FUSE];

	bind_text(s, 1, ban->rule);
	if (!clear) {
		sqlite3_bind_int(s, 2, (int)ban->would);
		sqlite3_bind_int64(s, 3, ban->since);
		sqlite3_bind_int64(s, 4, ban->hits);
		sqlite3_bind_int64(s, 5, ban->mails);
	}
	return step(s);
}

int ledger_rows_write(struct ledger_rows *rows, struct ledger_db_batch *batch,
		      const struct ledger_record *record)
{
	switch (record->kind) {
	case RECORD_BAN:
		return add_ban(rows, batch, record);
	case RECORD_UNBAN:
		return end_ban(rows, batch, &record->ban);
	case RECORD_CHECKPOINT:
		return add_place(rows, batch, ADD_CHECKPOINT, record->ban.at.source,
				 record->ban.since, &record->ban.at.place);
	case RECORD_SPARE:
		return add_spare(rows, record);
	case RECORD_FUSE:
		return set_fuse(rows, &record->ban);
	}
	return 0;
}

static int prune(struct ledger_rows *rows, enum statement which, int64_t before, int64_t most)
{
	sqlite3_stmt *s = rows->statements[which];
	int r;

	sqlite3_bind_int64(s, 1, before);
	sqlite3_bind_int(s, 2, DB_PRUNE);
	if (which == PRUNE_MANY)
		sqlite3_bind_int64(s, 3, most);
	r = step(s);
	return r < 0 ? r : sqlite3_changes(rows->sqlite);
}

int ledger_rows_place(struct ledger_rows *rows, const struct ledger_db_batch *batch, int source)
{
	const struct ledger_db_position *position = &batch->positions[source];

	return add_place(rows, batch, SET_PLACE, source, position->time, &position->place);
}

int ledger_rows_sync(struct ledger_rows *rows)
{
	return step(rows->statements[SYNC]);
}

int ledger_rows_prune(struct ledger_rows *rows, int64_t before, int64_t now, int64_t most)
{
	int n = prune(rows, PRUNE_OLD, before, 0);

	return n == 0 ? prune(rows, PRUNE_MANY, now, most) : n;
}
