/* SPDX-License-Identifier: MIT */
#include "source/source_overlap.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal_entry.h"
#include "journal_units.h"
#include "source/log_dir.h"
#include "source/tail_file.h"
#include "util/siphash.h"
#include "util/units.h"

enum {
	TAIL = 128 * 1024,
	LINES = 4096, /* a ring; no header is so short that more are in a TAIL */
	ENTRIES = 512,
	LAST = 8, /* of a program's lines, half of which must be in the other */
};

#define NEAR                                                                                       \
	(2 * UNITS_SECOND) /* a server and a syslog daemon look at the clock one after the other */
#define SETTLED (5 * UNITS_SECOND) /* what is younger may be on its way to the other */

struct said {
	int64_t time;
	uint64_t message, host; /* hashes; host 0: none */
	uint32_t pid;
	char program[SOURCE_OVERLAP_PROGRAM];
};

struct kept_lines {
	struct said *ring;
	size_t n; /* ever kept */
	int64_t now;
	const struct zone *zone;
};

static const struct said *said_at(const struct kept_lines *tail, size_t i)
{
	return &tail->ring[i % LINES];
}

static size_t oldest(const struct kept_lines *tail)
{
	return tail->n > LINES ? tail->n - LINES : 0;
}

static uint64_t hash_of(struct span text)
{
	static const struct seed seed;

	return siphash(&seed, text.p, text.n);
}

/* Up to `end`, or all of it. */
static struct span up_to(struct span text, char end)
{
	const char *at = text.n > 0 ? memchr(text.p, end, text.n) : NULL;

	return (struct span){ text.p, at ? (size_t)(at - text.p) : text.n };
}

static void keep(struct kept_lines *tail, const struct record *record, int64_t time)
{
	struct span program = up_to(record->program, '/'), host = up_to(record->host, '.');
	struct said *said = &tail->ring[tail->n % LINES];

	if (record->message.n == 0 || program.n == 0 || program.n >= SOURCE_OVERLAP_PROGRAM ||
	    time > tail->now - SETTLED)
		return;
	*said = (struct said){ .time = time,
			       .message = hash_of(record->message),
			       .host = host.n > 0 ? hash_of(host) : 0,
			       .pid = record->pid };
	memcpy(said->program, program.p, program.n);
	tail->n++;
}

/* ---- a file ---- */

static void keep_lines(struct kept_lines *tail, struct log_clock *clock, struct span text)
{
	while (text.n > 0) {
		struct span line = up_to(text, '\n');
		struct record record;

		text = span_skip(text, line.n + (line.n < text.n));
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (record_parse(line, &record) == 0 && record.stamp.kind != TIMESTAMP_NONE)
			keep(tail, &record, log_clock_read(clock, &record.stamp));
	}
}

static int keep_tail(struct kept_lines *tail, int fd, const struct stat *st)
{
	struct log_clock_options options = {
		.zone = tail->zone,
		.reference = (int64_t)st->st_mtim.tv_sec * UNITS_SECOND,
	};
	off_t at = st->st_size > TAIL ? st->st_size - TAIL : 0;
	struct log_clock *clock = NULL;
	char *text = malloc(TAIL);
	int r = text ? log_clock_new(&clock, &options) : -ENOMEM;
	ssize_t n = r == 0 ? pread(fd, text, TAIL, at) : 0;

	if (n > 0) {
		struct span all = { text, (size_t)n };

		if (at > 0) /* the end of a line */
			all = span_skip(all, up_to(all, '\n').n);
		keep_lines(tail, clock, all);
	}
	log_clock_free(clock);
	free(text);
	return r;
}

static int keep_path(struct kept_lines *tail, const char *path)
{
	int fd = tail_file_open(path), r = 0;
	struct stat st;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		r = keep_tail(tail, fd, &st);
	close(fd);
	return r;
}

struct newest {
	char path[PATH_MAX]; /* "" if there is none */
	int64_t written;
};

static bool keep_newest(void *context, const struct log_dir_entry *entry)
{
	struct newest *newest = context;
	struct stat st;

	if (entry->form.kind == LOG_NAME_OTHER || entry->form.kind == LOG_NAME_LIVE ||
	    entry->form.packed || strlen(entry->path) >= sizeof(newest->path) ||
	    stat(entry->path, &st) < 0 || (newest->path[0] && st.st_mtime <= newest->written))
		return false;
	strcpy(newest->path, entry->path);
	newest->written = st.st_mtime;
	return false;
}

/* Of a log that was begun a moment ago, the last lines are in the file that it was rotated to last. */
static int keep_rotated(struct kept_lines *tail, const char *path)
{
	struct newest newest = { .path = "" };

	log_dir_scan(path, keep_newest, &newest);
	return newest.path[0] ? keep_path(tail, newest.path) : 0;
}

/* ---- the journal ---- */

/* Backwards from the end; then in their order. */
static void keep_entries(struct kept_lines *tail, sd_journal *journal,
			 const struct journal_units *units, struct journal_entry *entry)
{
	struct record record;

	if (journal_units_match(units, journal) < 0 || sd_journal_seek_tail(journal) < 0)
		return;
	for (int i = 0; i < ENTRIES && sd_journal_previous(journal) > 0; i++) {
		if (journal_entry_read(journal, entry) < 0 ||
		    !entry->field[JOURNAL_ENTRY_MESSAGE].p || journal_entry_is_of_person(entry) ||
		    !journal_units_have(units, entry->field[JOURNAL_ENTRY_UNIT]))
			continue;
		journal_entry_record(entry, &record);
		keep(tail, &record, record.stamp.us);
	}
	for (size_t i = 0; i < tail->n / 2; i++) {
		struct said said = tail->ring[i];

		tail->ring[i] = tail->ring[tail->n - 1 - i];
		tail->ring[tail->n - 1 - i] = said;
	}
}

static int keep_journal(struct kept_lines *tail, char *const *units, const char *directory)
{
	struct journal_entry *entry = malloc(sizeof(*entry));
	struct journal_units wanted;
	sd_journal *journal = NULL;
	int r = journal_units_make(&wanted, (const char *const *)units);

	if (!entry)
		r = -ENOMEM;
	if (r == 0)
		r = directory
			    ? sd_journal_open_directory(&journal, directory, 0)
			    : sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
	if (r >= 0 && journal) {
		keep_entries(tail, journal, &wanted, entry);
		sd_journal_close(journal);
	}
	journal_units_free(&wanted);
	free(entry);
	return r == -ENOMEM ? r : 0;
}

/* ---- two of them ---- */

static int tail_of(struct kept_lines *out, const struct source_conf *source,
		   const struct source_overlap_options *options)
{
	char *path;
	int r;

	*out = (struct kept_lines){ .zone = options->zone, .now = options->now };
	out->ring = calloc(LINES, sizeof(*out->ring));
	if (!out->ring)
		return -ENOMEM;
	if (!source->file)
		return keep_journal(out, source->journal, options->journal);
	if (asprintf(&path, "%s%s", options->root, source->file) < 0)
		return -ENOMEM;
	r = keep_rotated(out, path);
	if (r == 0)
		r = keep_path(out, path);
	free(path);
	return r;
}

static bool stands_in(const struct kept_lines *tail, const struct said *said)
{
	for (size_t i = tail->n; i-- > oldest(tail);) {
		const struct said *other = said_at(tail, i);

		if (other->message == said->message && llabs(other->time - said->time) <= NEAR &&
		    (!other->host || !said->host || other->host == said->host) &&
		    (!other->pid || !said->pid || other->pid == said->pid))
			return true;
	}
	return false;
}

/* Does the other tail have the last line of this program, and half of the last few? */
static bool has_last_of(const struct kept_lines *other, const struct kept_lines *tail,
			const char *program)
{
	unsigned n = 0, there = 0;

	for (size_t i = tail->n; n < LAST && i-- > oldest(tail);) {
		const struct said *said = said_at(tail, i);

		if (strcmp(said->program, program) != 0)
			continue;
		n++;
		there += stands_in(other, said);
		if (there == 0)
			return false;
	}
	return n > 0 && 2 * there >= n;
}

static bool is_asked(const struct kept_lines *tail, size_t at)
{
	for (size_t i = at + 1; i < tail->n; i++)
		if (strcmp(said_at(tail, i)->program, said_at(tail, at)->program) == 0)
			return true;
	return false;
}

static bool same_lines(const struct kept_lines *a, const struct kept_lines *b, char *program)
{
	for (size_t i = a->n; i-- > oldest(a);) {
		const char *name = said_at(a, i)->program;

		if (is_asked(a, i) || !has_last_of(b, a, name) || !has_last_of(a, b, name))
			continue;
		memcpy(program, name, SOURCE_OVERLAP_PROGRAM);
		return true;
	}
	return false;
}

static bool same_file(const struct source_conf *a, const struct source_conf *b, const char *root)
{
	const char *names[2] = { a->file, b->file };
	struct stat st[2];

	for (int i = 0; i < 2; i++) {
		char *path = NULL;
		bool there = names[i] && asprintf(&path, "%s%s", root, names[i]) >= 0 &&
			     stat(path, &st[i]) == 0;

		free(path);
		if (!there)
			return false;
	}
	return st[0].st_dev == st[1].st_dev && st[0].st_ino == st[1].st_ino;
}

int source_overlap_find(const struct source_conf *a, const struct source_conf *b,
			const struct source_overlap_options *options,
			char program[static SOURCE_OVERLAP_PROGRAM])
{
	struct kept_lines x, y = { 0 };
	int r;

	program[0] = '\0';
	if (same_file(a, b, options->root))
		return SOURCE_OVERLAP_FILE;
	r = tail_of(&x, a, options);
	if (r == 0)
		r = tail_of(&y, b, options);
	if (r == 0 && same_lines(&x, &y, program))
		r = SOURCE_OVERLAP_LINES;
	free(x.ring);
	free(y.ring);
	return r;
}
