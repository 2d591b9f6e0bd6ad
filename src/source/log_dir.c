/* SPDX-License-Identifier: MIT */
#include "source/log_dir.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/array.h"

/* The entries of the directory of `log`. Returns 1 if each() stopped it, 0, or -errno. */
static int scan(const char *log, log_dir_each *each, void *context)
{
	const char *slash = strrchr(log, '/');
	int prefix = slash ? (int)(slash - log + 1) : 0;
	char path[PATH_MAX + NAME_MAX + 1];
	const struct dirent *found;
	bool stopped = false;
	DIR *dir;

	if (prefix >= PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(path, sizeof(path), "%.*s", prefix > 0 ? prefix : 1, prefix > 0 ? log : ".");
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!stopped && (found = readdir(dir))) {
		struct log_dir_entry entry = {
			.directory = dirfd(dir),
			.name = found->d_name,
			.path = path,
			.inode = found->d_ino,
			.form = log_name_of(log, found->d_name),
		};

		snprintf(path, sizeof(path), "%.*s%s", prefix, log, found->d_name);
		stopped = each(context, &entry);
	}
	closedir(dir);
	return stopped;
}

bool log_dir_scan(const char *path, log_dir_each *each, void *context)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (scan(path, each, context) > 0)
		return true;
	return n > 0 && realpath(path, target) && scan(target, each, context) > 0;
}

/* ---- the mail log of a directory ---- */

struct names {
	char **list;
	size_t n;
	int error; /* 0 or -ENOMEM */
};

static void names_add(struct names *names, const char *name)
{
	char **more = reallocarray(names->list, names->n + 1, sizeof(*more));
	char *copy = more ? strdup(name) : NULL;

	if (more)
		names->list = more;
	if (copy)
		more[names->n++] = copy;
	else
		names->error = -ENOMEM;
}

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct names){ 0 };
}

static bool keep_file(void *context, const struct log_dir_entry *entry)
{
	struct names *names = context;
	struct stat st;

	if (*entry->name != '.' && fstatat(entry->directory, entry->name, &st, 0) == 0 &&
	    S_ISREG(st.st_mode))
		names_add(names, entry->name);
	return names->error < 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of the files of a directory; its path ends in a slash. Sorted: the order of readdir() differs between filesystems. */
static int list_files(const char *directory, struct names *names)
{
	int r = scan(directory, keep_file, names);

	if (names->n > 0)
		qsort(names->list, names->n, sizeof(*names->list), by_name);
	return r < 0 ? r : names->error;
}

static bool has_stem(const char *name, const char *stem)
{
	char own[LOG_NAME_TEXT];

	log_name_stem(name, own);
	return strcmp(own, stem) == 0;
}

/* Sets the live name of the directory's mail log; false if it cannot decide. */
static bool choose(const struct names *all, char log[static LOG_NAME_TEXT])
{
	static const char *const known[] = { "mail.log", "maillog", "mail", "mainlog",
					     "exim_mainlog" };
	size_t same = 0;

	for (size_t k = 0; k < ARRAY_SIZE(known); k++)
		for (size_t i = 0; i < all->n; i++)
			if (has_stem(all->list[i], known[k])) {
				snprintf(log, LOG_NAME_TEXT, "%s", known[k]);
				return true;
			}
	if (all->n > 0)
		log_name_stem(all->list[0], log);
	while (same < all->n && has_stem(all->list[same], log))
		same++;
	return same > 0 && same == all->n;
}

/* "reading mail.log; left out: auth.log, dpkg.log and 5 more" */
static void note_rest(const char *directory, const struct names *rest, const char *log,
		      char note[LOG_DIR_NOTE])
{
	size_t n = (size_t)snprintf(note, LOG_DIR_NOTE,
				    "%.200s: reading %.60s; left out:", directory, log);

	for (size_t i = 0; i < rest->n && i < 3; i++)
		n += (size_t)snprintf(note + n, LOG_DIR_NOTE - n, "%s %.60s", i > 0 ? "," : "",
				      rest->list[i]);
	if (rest->n > 3)
		snprintf(note + n, LOG_DIR_NOTE - n, " and %zu more", rest->n - 3);
}

/* Those of the log to `taken`, as paths, and the others to `rest`. */
static int divide(const struct names *all, const char *directory, const char *log,
		  struct names *taken, struct names *rest)
{
	for (size_t i = 0; i < all->n; i++) {
		char *path;

		if (log_name_of(log, all->list[i]).kind == LOG_NAME_OTHER) {
			names_add(rest, all->list[i]);
			continue;
		}
		if (asprintf(&path, "%s%s", directory, all->list[i]) < 0)
			return -ENOMEM;
		names_add(taken, path);
		free(path);
	}
	return taken->error < 0 ? taken->error : rest->error;
}

/* With one slash at its end. Returns NULL without memory. */
static char *with_slash(const char *directory)
{
	size_t n = strlen(directory);
	char *path;

	while (n > 0 && directory[n - 1] == '/')
		n--;
	return asprintf(&path, "%.*s/", (int)n, directory) < 0 ? NULL : path;
}

int log_dir_mail_log(const char *directory, char ***paths, size_t *n, char note[LOG_DIR_NOTE])
{
	struct names all = { 0 }, taken = { 0 }, rest = { 0 };
	char log[LOG_NAME_TEXT] = "", *path = with_slash(directory);
	int r = path ? list_files(path, &all) : -ENOMEM;

	*note = '\0';
	if (r == 0 && !choose(&all, log)) {
		snprintf(note, LOG_DIR_NOTE,
			 "%.200s: which of these files is the mail log? Name it: %.200s*",
			 directory, path);
		r = -EINVAL;
	}
	if (r == 0)
		r = divide(&all, path, log, &taken, &rest);
	if (r == 0 && rest.n > 0)
		note_rest(directory, &rest, log, note);
	free(path);
	names_free(&all);
	names_free(&rest);
	if (r < 0)
		names_free(&taken);
	*paths = taken.list;
	*n = taken.n;
	return r;
}
