/* SPDX-License-Identifier: MIT */
#include "ledger_read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ledger_db.h"

#define COLUMNS                                                                                    \
	"SELECT ban.id, addr, bits, jail, rule, since, until, hits, uid,"                          \
	" s.name, ban.device, ban.inode, ban.offset, ban.hash, ban.cursor,"                        \
	" how, end_time, end_uid,"                                                                 \
	" e.name, end_device, end_inode, end_offset, end_hash, end_cursor, would, mails"           \
	" FROM ban LEFT JOIN source s ON s.id = ban.source"                                        \
	" LEFT JOIN source e ON e.id = ban.end_source "

static int give_up(void *context)
{
	(void)context;
	return 1;
}

static int damaged(struct ledger_reader *reader)
{
	reader->damaged = true;
	snprintf(reader->file.reason, sizeof(reader->file.reason), "%s",
		 sqlite3_errmsg(reader->sqlite));
	return -EBADMSG;
}

/*
 * With file.naming held, ledger_file_connect() also opens the -shm, so that it belongs to the same
 * file. Does not wait for the mutex: the writer may hold it while the disk hangs.
 */
static int connect_reader(struct ledger_reader *reader)
{
	int r;

	if (pthread_mutex_trylock(reader->file.naming) != 0)
		return -EBUSY;
	r = ledger_file_connect(&reader->file, SQLITE_OPEN_READONLY, 64, &reader->sqlite);
	pthread_mutex_unlock(reader->file.naming);
	return r;
}

/* Prepares a statement; opens the file if it is not open. Returns 0 and sets *out, or < 0. */
static int prepare(struct ledger_reader *reader, const char *text, sqlite3_stmt **out)
{
	int r = 0;

	*out = NULL;
	if (!reader->sqlite)
		r = connect_reader(reader);
	if (r == 0) {
		if (reader->depth == 0)
			sqlite3_progress_handler(reader->sqlite, READ_OPCODES, give_up, NULL);
		r = ledger_file_error(sqlite3_prepare_v2(reader->sqlite, text, -1, out, NULL));
		if (r == -EBADMSG || r == -EINVAL) /* -EINVAL: the tables were changed */
			r = damaged(reader);
	}
	reader->depth++;
	return r;
}

static int end(struct ledger_reader *reader, sqlite3_stmt *s, int r)
{
	sqlite3_finalize(s);
	reader->depth--;
	if (reader->depth == 0 && reader->sqlite)
		sqlite3_db_release_memory(reader->sqlite);
	return r;
}

/* Steps to the next row. Returns 1, 0 at the end, or < 0. */
static int step(struct ledger_reader *reader, sqlite3_stmt *s)
{
	int code = sqlite3_step(s), r = ledger_file_error(code);

	if (r == -EBADMSG)
		return damaged(reader);
	return r < 0 ? r : code == SQLITE_ROW;
}

static struct span text_at(sqlite3_stmt *s, int column)
{
	const char *text = sqlite3_column_blob(s, column);

	return (struct span){ text, text ? (size_t)sqlite3_column_bytes(s, column) : 0 };
}

static void place_at(sqlite3_stmt *s, int column, struct ledger_place *place)
{
	place->device = (uint64_t)sqlite3_column_int64(s, column);
	place->inode = (uint64_t)sqlite3_column_int64(s, column + 1);
	place->offset = (uint64_t)sqlite3_column_int64(s, column + 2);
	place->hash = (uint64_t)sqlite3_column_int64(s, column + 3);
	place->cursor = text_at(s, column + 4);
}

/* Reads six columns: the name of a source, then its place. */
static void mark_at(const struct ledger_reader *reader, sqlite3_stmt *s, int column,
		    struct ledger_mark *mark)
{
	struct span name = text_at(s, column);

	mark->source = -1;
	for (int i = 0; name.n && i < reader->sources_n; i++)
		if (span_equal(name, span_of(reader->sources[i])))
			mark->source = i;
	place_at(s, column + 1, &mark->place);
}

static int ban_at(const struct ledger_reader *reader, sqlite3_stmt *s, struct ledger_ban *ban)
{
	struct span addr = text_at(s, 1), jail = text_at(s, 3);
	int64_t bits = sqlite3_column_int64(s, 2), id = sqlite3_column_int64(s, 0);
	int would = sqlite3_column_int(s, 24);

	if (addr.n != sizeof(ban->prefix.addr.b) || bits < 0 || bits > 128)
		return -EBADMSG;
	if (id < 0 || id > INT64_MAX / DB_LINES - 1)
		return -EBADMSG;
	if (jail.n == 0 || memchr(jail.p, '\0', jail.n))
		return -EBADMSG;
	ban->id = id;
	memcpy(ban->prefix.addr.b, addr.p, addr.n);
	ban->prefix.bits = (uint8_t)bits;
	ban->jail = jail;
	ban->rule = text_at(s, 4);
	ban->since = sqlite3_column_int64(s, 5);
	ban->until = sqlite3_column_int64(s, 6);
	ban->hits = (uint32_t)sqlite3_column_int64(s, 7);
	ban->uid = sqlite3_column_int64(s, 8);
	mark_at(reader, s, 9, &ban->at);
	ban->end.how = (enum ledger_how)sqlite3_column_int(s, 15);
	ban->end.time = sqlite3_column_int64(s, 16);
	ban->end.uid = sqlite3_column_int64(s, 17);
	mark_at(reader, s, 18, &ban->end.at);
	if (would < LEDGER_REAL || would >= LEDGER_WOULDS)
		return -EBADMSG;
	ban->would = (enum ledger_would)would;
	ban->mails = (uint32_t)sqlite3_column_int64(s, 25);
	return addr_is_v4(&ban->prefix.addr) && bits < ADDR_V4_BITS ? -EBADMSG : 0;
}

/* Calls fn for each row; invalid rows are skipped. Returns 0, < 0, or what fn returned. */
static int each_ban(struct ledger_reader *reader, sqlite3_stmt *s, uint32_t *most,
		    ledger_ban_fn *fn, void *context)
{
	struct ledger_ban ban = { 0 };
	int r = 0;

	while (r == 0 && *most > 0) {
		r = step(reader, s);
		if (r <= 0)
			return r;
		r = ban_at(reader, s, &ban) == 0 ? fn(context, &ban) : 0;
		*most -= 1;
	}
	return r;
}

/* Reads all bans, without the limit of a query: at start no client waits. */
static int read_all(struct ledger_reader *reader, const char *text, int64_t time, ledger_ban_fn *fn,
		    void *context)
{
	uint32_t most = UINT32_MAX;
	sqlite3_stmt *s;
	int r = prepare(reader, text, &s);

	if (r == 0) {
		sqlite3_progress_handler(reader->sqlite, 0, NULL, NULL);
		sqlite3_bind_int64(s, 1, time);
		r = each_ban(reader, s, &most, fn, context);
	}
	return end(reader, s, r);
}

int ledger_read_bans(struct ledger_reader *reader, int64_t time, ledger_ban_fn *fn, void *context)
{
	return read_all(reader, COLUMNS "WHERE ends > ?1 ORDER BY ends", time, fn, context);
}

int ledger_read_open(struct ledger_reader *reader, ledger_ban_fn *fn, void *context)
{
	return read_all(reader, COLUMNS "WHERE how = 0 ORDER BY ends", 0, fn, context);
}

static const char *const place_texts[][2] = {
	[READ_POSITION] = { "SELECT device, inode, offset, hash, cursor, time FROM source"
			    " WHERE name = ?1 AND time IS NOT NULL" },
	[READ_CHECKPOINT] = { "SELECT c.device, c.inode, c.offset, c.hash, c.cursor, c.time"
			      " FROM checkpoint c JOIN source s ON s.id = c.source"
			      " WHERE s.name = ?1 AND c.time <= ?2 ORDER BY c.time DESC LIMIT 1",
			      "SELECT c.device, c.inode, c.offset, c.hash, c.cursor, c.time"
			      " FROM checkpoint c JOIN source s ON s.id = c.source"
			      " WHERE s.name = ?1 ORDER BY c.time LIMIT 1" },
};

static int read_one_place(struct ledger_reader *reader, const char *text, int source, int64_t *time,
			  struct ledger_place *found, char *cursor)
{
	struct ledger_place place;
	sqlite3_stmt *s;
	int r = prepare(reader, text, &s);

	if (r == 0) {
		struct span name = span_of(reader->sources[source]);

		sqlite3_bind_text(s, 1, name.p, (int)name.n, SQLITE_STATIC);
		sqlite3_bind_int64(s, 2, *time);
		r = step(reader, s);
	}
	if (r == 1) {
		place_at(s, 0, &place);
		if (place.cursor.n > LEDGER_CURSOR)
			place.cursor.n = 0; /* not written by us */
		if (place.cursor.n)
			memcpy(cursor, place.cursor.p, place.cursor.n);
		place.cursor.p = cursor;
		*found = place;
		*time = sqlite3_column_int64(s, 5);
	}
	return end(reader, s, r);
}

int ledger_read_place(struct ledger_reader *reader, enum ledger_read_from from, int source,
		      int64_t *time, struct ledger_place *found, char cursor[static LEDGER_CURSOR])
{
	int r;

	if (source < 0 || source >= reader->sources_n)
		return -EINVAL;
	r = read_one_place(reader, place_texts[from][0], source, time, found, cursor);
	if (r != 0 || from == READ_POSITION)
		return r;
	r = read_one_place(reader, place_texts[from][1], source, time, found, cursor);
	return r == 1 ? LEDGER_LATER : r;
}

/*
 * Reads the bans of the prefixes that contain this one, the smallest first: one index lookup each.
 */
static int read_around(struct ledger_reader *reader, const struct prefix *prefix, uint32_t *most,
		       ledger_ban_fn *fn, void *context)
{
	unsigned least = addr_is_v4(&prefix->addr) ? ADDR_V4_BITS : 0;
	sqlite3_stmt *s;
	int r = prepare(reader,
			COLUMNS "WHERE addr = ?1 AND bits = ?2 ORDER BY since DESC LIMIT ?3", &s);

	for (unsigned bits = prefix->bits; r == 0 && bits > least && *most > 0; bits--) {
		struct prefix around = prefix_of(&prefix->addr, bits - 1 - least, bits - 1);

		sqlite3_bind_blob(s, 1, around.addr.b, sizeof(around.addr.b), SQLITE_TRANSIENT);
		sqlite3_bind_int(s, 2, around.bits);
		sqlite3_bind_int64(s, 3, *most);
		r = each_ban(reader, s, most, fn, context);
		sqlite3_reset(s);
	}
	return end(reader, s, r);
}

int ledger_read_history(struct ledger_reader *reader, const struct prefix *prefix, uint32_t most,
			ledger_ban_fn *fn, void *context)
{
	struct addr first = prefix_first(prefix), last = prefix_last(prefix);
	sqlite3_stmt *s;
	int r = prepare(reader,
			COLUMNS
			"WHERE addr BETWEEN ?1 AND ?2 AND bits >= ?3 ORDER BY since DESC LIMIT ?4",
			&s);

	if (r == 0) {
		sqlite3_bind_blob(s, 1, first.b, sizeof(first.b), SQLITE_STATIC);
		sqlite3_bind_blob(s, 2, last.b, sizeof(last.b), SQLITE_STATIC);
		sqlite3_bind_int(s, 3, prefix->bits);
		sqlite3_bind_int64(s, 4, most);
		r = each_ban(reader, s, &most, fn, context);
	}
	r = end(reader, s, r);
	return r == 0 && most > 0 ? read_around(reader, prefix, &most, fn, context) : r;
}

int ledger_read_lines(struct ledger_reader *reader, int64_t id, ledger_line_fn *fn, void *context)
{
	struct ledger_hit line;
	sqlite3_stmt *s;
	int r = prepare(reader,
			"SELECT time, rule, text FROM line WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
			&s);

	if (r == 0) {
		sqlite3_bind_int64(s, 1, id * DB_LINES);
		sqlite3_bind_int64(s, 2, id * DB_LINES + DB_LINES - 1);
	}
	while (r == 0) {
		r = step(reader, s);
		if (r <= 0)
			break;
		line = (struct ledger_hit){ sqlite3_column_int64(s, 0), text_at(s, 1),
					    text_at(s, 2) };
		r = fn(context, &line);
	}
	return end(reader, s, r);
}

static int read_client(sqlite3_stmt *s, struct spare_client *client)
{
	struct span addr = text_at(s, 0), times = text_at(s, 3);

	if (addr.n != sizeof(client->prefix.addr.b) || times.n == 0 ||
	    times.n > sizeof(client->times) || times.n % sizeof(client->times[0]))
		return -EBADMSG;
	memcpy(client->prefix.addr.b, addr.p, addr.n);
	client->prefix.bits = (uint8_t)sqlite3_column_int(s, 1);
	client->mails = (uint64_t)sqlite3_column_int64(s, 2);
	client->n = times.n / sizeof(client->times[0]);
	memcpy(client->times, times.p, times.n);
	return client->prefix.bits <= 128 ? 0 : -EBADMSG;
}

int ledger_read_spare(struct ledger_reader *reader, ledger_spare_fn *fn, void *context)
{
	struct spare_client client = { 0 };
	sqlite3_stmt *s;
	int r = prepare(reader, "SELECT addr, bits, mails, times FROM spare ORDER BY last, addr",
			&s);

	if (r == 0)
		sqlite3_progress_handler(reader->sqlite, 0, NULL, NULL); /* no limit at start */
	while (r == 0) {
		r = step(reader, s);
		if (r <= 0)
			break;
		r = read_client(s, &client) == 0 ? fn(context, &client) : 0;
	}
	return end(reader, s, r);
}

int ledger_read_fuse(struct ledger_reader *reader, ledger_fuse_fn *fn, void *context)
{
	sqlite3_stmt *s;
	int r = prepare(reader, "SELECT rule, why, since, bans, spared FROM fuse", &s);

	while (r == 0) {
		struct fuse_state state;

		r = step(reader, s);
		if (r <= 0)
			break;
		state = (struct fuse_state){ .why = (enum fuse_why)sqlite3_column_int(s, 1),
					     .since = sqlite3_column_int64(s, 2),
					     .bans = (uint32_t)sqlite3_column_int64(s, 3),
					     .spared = (uint32_t)sqlite3_column_int64(s, 4) };
		r = state.why == FUSE_SPARED || state.why == FUSE_RATE
			    ? fn(context, text_at(s, 0), &state)
			    : 0;
	}
	return end(reader, s, r);
}

int ledger_read_sums(struct ledger_reader *reader, int64_t since,
		     struct ledger_sum out[static LEDGER_WOULDS])
{
	sqlite3_stmt *s;
	int r = prepare(
		reader,
		"SELECT would, SUM(bans), SUM(clients), SUM(delivered), SUM(mails) FROM would"
		" WHERE day >= ?1 / 86400000000 GROUP BY would",
		&s);

	memset(out, 0, LEDGER_WOULDS * sizeof(*out));
	if (r == 0)
		sqlite3_bind_int64(s, 1, since);
	while (r == 0 && (r = step(reader, s)) == 1) {
		int64_t would = sqlite3_column_int64(s, 0);

		r = 0;
		if (would > 0 && would < LEDGER_WOULDS)
			out[would] = (struct ledger_sum){
				.bans = (uint64_t)sqlite3_column_int64(s, 1),
				.clients = (uint64_t)sqlite3_column_int64(s, 2),
				.delivered = (uint64_t)sqlite3_column_int64(s, 3),
				.mails = (uint64_t)sqlite3_column_int64(s, 4),
			};
	}
	return end(reader, s, r);
}

void ledger_read_close(struct ledger_reader *reader)
{
	sqlite3_close(reader->sqlite);
	reader->sqlite = NULL;
}
