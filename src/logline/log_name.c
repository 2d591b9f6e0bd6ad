/* SPDX-License-Identifier: MIT */
#include "logline/log_name.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/array.h"

static void strip(char *name, const char *ending)
{
	size_t n = strlen(name), m = strlen(ending);

	if (n > m && strcmp(name + n - m, ending) == 0)
		name[n - m] = '\0';
}

/* Where a rotation's number or date begins that ends at `end`: ".1", "-20261101", "-2026-11-01". */
static size_t number_before(const char *name, size_t end, size_t digits)
{
	size_t i = end, seen = 0;

	while (i > 0 && (isdigit((unsigned char)name[i - 1]) || name[i - 1] == '-'))
		seen += name[--i] != '-';
	if (i < end && name[i] == '-')
		i++;
	if (i < 2 || seen < digits || (name[i - 1] != '.' && name[i - 1] != '-'))
		return end;
	return i - 1;
}

void log_name_stem(const char *path, char out[LOG_NAME_TEXT])
{
	static const char *const endings[] = { ".gz", ".bz2", ".xz", ".zst", ".old" };
	const char *slash = strrchr(path, '/');
	size_t n;

	snprintf(out, LOG_NAME_TEXT, "%s", slash ? slash + 1 : path);
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		strip(out, endings[i]);
	n = strlen(out);
	if (n > 4 && strcmp(out + n - 4, ".log") == 0) {
		/* a date only: host-1.log and host-2.log may well be two logs */
		memmove(out + number_before(out, n - 4, 6), ".log", 5);
		return;
	}
	out[number_before(out, n, 1)] = '\0';
}

struct entries {
	char **names;
	size_t n;
};

static int add(struct entries *entries, const char *name)
{
	char **more = realloc(entries->names, (entries->n + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	entries->names = more;
	more[entries->n] = strdup(name);
	return more[entries->n++] ? 0 : -ENOMEM;
}

static void forget(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		free(entries->names[i]);
	free(entries->names);
	*entries = (struct entries){ 0 };
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list(const char *directory, struct entries *entries)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	struct stat st;
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
		    S_ISREG(st.st_mode))
			r = add(entries, entry->d_name);
	closedir(dir);
	if (entries->n > 0)
		qsort(entries->names, entries->n, sizeof(*entries->names), by_name);
	return r;
}

static bool has_stem(const char *name, const char *stem)
{
	char own[LOG_NAME_TEXT];

	log_name_stem(name, own);
	return strcmp(own, stem) == 0;
}

/* Which stem the directory's mail log has; false where that cannot be told. */
static bool choose(const struct entries *entries, char stem[LOG_NAME_TEXT])
{
	static const char *const known[] = { "mail.log", "maillog", "mail", "mainlog",
					     "exim_mainlog" };
	size_t same = 0;

	for (size_t k = 0; k < ARRAY_SIZE(known); k++)
		for (size_t i = 0; i < entries->n; i++)
			if (has_stem(entries->names[i], known[k])) {
				snprintf(stem, LOG_NAME_TEXT, "%s", known[k]);
				return true;
			}
	if (entries->n > 0)
		log_name_stem(entries->names[0], stem);
	while (same < entries->n && has_stem(entries->names[same], stem))
		same++;
	return same > 0 && same == entries->n;
}

/* "left out: auth.log, dpkg.log and 5 more" */
static void tell_rest(const char *directory, const struct entries *rest, const char *stem,
		      char note[LOG_NAME_NOTE])
{
	size_t n = (size_t)snprintf(note, LOG_NAME_NOTE,
				    "%.200s: reading %.60s; left out:", directory, stem);

	for (size_t i = 0; i < rest->n && i < 3; i++)
		n += (size_t)snprintf(note + n, LOG_NAME_NOTE - n, "%s %.60s", i > 0 ? "," : "",
				      rest->names[i]);
	if (rest->n > 3)
		snprintf(note + n, LOG_NAME_NOTE - n, " and %zu more", rest->n - 3);
}

static int divide(const struct entries *all, const char *directory, const char *stem,
		  struct entries *taken, struct entries *rest)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < all->n; i++) {
		char *path;

		if (!has_stem(all->names[i], stem)) {
			r = add(rest, all->names[i]);
			continue;
		}
		if (asprintf(&path, "%s/%s", directory, all->names[i]) < 0)
			return -ENOMEM;
		r = add(taken, path);
		free(path);
	}
	return r;
}

int log_name_directory(const char *directory, char ***paths, size_t *n, char note[LOG_NAME_NOTE])
{
	struct entries all = { 0 }, taken = { 0 }, rest = { 0 };
	char stem[LOG_NAME_TEXT] = "", *end, *path = strdup(directory);
	int r = path ? list(directory, &all) : -ENOMEM;

	*note = '\0';
	while (path && (end = strrchr(path, '/')) && end > path && end[1] == '\0')
		*end = '\0';
	if (r == 0 && !choose(&all, stem)) {
		snprintf(note, LOG_NAME_NOTE,
			 "%.200s: which of these files is the mail log? Name it: %.200s*",
			 directory, path);
		r = -EINVAL;
	}
	if (r == 0)
		r = divide(&all, strcmp(path, "/") == 0 ? "" : path, stem, &taken, &rest);
	if (r == 0 && rest.n > 0)
		tell_rest(directory, &rest, stem, note);
	free(path);
	forget(&all);
	forget(&rest);
	if (r < 0)
		forget(&taken);
	*paths = taken.names;
	*n = taken.n;
	return r;
}
