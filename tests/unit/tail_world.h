/* SPDX-License-Identifier: MIT */
/* follow_world: a temporary directory with a log, a loop, and what a follower handed over. */
#ifndef RELAYDAM_TESTS_FOLLOW_WORLD_H
#define RELAYDAM_TESTS_FOLLOW_WORLD_H

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "source/tail.h"

enum { WORLD_PATH = 128, WORLD_KEPT = 4096 };

struct world {
	char dir[WORLD_PATH], log[WORLD_PATH];
	sd_event *event;
	struct tail *follow;
	size_t n, turns, notes;
	char *lines[WORLD_KEPT]; /* with NUL shown as '0' */
	size_t lengths[WORLD_KEPT];
	char last_note[512];
	size_t fail_at; /* line() returns -ECANCELED there; 0: never */
	struct tail_place end;
	const char *(*taken)(void *context, struct tail_place *file);
};

static inline int world_line(void *context, struct span line, const struct tail_place *end)
{
	struct world *w = context;
	size_t at = w->n++;

	assert_true(at < WORLD_KEPT);
	w->lines[at] = malloc(line.n + 1);
	for (size_t i = 0; i < line.n; i++)
		w->lines[at][i] = (char)(line.p[i] ? line.p[i] : '0');
	w->lines[at][line.n] = '\0';
	w->lengths[at] = line.n;
	w->end = *end;
	return w->fail_at && w->n == w->fail_at ? -ECANCELED : 0;
}

static inline void world_turn(void *context)
{
	((struct world *)context)->turns++;
}

static inline void world_note(void *context, int priority, const char *text)
{
	struct world *w = context;

	(void)priority;
	w->notes++;
	snprintf(w->last_note, sizeof(w->last_note), "%s", text);
	print_message("note: %s\n", strrchr(text, '/') ? strrchr(text, '/') + 1 : text);
}

static inline const char *world_path(const struct world *w, const char *name)
{
	static char paths[4][2 * WORLD_PATH];
	static unsigned at;
	char *path = paths[at++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", w->dir, name);
	return path;
}

static inline void world_follow(struct world *w, const char *path, const struct tail_place *from)
{
	struct tail_events events = { .context = w,
				      .line = world_line,
				      .batch = world_turn,
				      .note = world_note,
				      .taken = w->taken };

	assert_int_equal(tail_new(&w->follow, w->event, path, from, &events), 0);
}

static inline void world_unfollow(struct world *w)
{
	tail_free(w->follow);
	w->follow = NULL;
}

static inline void world_open(struct world *w)
{
	memset(w, 0, sizeof(*w));
	snprintf(w->dir, sizeof(w->dir), "/tmp/relaydam-follow-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	assert_int_equal(chmod(w->dir, 0777), 0);
	snprintf(w->log, sizeof(w->log), "%.100s/mail.log", w->dir);
	assert_true(sd_event_new(&w->event) >= 0);
}

static inline void world_forget(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->lines[i]);
	w->n = 0;
}

static inline void world_close(struct world *w)
{
	char command[WORLD_PATH + 16];

	tail_free(w->follow);
	sd_event_unref(w->event);
	world_forget(w);
	snprintf(command, sizeof(command), "rm -rf '%s'", w->dir);
	assert_int_equal(system(command), 0);
}

static inline int64_t world_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Runs the loop until n lines came; fails when they do not within ten seconds. */
static inline void world_lines(struct world *w, size_t n)
{
	int64_t until = world_now() + 10 * 1000000;

	while (w->n < n && world_now() < until)
		assert_true(sd_event_run(w->event, 50000) >= 0);
	assert_int_equal(w->n, n);
}

/* Runs the loop for a while. */
static inline void world_run(struct world *w, int64_t us)
{
	int64_t until = world_now() + us;

	while (world_now() < until)
		assert_true(sd_event_run(w->event, 5000) >= 0);
}

static inline void world_expect(struct world *w, size_t at, const char *text)
{
	assert_true(at < w->n);
	assert_string_equal(w->lines[at], text);
}

static inline void write_to(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static inline int open_log(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	return fd;
}

static inline void append(const char *path, const char *text)
{
	int fd = open_log(path);

	write_to(fd, text);
	close(fd);
}

static inline void copy_log(const char *from, const char *to)
{
	static char block[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, block, sizeof(block))) > 0)
		assert_int_equal(write(out, block, (size_t)n), n);
	close(in);
	close(out);
}

#endif
