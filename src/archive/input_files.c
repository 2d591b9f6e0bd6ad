/* SPDX-License-Identifier: MIT */
#include "archive/input_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "archive/line_reader.h"
#include "logline/log_name.h"
#include "logline/record.h"
#include "source/log_dir.h"
#include "util/siphash.h"
#include "util/units.h"

struct peek {
	struct log_clock *clock;
	struct input_file *input;
	struct seed seed; /* so that each line's hash holds those before it */
};

static void add_host(struct input_file *input, struct span host)
{
	static const struct seed seed;
	uint64_t hash = siphash(&seed, host.p, host.n);
	unsigned i = 0;

	if (host.n == 0) {
		input->hostless = true;
		return;
	}
	while (i < input->hosts_n && input->hosts[i] != hash)
		i++;
	if (i == input->hosts_n && i < INPUT_HOSTS)
		input->hosts[input->hosts_n++] = hash;
}

/* Reads the first lines, and further ones until there is a time. */
static int peek_line(void *context, struct span line)
{
	struct peek *peek = context;
	struct input_file *input = peek->input;
	struct record record;

	if (input->head_n < INPUT_HEAD) {
		peek->seed.k0 = siphash(&peek->seed, line.p, line.n);
		input->head[input->head_n++] = peek->seed.k0;
	}
	if (record_parse(line, &record) == 0 && record.stamp.kind != TIMESTAMP_NONE) {
		add_host(input, record.host);
		if (input->first == INT64_MIN)
			input->first = log_clock_read(peek->clock, &record.stamp);
	}
	return input->head_n == INPUT_HEAD && input->first != INT64_MIN;
}

static int64_t now_or(int64_t mtime)
{
	return mtime ? mtime : (int64_t)time(NULL) * UNITS_SECOND;
}

static int read_head(struct input_file *input, struct zfile *in,
		     const struct input_files_options *options)
{
	struct log_clock_options clock = { .zone = options->zone,
					   .year = options->year,
					   .reference = input->mtime };
	struct peek peek = { .input = input };
	struct line_buffer *buf;
	int r = line_buffer_new(&buf);

	if (r < 0)
		return r;
	r = log_clock_new(&peek.clock, &clock);
	if (r == 0) {
		line_reader_read(in, buf, peek_line, NULL, &peek);
		log_clock_free(peek.clock);
	}
	line_buffer_free(buf);
	return r;
}

static int input_peek(struct input_file *input, const struct input_files_options *options)
{
	struct zfile *in;
	struct stat st;
	int r;

	input->first = INT64_MIN;
	input->mtime = now_or(0);
	/* what is not a regular file can be read only once */
	if (strcmp(input->path, "-") == 0 || stat(input->path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    zfile_open(&in, input->path) < 0)
		return 0;
	input->dev = st.st_dev;
	input->ino = st.st_ino;
	input->size = zfile_size(in);
	input->mtime = now_or(zfile_mtime(in));
	r = read_head(input, in, options);
	zfile_close(in);
	return r;
}

/* Have both the same stem and the same directory? */
static bool same_set(const char *a, const char *b)
{
	const char *x = strrchr(a, '/'), *y = strrchr(b, '/');
	char one[LOG_NAME_TEXT], other[LOG_NAME_TEXT];
	struct span s = { a, x ? (size_t)(x - a) : 0 }, t = { b, y ? (size_t)(y - b) : 0 };

	log_name_stem(a, one);
	log_name_stem(b, other);
	return span_equal(s, t) && strcmp(one, other) == 0;
}

static int input_add(struct input_files *inputs, const char *path,
		     const struct input_files_options *options)
{
	struct input_file *more = realloc(inputs->list, (inputs->n + 1) * sizeof(*more));
	struct input_file *input;
	size_t i = 0;
	int r;

	if (!more)
		return -ENOMEM;
	inputs->list = more;
	input = &more[inputs->n];
	*input = (struct input_file){ .path = strdup(path), .position = inputs->n };
	if (!input->path)
		return -ENOMEM;
	while (i < inputs->n && !same_set(more[i].path, path))
		i++;
	input->set = i < inputs->n ? more[i].set : inputs->sets++;
	inputs->n++;
	r = input_peek(input, options);
	inputs->size += input->size;
	if (input->mtime > inputs->reference)
		inputs->reference = input->mtime;
	return r;
}

static void add_note(struct input_files *inputs, const char *text)
{
	size_t n = strlen(inputs->note);

	if (*text)
		snprintf(inputs->note + n, sizeof(inputs->note) - n, "%s%s", n > 0 ? "\n" : "",
			 text);
}

static int add_directory(struct input_files *inputs, const char *path,
			 const struct input_files_options *options)
{
	char text[LOG_DIR_NOTE], **files;
	size_t n;
	int r = log_dir_mail_log(path, &files, &n, text);

	if (r == -EINVAL)
		snprintf(inputs->error, sizeof(inputs->error), "%s", text);
	else if (r < 0)
		snprintf(inputs->error, sizeof(inputs->error), "%s: %s", path, strerror(-r));
	else
		add_note(inputs, text);
	for (size_t i = 0; i < n; i++) {
		if (r == 0)
			r = input_add(inputs, files[i], options);
		free(files[i]);
	}
	free(files);
	return r;
}

/* By set, then by the first record's time; files without one last. */
static int by_first(const void *a, const void *b)
{
	const struct input_file *x = a, *y = b;

	if (x->set != y->set)
		return x->set < y->set ? -1 : 1;
	if ((x->first == INT64_MIN) != (y->first == INT64_MIN))
		return x->first == INT64_MIN ? 1 : -1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

int input_files_gather(struct input_files *out, char *const *paths, size_t n,
		       const struct input_files_options *options)
{
	struct stat st;
	int r = 0;

	*out = (struct input_files){ 0 };
	for (size_t i = 0; r == 0 && i < n; i++)
		if (strcmp(paths[i], "-") != 0 && stat(paths[i], &st) == 0 && S_ISDIR(st.st_mode))
			r = add_directory(out, paths[i], options);
		else
			r = input_add(out, paths[i], options);
	if (r < 0)
		return r;
	qsort(out->list, out->n, sizeof(*out->list), by_first);
	return input_overlap(out, options);
}

void input_files_free(struct input_files *inputs)
{
	for (size_t i = 0; i < inputs->n; i++)
		free(inputs->list[i].path);
	free(inputs->list);
	*inputs = (struct input_files){ 0 };
}
