/* SPDX-License-Identifier: MIT */
#include "replay/learn.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "archive/merge.h"
#include "engine/engine.h"
#include "engine/log_source.h"
#include "util/units.h"

struct learner {
	struct engine *engine;
	struct log_source *source;
	struct merge *stream;
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
		r = merge_new(&learner->stream, inputs, &config->zone, 0);
	return r;
}

static int read_all(struct learner *learner, char error[static LEARN_TEXT])
{
	struct span line;
	int failed = 0, r;

	while ((r = merge_next(learner->stream, &line)) != 0) {
		if (r > 0)
			r = engine_line(learner->engine, learner->source, line, INT64_MAX);
		if (r < 0) {
			failed = r;
			snprintf(error, LEARN_TEXT, "%s", merge_error(learner->stream));
		}
		if (r == -ENOMEM)
			break;
	}
	engine_end(learner->engine, learner->source);
	return failed;
}

static void end(struct learner *learner)
{
	merge_free(learner->stream);
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

/* ---- the logs that are there ---- */

struct found {
	char *path;
	int64_t mtime;
	uint64_t size;
};

static int newest_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->mtime != y->mtime)
		return x->mtime < y->mtime ? 1 : -1;
	return strcmp(x->path, y->path);
}

/* Is it the log itself, or what logrotate makes of its name? */
static bool is_rotated(const char *log, const char *path)
{
	char c = path[strlen(log)];

	return c == '\0' || c == '.' || c == '-';
}

static size_t look(const char *log, const glob_t *names, int64_t since, struct found *found)
{
	size_t n = 0;

	for (size_t i = 0; i < names->gl_pathc; i++) {
		struct stat st;

		if (!is_rotated(log, names->gl_pathv[i]) || stat(names->gl_pathv[i], &st) < 0 ||
		    !S_ISREG(st.st_mode) || st.st_mtime * UNITS_SECOND < since)
			continue;
		found[n++] = (struct found){ names->gl_pathv[i], st.st_mtime * UNITS_SECOND,
					     (uint64_t)st.st_size };
	}
	qsort(found, n, sizeof(*found), newest_first);
	return n;
}

static char **names_of(const struct found *found, size_t have, size_t *n)
{
	char **paths = calloc(have + 1, sizeof(*paths));
	uint64_t bytes = 0;

	for (*n = 0; paths && *n < have; ++*n) {
		bytes += found[*n].size;
		if (bytes > LEARN_BYTES)
			break;
		paths[*n] = strdup(found[*n].path);
		if (!paths[*n])
			break;
	}
	return paths;
}

char **learn_rotated(const char *path, int64_t since, size_t *n)
{
	char **paths = NULL, *pattern;
	struct found *found;
	glob_t names;

	*n = 0;
	if (strpbrk(path, "*?[\\") || asprintf(&pattern, "%s*", path) < 0)
		return NULL;
	if (glob(pattern, GLOB_NOSORT, NULL, &names) == 0) {
		found = calloc(names.gl_pathc + 1, sizeof(*found));
		if (found)
			paths = names_of(found, look(path, &names, since, found), n);
		free(found);
		globfree(&names);
	}
	free(pattern);
	return paths;
}
