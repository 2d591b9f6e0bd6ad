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
	LINES = 4096, /* of a ring; a TAIL cannot hold more lines with headers */
	ENTRIES = 512,
	LAST = 8, /* lines of a program, half of which must be in the other source */
};

#define NEAR                                                                                       \
	(2 * UNITS_SECOND) /* a server and a syslog daemon read the clock one after the other */
#define SETTLED (5 * UNITS_SECOND) /* younger lines may not have reached the other source yet */

struct logged {
	int64_t time;
	uint64_t message, host; /* hashes; host 0: none */
	uint32_t pid;
	char program[SOURCE_OVERLAP_PROGRAM];
};

struct kept_lines {
	struct logged *ring;
	size_t n; /* ever kept */
	int64_t now;
	const struct zone *zone;
};

static const struct logged *line_at(const struct kept_lines *lines, size_t i)
{
	return &lines->ring[i % LINES];
}

static size_t oldest(const struct kept_lines *lines)
{
	return lines->n > LINES ? lines->n - LINES : 0;
}

static uint64_t hash_of(struct span text)
{
	static const struct seed seed;

	return siphash(&seed, text.p, text.n);
}

/* The text before `end`, or all of it. */
static struct span up_to(struct span text, char end)
{
	const char *at = text.n > 0 ? memchr(text.p, end, text.n) : NULL;

	return (struct span){ text.p, at ? (size_t)(at - text.p) : text.n };
}

static void keep(struct kept_lines *lines, const struct record *record, int64_t time)
{
	struct span program = up_to(record->program, '/'), host = up_to(record->host, '.');
	struct logged *line = &lines->ring[lines->n % LINES];

	if (record->message.n == 0 || program.n == 0 || program.n >= SOURCE_OVERLAP_PROGRAM ||
	    time > lines->now - SETTLED)
		return;
	*line = (struct logged){ .time = time,
				 .message = hash_of(record->message),
				 .host = host.n > 0 ? hash_of(host) : 0,
				 .pid = record->pid };
	memcpy(line->program, program.p, program.n);
	lines->n++;
}

/* ---- a file ---- */

static void keep_lines(struct kept_lines *lines, struct log_clock *clock, struct span text)
{
	while (text.n > 0) {
		struct span line = up_to(text, '\n');
		struct record record;

		text = span_skip(text, line.n + (line.n < text.n));
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (record_parse(line, &record) == 0 && record.stamp.kind != TIMESTAMP_NONE)
			keep(lines, &record, log_clock_read(clock, &record.stamp));
	}
}

static int keep_end(struct kept_lines *lines, int fd, const struct stat *st)
{
	struct log_clock_options options = {
		.zone = lines->zone,
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
		keep_lines(lines, clock, all);
	}
	log_clock_free(clock);
	free(text);
	return r;
}

static int keep_path(struct kept_lines *lines, const char *path)
{
	int fd = tail_file_open(path), r = 0;
	struct stat st;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		r = keep_end(lines, fd, &st);
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
static int keep_rotated(struct kept_lines *lines, const char *path)
{
	struct newest newest = { .path = "" };

	log_dir_scan(path, keep_newest, &newest);
	return newest.path[0] ? keep_path(lines, newest.path) : 0;
}

/* ---- the journal ---- */

/* Reads backwards from the end, then reverses the order. */
static void keep_entries(struct kept_lines *lines, sd_journal *journal,
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
		keep(lines, &record, record.stamp.us);
	}
	for (size_t i = 0; i < lines->n / 2; i++) {
		struct logged line = lines->ring[i];

		lines->ring[i] = lines->ring[lines->n - 1 - i];
		lines->ring[lines->n - 1 - i] = line;
	}
}

static int keep_journal(struct kept_lines *lines, char *const *units, const char *directory)
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
		keep_entries(lines, journal, &wanted, entry);
		sd_journal_close(journal);
	}
	journal_units_free(&wanted);
	free(entry);
	return r == -ENOMEM ? r : 0;
}

/* ---- comparison ---- */

static int last_lines(struct kept_lines *out, const struct source_conf *source,
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

static bool is_in(const struct kept_lines *lines, const struct logged *line)
{
	for (size_t i = lines->n; i-- > oldest(lines);) {
		const struct logged *other = line_at(lines, i);

		if (other->message == line->message && llabs(other->time - line->time) <= NEAR &&
		    (!other->host || !line->host || other->host == line->host) &&
		    (!other->pid || !line->pid || other->pid == line->pid))
			return true;
	}
	return false;
}

/* Does the other source have the last line of this program, and half of its last few? */
static bool has_last_of(const struct kept_lines *other, const struct kept_lines *lines,
			const char *program)
{
	unsigned n = 0, there = 0;

	for (size_t i = lines->n; n < LAST && i-- > oldest(lines);) {
		const struct logged *line = line_at(lines, i);

		if (strcmp(line->program, program) != 0)
			continue;
		n++;
		there += is_in(other, line);
		if (there == 0)
			return false;
	}
	return n > 0 && 2 * there >= n;
}

static bool was_checked(const struct kept_lines *lines, size_t at)
{
	for (size_t i = at + 1; i < lines->n; i++)
		if (strcmp(line_at(lines, i)->program, line_at(lines, at)->program) == 0)
			return true;
	return false;
}

static bool same_lines(const struct kept_lines *a, const struct kept_lines *b, char *program)
{
	for (size_t i = a->n; i-- > oldest(a);) {
		const char *name = line_at(a, i)->program;

		if (was_checked(a, i) || !has_last_of(b, a, name) || !has_last_of(a, b, name))
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
	r = last_lines(&x, a, options);
	if (r == 0)
		r = last_lines(&y, b, options);
	if (r == 0 && same_lines(&x, &y, program))
		r = SOURCE_OVERLAP_LINES;
	free(x.ring);
	free(y.ring);
	return r;
}
