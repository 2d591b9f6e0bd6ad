/* SPDX-License-Identifier: MIT */
#include "logline/log_name.h"

#include <stdio.h>
#include <string.h>

#include "util/array.h"
#include "util/cursor.h"

/* From so many digits on a number is a date: "202611". */
enum { DATE_DIGITS = 6 };

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool ends_in(struct span name, const char *ending)
{
	size_t n = strlen(ending);

	return name.n > n && memcmp(name.p + name.n - n, ending, n) == 0;
}

/* Takes a compressor's ending off the name; returns whether there was one. */
static bool unpack_name(struct span *name)
{
	static const char *const endings[] = { ".gz", ".bz2", ".xz", ".zst" };

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (ends_in(*name, endings[i])) {
			name->n -= strlen(endings[i]);
			return true;
		}
	return false;
}

/* Bytes of the extension before which a tag may stand: ".log". */
static size_t extension(struct span name)
{
	return ends_in(name, ".log") ? strlen(".log") : 0;
}

/* Of a date's parts. */
static bool is_separator(char c)
{
	return c == '-' || c == '_' || c == ':' || c == 'T';
}

/* ".1", "-20261120", ".2026-11-20", ".20261120T093000", ".old"; the whole of it, or LOG_NAME_OTHER. */
static enum log_name_kind tag_kind(struct span tag)
{
	size_t digits = 0;

	if (span_equal(tag, span_of(".old")))
		return LOG_NAME_OLD;
	if (tag.n < 2 || (tag.p[0] != '.' && tag.p[0] != '-') || !is_digit(tag.p[tag.n - 1]))
		return LOG_NAME_OTHER;
	for (size_t i = 1; i < tag.n; i++) {
		if (is_digit(tag.p[i]))
			digits++;
		else if (!is_separator(tag.p[i]) || !is_digit(tag.p[i - 1]))
			return LOG_NAME_OTHER;
	}
	if (digits >= DATE_DIGITS)
		return LOG_NAME_DATE;
	return digits == tag.n - 1 ? LOG_NAME_NUMBER : LOG_NAME_OTHER;
}

/* Is the name `log` with a tag after it, or before its extension? Returns the tag's kind. */
static enum log_name_kind kind_of(struct span log, struct span name)
{
	size_t ext = extension(log), stem = log.n - ext;
	enum log_name_kind kind = LOG_NAME_OTHER;
	struct span tag;

	if (name.n <= log.n || memcmp(name.p, log.p, stem) != 0)
		return LOG_NAME_OTHER;
	if (memcmp(name.p + stem, log.p + stem, ext) == 0)
		kind = tag_kind(span_skip(name, log.n));
	if (kind != LOG_NAME_OTHER || ext == 0 || extension(name) != ext)
		return kind;
	tag = (struct span){ name.p + stem, name.n - stem - ext };
	kind = tag_kind(tag);
	/* mail.1.log, but not host-1.log beside host.log */
	return kind == LOG_NAME_DATE || (kind == LOG_NAME_NUMBER && *tag.p == '.') ? kind
										   : LOG_NAME_OTHER;
}

/* Writes the name without its tag: one before the extension, or at the end, must be a date if only those count. */
static void cut_tag(struct span name, bool dates_only, char out[static LOG_NAME_TEXT])
{
	size_t ext = extension(name), end = name.n - ext, stem = end;

	for (size_t i = 1; i < end; i++) {
		enum log_name_kind kind = tag_kind((struct span){ name.p + i, end - i });

		if (kind == LOG_NAME_DATE || (kind != LOG_NAME_OTHER && !dates_only && ext == 0)) {
			stem = i;
			break;
		}
	}
	snprintf(out, LOG_NAME_TEXT, "%.*s%.*s", (int)stem, name.p, (int)ext, name.p + end);
}

struct log_name log_name_of(const char *log, const char *entry)
{
	struct span base = span_of(last_part(log)), name = span_of(entry);
	struct log_name out = { .kind = LOG_NAME_LIVE };
	char undated[LOG_NAME_TEXT];

	if (span_equal(name, base))
		return out;
	out.packed = unpack_name(&name);
	out.kind = span_equal(name, base) ? LOG_NAME_OLD : kind_of(base, name);
	if (out.kind != LOG_NAME_OTHER)
		return out;
	cut_tag(base, true, undated);
	if (strlen(undated) < base.n)
		out.kind = span_equal(name, span_of(undated)) ? LOG_NAME_OLD
							      : kind_of(span_of(undated), name);
	return out;
}

void log_name_stem(const char *path, char out[static LOG_NAME_TEXT])
{
	char name[LOG_NAME_TEXT];
	struct span all;

	snprintf(name, sizeof(name), "%s", last_part(path));
	all = span_of(name);
	unpack_name(&all);
	cut_tag(all, false, out);
}
