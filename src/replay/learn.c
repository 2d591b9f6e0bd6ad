/* SPDX-License-Identifier: MIT */
#include "replay/learn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "archive/merge.h"
#include "engine/engine.h"
#include "engine/log_source.h"
#include "source/log_dir.h"
#include "util/units.h"

struct learner {
	struct engine *engine;
	struct log_source *source;
	struct merge *merge;
};

static int begin(struct learner *learner, const struct config *config,
		 const struct input_files *inputs, int64_t now)
{
	struct log_clock_options clock = { .zone = &config->zone, .reference = inputs->reference };
	struct engine_options options = {
		.filters = config->filters,
		.ignore = config->ignore,
		.spare = config_spare(config),
		.memory = config->table_memory,
		.since = now - config->spare.within,
		.until = now,
	};
	int r;

	if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		return -EIO;
	r = engine_new(&learner->engine, &options);
	if (r == 0)
		r = log_source_new(&learner->source, &clock);
	if (r == 0)
		r = merge_new(&learner->merge, inputs, &config->zone, 0);
	return r;
}

static int read_all(struct learner *learner, char error[static LEARN_TEXT])
{
	struct span line;
	int failed = 0, r;

	while ((r = merge_next(learner->merge, &line)) != 0) {
		if (r > 0)
			r = engine_line(learner->engine, learner->source, line, INT64_MAX);
		if (r < 0) {
			failed = r;
			snprintf(error, LEARN_TEXT, "%s", merge_error(learner->merge));
		}
		if (r == -ENOMEM)
			break;
	}
	engine_end(learner->engine, learner->source);
	return failed;
}

static void end(struct learner *learner)
{
	merge_free(learner->merge);
	log_source_free(learner->source);
	engine_free(learner->engine);
}

int learn_files(const struct config *config, char *const *paths, size_t n, int64_t now,
		void (*fn)(void *context, struct spare *spare), void *context,
		struct learn_counts *counts, char error[static LEARN_TEXT])
{
	struct input_files_options options = { .zone = &config->zone };
	struct learner learner = { 0 };
	struct input_files inputs;
	int r = input_files_gather(&inputs, paths, n, &options);

	*counts = (struct learn_counts){ 0 };
	snprintf(error, LEARN_TEXT, "%s", inputs.error);
	if (r == 0)
		r = begin(&learner, config, &inputs, now);
	if (r == 0) {
		r = read_all(&learner, error);
		counts->lines = engine_counts(learner.engine).lines;
		counts->mails = engine_counts(learner.engine).accepted;
		if (engine_spare(learner.engine))
			fn(context, engine_spare(learner.engine));
	}
	if (r < 0 && !*error)
		snprintf(error, LEARN_TEXT, "%s", strerror(-r));
	end(&learner);
	input_files_free(&inputs);
	return r;
}

/* ---- the files of a log ---- */

struct file {
	char *path;
	int64_t written; /* microseconds since 1970 */
	uint64_t size;
	dev_t device;
	ino_t inode;
};

struct files {
	struct file *list;
	size_t n;
	int64_t since;
	bool failed; /* no memory */
};

/* Under another name: the log may be a link, and then both directories were listed. */
static bool has_file(const struct files *files, const struct stat *st)
{
	for (size_t i = 0; i < files->n; i++)
		if (files->list[i].inode == st->st_ino && files->list[i].device == st->st_dev)
			return true;
	return false;
}

static bool keep_file(void *context, const struct log_dir_entry *entry)
{
	struct files *files = context;
	struct file *more;
	struct stat st;

	if (entry->form.kind == LOG_NAME_OTHER || stat(entry->path, &st) < 0 ||
	    !S_ISREG(st.st_mode) || st.st_mtime * UNITS_SECOND < files->since ||
	    has_file(files, &st))
		return false;
	more = reallocarray(files->list, files->n + 1, sizeof(*more));
	if (more)
		files->list = more;
	files->failed = !more || !(more[files->n].path = strdup(entry->path));
	if (files->failed)
		return true;
	more[files->n].written = st.st_mtime * UNITS_SECOND;
	more[files->n].size = (uint64_t)st.st_size;
	more[files->n].device = st.st_dev;
	more[files->n++].inode = st.st_ino;
	return false;
}

static int newest_first(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->written != y->written)
		return x->written < y->written ? 1 : -1;
	return strcmp(x->path, y->path);
}

/* The paths of the newest files that have LEARN_BYTES together; frees the others. Returns NULL without memory. */
static char **take_paths(struct files *files, size_t *n)
{
	char **paths = files->failed ? NULL : calloc(files->n + 1, sizeof(*paths));
	uint64_t bytes = 0;

	*n = 0;
	if (files->n > 0)
		qsort(files->list, files->n, sizeof(*files->list), newest_first);
	for (size_t i = 0; i < files->n; i++) {
		bytes += files->list[i].size;
		if (paths && bytes <= LEARN_BYTES)
			paths[(*n)++] = files->list[i].path;
		else
			free(files->list[i].path);
	}
	free(files->list);
	return paths;
}

char **learn_rotated(const char *path, int64_t since, size_t *n)
{
	struct files files = { .since = since };

	log_dir_scan(path, keep_file, &files);
	return take_paths(&files, n);
}
