/* SPDX-License-Identifier: MIT */
#include "source/source_detect.h"

#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "source/log_dir.h"
#include "util/time_units.h"

static const char *const mail_logs[] = { "/var/log/mail.log", "/var/log/maillog", NULL };

/* Written by the servers themselves, not by way of syslog. */
static const char *const own_logs[] = { "/var/log/exim4/mainlog", "/var/log/exim/mainlog",
					"/var/log/exim/main.log", "/var/log/dovecot.log", NULL };

/* Their names on Debian, Fedora, SUSE and Arch. Of a template, its instances are searched. */
static const char *const units[] = { "postfix.service",
				     "postfix@.service",
				     "dovecot.service",
				     "exim4.service",
				     "exim.service",
				     "sendmail.service",
				     "opensmtpd.service",
				     "smtpd.service",
				     "courier.service",
				     "courier-mta.service",
				     "courier-mta-ssl.service",
				     "courier-msa.service",
				     "courier-imap.service",
				     "courier-imap-ssl.service",
				     "courier-pop.service",
				     "courier-pop-ssl.service",
				     "courier-authdaemon.service",
				     "cyrus-imapd.service",
				     "cyrus-imap.service",
				     "mailscanner.service",
				     NULL };

/* In the order of systemd.unit(5). */
static const char *const unit_dirs[] = {
	"/etc/systemd/system",	       "/run/systemd/system",
	"/run/systemd/generator",      "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",     "/lib/systemd/system",
	"/run/systemd/generator.late", NULL
};

struct search {
	const char *root;
	int64_t now;
	const struct source_overlap_options *where;
	void (*note)(void *context, int priority, const char *text);
	void *context;
	struct source_conf *sources;
	size_t n;
};

__attribute__((format(printf, 1, 2))) static char *text(const char *format, ...)
{
	va_list args;
	char *out;
	int n;

	va_start(args, format);
	n = vasprintf(&out, format, args);
	va_end(args);
	return n < 0 ? NULL : out;
}

/* The time of the last write; 0 for an empty file, and for what is not a regular file. */
static int64_t written_at(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * UNITS_SECOND + st.st_mtim.tv_nsec / 1000;
}

static bool keep_latest(void *context, const struct log_dir_entry *entry)
{
	int64_t *latest = context;
	int64_t at = entry->form.kind == LOG_NAME_OTHER ? 0 : written_at(entry->path);

	if (at > *latest)
		*latest = at;
	return false;
}

/* When the log, or a file that it was rotated to, was last written to; 0 if there is none. -ENOMEM without memory. */
static int64_t last_written(const struct search *search, const char *log)
{
	char *path = text("%s%s", search->root, log);
	int64_t latest = 0;

	if (!path)
		return -ENOMEM;
	log_dir_scan(path, keep_latest, &latest);
	free(path);
	return latest;
}

/* Sets *out to the log that was written to last. Returns its time, 0 if there is none, or -ENOMEM. */
static int64_t latest_of(const struct search *search, const char *const *logs, const char **out)
{
	int64_t latest = 0;

	for (; *logs; logs++) {
		int64_t at = last_written(search, *logs);

		if (at < 0)
			return at;
		if (at > latest) {
			latest = at;
			*out = *logs;
		}
	}
	return latest;
}

static bool is_fresh(const struct search *search, int64_t at)
{
	return at > search->now - SOURCE_DETECT_FRESH;
}

static void names_free(char **names)
{
	for (char **name = names; name && *name; name++)
		free(*name);
	free(names);
}

/* Takes over the source. One with neither file nor journal is one that could not be allocated. */
static int add(struct search *search, struct source_conf source)
{
	struct source_conf *grown = NULL;

	if (source.file || source.journal)
		grown = reallocarray(search->sources, search->n + 1, sizeof(*grown));
	if (!grown) {
		free(source.file);
		names_free(source.journal);
		return -ENOMEM;
	}
	search->sources = grown;
	search->sources[search->n++] = source;
	return 0;
}

/* Does the unit exist? The first directory that has its name decides; a link to /dev/null, or an empty file, masks it. */
static bool is_installed(const struct search *search, const char *unit)
{
	for (const char *const *dir = unit_dirs; *dir; dir++) {
		char *path = text("%s%s/%s", search->root, *dir, unit), target[16];
		struct stat st;
		bool there = path && lstat(path, &st) == 0, masked;
		ssize_t n = there ? readlink(path, target, sizeof(target)) : -1;

		masked = (n == 9 && memcmp(target, "/dev/null", 9) == 0) ||
			 (there && S_ISREG(st.st_mode) && st.st_size == 0);
		free(path);
		if (there)
			return !masked;
	}
	return false;
}

static int add_unit(char ***names, size_t *n, char *name)
{
	char **grown = name ? reallocarray(*names, *n + 2, sizeof(*grown)) : NULL;

	if (!grown) {
		free(name);
		return -ENOMEM;
	}
	*names = grown;
	grown[(*n)++] = name;
	grown[*n] = NULL;
	return 0;
}

/* Of "postfix@.service": the instances that some unit wants; Debian's generator creates at least "postfix@-.service". */
static int add_instances(const struct search *search, const char *template, char ***names,
			 size_t *n)
{
	const int stem = (int)(strchr(template, '@') - template);
	char *pattern = text("%s/{etc/systemd/system,run/systemd/generator}/*.wants/%.*s@*.service",
			     search->root, stem, template);
	glob_t found;
	int r = pattern ? 0 : -ENOMEM;

	if (pattern && glob(pattern, GLOB_BRACE, NULL, &found) == 0) {
		for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
			r = add_unit(names, n, strdup(strrchr(found.gl_pathv[i], '/') + 1));
		globfree(&found);
	} else if (pattern) {
		r = add_unit(names, n, text("%.*s@-.service", stem, template));
	}
	free(pattern);
	return r;
}

static int add_journal(struct search *search)
{
	char **names = NULL;
	size_t n = 0;
	int r = 0;

	for (const char *const *unit = units; r == 0 && *unit; unit++) {
		if (!is_installed(search, *unit))
			continue;
		r = strstr(*unit, "@.") ? add_instances(search, *unit, &names, &n)
					: add_unit(&names, &n, strdup(*unit));
	}
	if (r == 0 && n > 0)
		return add(search, (struct source_conf){ .journal = names });
	names_free(names);
	return r;
}

static int add_file(struct search *search, const char *log)
{
	return add(search, (struct source_conf){ .file = strdup(log) });
}

static int note_left_out(const struct search *search, const char *log,
			 const struct source_conf *other)
{
	char *line = search->note ? text("%s is left out: its lines stand in %s, too%s", log,
					 source_overlap_name(other),
					 strstr(log, "/exim") ? ". Take \"syslog\" out of Exim's "
								"log_file_path, or set its "
								"syslog_duplication = false"
							      : "")
				  : NULL;

	if (search->note && !line)
		return -ENOMEM;
	if (line)
		search->note(search->context, LOG_WARNING, line);
	free(line);
	return 0;
}

/* Adds a file that a server writes itself, unless a source found before holds its lines. */
static int add_own(struct search *search, const char *log)
{
	const struct source_conf own = { .file = (char *)log };
	char program[SOURCE_OVERLAP_PROGRAM];

	for (size_t i = 0; i < search->n; i++) {
		int r = source_overlap_find(&search->sources[i], &own, search->where, program);

		if (r != SOURCE_OVERLAP_NO)
			return r < 0 ? r : note_left_out(search, log, &search->sources[i]);
	}
	return add_file(search, log);
}

static int find_sources(struct search *search)
{
	const char *log = NULL;
	int64_t at = latest_of(search, mail_logs, &log);
	int r;

	if (at < 0)
		return (int)at;
	r = log && is_fresh(search, at) ? add_file(search, log) : add_journal(search);
	if (r == 0 && search->n == 0 && log)
		r = add_file(search, log);
	for (const char *const *own = own_logs; r == 0 && *own; own++) {
		at = last_written(search, *own);
		if (at < 0)
			return (int)at;
		if (is_fresh(search, at))
			r = add_own(search, *own);
	}
	return r;
}

int source_detect(const struct source_overlap_options *where, struct source_conf **out, size_t *n,
		  void (*note)(void *context, int priority, const char *text), void *context)
{
	struct search search = { .root = where->root,
				 .now = where->now,
				 .where = where,
				 .note = note,
				 .context = context };
	int r = find_sources(&search);

	if (r == 0 && search.n == 0)
		r = -ENOENT;
	if (r < 0) {
		source_detect_free(search.sources, search.n);
		return r;
	}
	*out = search.sources;
	*n = search.n;
	return 0;
}

void source_detect_free(struct source_conf *sources, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(sources[i].file);
		names_free(sources[i].journal);
	}
	free(sources);
}
