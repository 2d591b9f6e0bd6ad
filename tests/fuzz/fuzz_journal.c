/* SPDX-License-Identifier: MIT */
/*
 * A journal with any entries, followed from any cursor: this file is the library, for sd_journal_*() below stand in the way
 * of libsystemd's. Nothing is handed on but entries of our unit that no person wrote, spans stay inside the entry, and what
 * is read again comes before what is new.
 *
 * Two bytes say how it is opened. Then entries: a byte of what is odd about one, one of how long after the one before it
 * came, and fields up to 255: the name's number, the length of the value, the value.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "logline/line_buffer.h"
#include "source/journal.h"

enum {
	ENTRIES = 700,
	AGAIN = 600, /* times that one is repeated */
	FIELD = LINE_BUFFER_LINE + 64,
	BEGIN = 1700000000, /* seconds since 1970 */
};

/* of the second byte */
enum {
	WITH_CURSOR = 1,
	FOREIGN = 2,
	FILL = 4,
	GLOB = 8,
	LATER = 16,
	LOST = 32,
	GONE = 64,
	UNSURE = 128
};

/* of an entry */
enum { REPEATED = 1 | 32, NO_TIME = 2, NO_FIELDS = 4, BREAKS = 8, NO_CURSOR = 16 };

struct regex_item {
	const uint8_t *fields; /* `n` bytes */
	size_t n;
	uint64_t time;
	uint8_t odd;
};

struct sd_journal {
	struct regex_item items[ENTRIES];
	int n, shown, at; /* at -1: before the first */
	const uint8_t *field, *stop;
	uint8_t how;
	bool sought; /* `at` is where next() goes to, not behind which */
	char text[FIELD];
};

static struct sd_journal journal;
static sd_event *loop;
static unsigned sum; /* of all that was handed on, so that it is read */

static const char *const names[] = {
	"MESSAGE=",    "_SYSTEMD_UNIT=",
	"_UID=",       "SYSLOG_IDENTIFIER=",
	"_COMM=",      "_HOSTNAME=",
	"_PID=",       "_TRANSPORT=",
	"MESSAGE_ID=", "",
	"PRIORITY=",   "_SOURCE_REALTIME_TIMESTAMP=",
};

/* Fields up to the one of number 255. Returns where the next entry begins. */
static const uint8_t *behind_fields(const uint8_t *at, const uint8_t *end)
{
	while (end - at >= 2 && at[0] != 255)
		at += end - at - 2 < at[1] ? end - at : 2 + at[1];
	return at;
}

static void read_items(const uint8_t *at, const uint8_t *end)
{
	uint64_t time = BEGIN * UINT64_C(1000000);

	journal.n = 0;
	while (end - at >= 2) {
		struct regex_item item = { .odd = at[0], .fields = at + 2 };
		int times = (item.odd & REPEATED) == REPEATED ? AGAIN : 1;

		time += at[1] < 240 ? at[1] * UINT64_C(1000) : at[1] * UINT64_C(60000000);
		at = behind_fields(at + 2, end);
		item.n = (size_t)(at - item.fields);
		item.time = time;
		while (times-- > 0 && journal.n < ENTRIES) {
			journal.items[journal.n++] = item;
			item.n = 0; /* all is said; many are for the turns alone */
		}
		at += at < end;
	}
}

/* ---- the library ---- */

#define PUBLIC __attribute__((visibility("default")))

PUBLIC int sd_journal_open(sd_journal **out, int flags)
{
	(void)flags;
	*out = &journal;
	journal.at = -1;
	journal.sought = false;
	journal.shown = journal.how & LATER ? journal.n / 2 : journal.n;
	return 0;
}

PUBLIC int sd_journal_open_directory(sd_journal **out, const char *path, int flags)
{
	(void)path;
	return sd_journal_open(out, flags);
}

PUBLIC void sd_journal_close(sd_journal *j)
{
	(void)j;
}

PUBLIC int sd_journal_set_data_threshold(sd_journal *j, size_t n)
{
	(void)j;
	return n <= FIELD ? 0 : -E2BIG;
}

PUBLIC int sd_journal_has_runtime_files(sd_journal *j)
{
	return !(j->how & LOST);
}

PUBLIC int sd_journal_has_persistent_files(sd_journal *j)
{
	(void)j;
	return 0;
}

PUBLIC int sd_journal_get_fd(sd_journal *j)
{
	static int fd = -1;

	(void)j;
	if (fd < 0)
		fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK); /* never read: always ready */
	return fd;
}

PUBLIC int sd_journal_get_timeout(sd_journal *j, uint64_t *when)
{
	*when = j->how & UNSURE ? 1 : UINT64_MAX;
	return 0;
}

PUBLIC int sd_journal_process(sd_journal *j)
{
	int r = j->shown < j->n ? SD_JOURNAL_APPEND : SD_JOURNAL_NOP;

	j->shown = j->n;
	if (j->how & GONE)
		return j->how & UNSURE ? -EIO : SD_JOURNAL_INVALIDATE;
	return r;
}

PUBLIC int sd_journal_add_match(sd_journal *j, const void *data, size_t n)
{
	(void)j;
	(void)data;
	(void)n;
	return 0;
}

PUBLIC int sd_journal_add_disjunction(sd_journal *j)
{
	(void)j;
	return 0;
}

static int stand(sd_journal *j)
{
	const struct regex_item *item = &j->items[j->at];

	sd_journal_restart_data(j);
	return item->odd & BREAKS && j->how & UNSURE ? -EBADMSG : 1;
}

PUBLIC int sd_journal_next(sd_journal *j)
{
	int to = j->sought ? j->at : j->at + 1;

	if (to >= j->shown)
		return 0;
	j->sought = false;
	j->at = to;
	return stand(j);
}

PUBLIC int sd_journal_previous(sd_journal *j)
{
	j->sought = false;
	if (j->at <= 0)
		return 0;
	j->at--;
	return stand(j);
}

static int seek(sd_journal *j, int to)
{
	j->at = to;
	j->sought = true;
	return 0;
}

PUBLIC int sd_journal_seek_head(sd_journal *j)
{
	return seek(j, 0);
}

PUBLIC int sd_journal_seek_tail(sd_journal *j)
{
	return seek(j, j->shown);
}

PUBLIC int sd_journal_seek_realtime_usec(sd_journal *j, uint64_t time)
{
	int to = 0;

	while (to < j->shown && j->items[to].time < time)
		to++;
	return seek(j, to);
}

PUBLIC int sd_journal_seek_cursor(sd_journal *j, const char *cursor)
{
	int to = atoi(cursor + (*cursor == 's'));

	if (*cursor != 's')
		return -EINVAL;
	return seek(j, to < 0 ? 0 : to > j->shown ? j->shown : to);
}

PUBLIC int sd_journal_test_cursor(sd_journal *j, const char *cursor)
{
	if (j->at < 0 || j->at >= j->shown || j->sought)
		return -EADDRNOTAVAIL;
	return *cursor == 's' && atoi(cursor + 1) == j->at && !(j->items[j->at].odd & NO_CURSOR);
}

PUBLIC int sd_journal_get_cursor(sd_journal *j, char **out)
{
	if (j->at < 0 || j->at >= j->n || j->sought)
		return -EADDRNOTAVAIL;
	if (j->items[j->at].odd & NO_CURSOR && j->how & UNSURE)
		return -EBADMSG;
	return asprintf(out, "s%d", j->at) < 0 ? -ENOMEM : 0;
}

PUBLIC int sd_journal_get_realtime_usec(sd_journal *j, uint64_t *time)
{
	if (j->at < 0 || j->at >= j->n || j->sought)
		return -EADDRNOTAVAIL;
	if (j->items[j->at].odd & NO_TIME)
		return -EBADMSG;
	*time = j->items[j->at].time;
	return 0;
}

PUBLIC void sd_journal_restart_data(sd_journal *j)
{
	j->field = j->items[j->at].fields;
	j->stop = j->field + j->items[j->at].n;
}

/* A value of 254 bytes stands for one that is longer than any that is kept. A copy of its own size, so that its end is known. */
static size_t spell(sd_journal *j, const uint8_t *field, size_t value)
{
	const char *name = names[field[0] % (sizeof(names) / sizeof(names[0]))];
	size_t n = strlen(name);

	memcpy(j->text, name, n);
	memcpy(j->text + n, field + 2, value);
	n += value;
	while (field[1] == 254 && value > 0 && n < FIELD) {
		j->text[n] = j->text[n - value];
		n++;
	}
	return n;
}

static int next_field(sd_journal *j, const void **data, size_t *n)
{
	static char *copy;
	size_t value;

	if (j->stop - j->field < 2)
		return 0;
	value = (size_t)(j->stop - j->field - 2);
	value = value < j->field[1] ? value : j->field[1];
	*n = spell(j, j->field, value);
	j->field += 2 + value;
	free(copy);
	copy = malloc(*n + !*n);
	if (!copy)
		abort();
	memcpy(copy, j->text, *n);
	*data = copy;
	return 1;
}

PUBLIC int sd_journal_enumerate_available_data(sd_journal *j, const void **data, size_t *n)
{
	if (j->items[j->at].odd & NO_FIELDS)
		return -EBADMSG;
	return next_field(j, data, n);
}

PUBLIC int sd_journal_query_unique(sd_journal *j, const char *field)
{
	(void)field;
	if (j->n == 0)
		return -EIO;
	j->field = j->items[0].fields;
	j->stop = j->field + j->items[0].n;
	return 0;
}

PUBLIC int sd_journal_enumerate_available_unique(sd_journal *j, const void **data, size_t *n)
{
	int r;

	while ((r = next_field(j, data, n)) > 0)
		if (span_begins((struct span){ *data, *n }, "_SYSTEMD_UNIT="))
			break;
	return r;
}

/* ---- what is handed on ---- */

struct heard {
	bool fresh;
	int n;
};

static void touch(struct span span)
{
	for (size_t i = 0; i < span.n; i++)
		sum += (unsigned char)span.p[i];
}

/* The first value of that name that is not too long to be believed; absent: p NULL. */
static struct span first_value(const char *name)
{
	const uint8_t *field = journal.field, *stop = journal.stop;
	static char kept[FIELD];
	struct span found = { 0 };
	const void *data;
	size_t n;

	sd_journal_restart_data(&journal);
	while (!found.p && next_field(&journal, &data, &n) > 0) {
		struct span value = { data, n };

		if (!span_begins(value, name) || n - strlen(name) > 256)
			continue;
		value = span_skip(value, strlen(name));
		memcpy(kept, value.p, value.n);
		kept[value.n] = '\0';
		found = (struct span){ kept, value.n };
	}
	journal.field = field;
	journal.stop = stop;
	return found;
}

static void check_believed(void)
{
	struct span unit = first_value("_SYSTEMD_UNIT="), uid;
	const char *wanted = journal.how & GLOB ? "postfix@*.service" : "postfix@-.service";

	if (!unit.p || strlen(unit.p) != unit.n || fnmatch(wanted, unit.p, 0) != 0)
		abort();
	uid = first_value("_UID=");
	if (uid.p && (uid.n == 0 || strspn(uid.p, "0123456789") != uid.n || uid.n > 18 ||
		      (atoll(uid.p) >= 1000 && atoll(uid.p) <= 60000) || atoll(uid.p) > 65535))
		abort();
}

static void on_entry(void *context, const struct record *record, bool fill)
{
	struct heard *heard = context;

	check_believed();
	if (fill && heard->fresh)
		abort();
	heard->fresh |= !fill;
	heard->n++;
	if (record->message.n > LINE_BUFFER_LINE || record->host.n > 256 || record->program.n > 256)
		abort();
	touch(record->host);
	touch(record->program);
	touch(record->message);
	if (record->stamp.us <= 0)
		abort();
}

static void on_batch(void *context)
{
	(void)context;
}

static void on_note(void *context, int priority, const char *text)
{
	(void)context;
	(void)priority;
	touch(span_of(text));
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sd_event_default(&loop) < 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const one[] = { "postfix@-", NULL };
	static const char *const all[] = { "postfix@*.service", NULL };
	struct heard heard = { 0 };
	struct journal_options options = {
		.event = loop,
		.events = { &heard, on_entry, on_batch, on_note },
	};
	struct journal_counts counts;
	struct journal *under;
	char cursor[8];

	if (size < 2)
		return 0;
	snprintf(cursor, sizeof(cursor), "%c%d", data[1] & FOREIGN ? 'x' : 's', data[0]);
	journal.how = data[1];
	options.units = data[1] & GLOB ? all : one;
	options.cursor = data[1] & WITH_CURSOR ? cursor : NULL;
	options.fill_since = data[1] & FILL ? BEGIN * INT64_C(1000000) : 0;
	options.directory = data[1] & LOST ? NULL : "any";
	read_items(data + 2, data + size);
	if (journal_new(&under, &options) < 0)
		return 0;
	for (int i = 0; i < 8; i++)
		sd_event_run(loop, 0);
	while (journal_behind(under))
		sd_event_run(loop, 0);
	counts = journal_counts(under);
	if (counts.entries != (uint64_t)heard.n || counts.cut > counts.entries)
		abort();
	if (journal_cursor(under))
		touch(span_of(journal_cursor(under)));
	journal_free(under);
	return 0;
}
