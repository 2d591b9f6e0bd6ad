/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "logline/line_buffer.c"

enum { INPUT = 300000, LINES = 20000 };

struct lines {
	size_t n;
	size_t length[LINES];
	uint64_t sum[LINES];
	uint64_t cut;
};

static void keep(struct lines *lines, struct span line)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < line.n; i++)
		sum = sum * 31 + (unsigned char)line.p[i];
	assert_true(lines->n < LINES);
	lines->length[lines->n] = line.n;
	lines->sum[lines->n++] = sum;
}

static void split(const char *input, size_t n, uint32_t most, struct lines *out)
{
	struct line_buffer *buf = NULL;
	struct span line;

	memset(out, 0, sizeof(*out));
	assert_int_equal(line_buffer_new(&buf), 0);
	for (size_t at = 0; at < n;) {
		size_t part = 1 + unit_below(most);

		part = part < n - at ? part : n - at;
		memcpy(line_buffer_space(buf), input + at, part);
		line_buffer_added(buf, part);
		at += part;
		while (line_buffer_next(buf, &line))
			keep(out, line);
	}
	if (line_buffer_last(buf, &line))
		keep(out, line);
	out->cut = line_buffer_cut(buf);
	line_buffer_free(buf);
}

/* Lines of every length around the bound, with CR, NUL, and no newline at the end. */
static size_t make_input(char *input)
{
	size_t n = 0;

	while (n < INPUT - 20000) {
		size_t length = unit_below(4) ? unit_below(120)
					      : LINE_BUFFER_LINE - 3 + unit_below(6);

		if (unit_below(12) == 0)
			length = unit_below(19000);
		for (size_t i = 0; i < length; i++)
			input[n++] = (char)unit_below(9);
		if (unit_below(3) == 0)
			input[n++] = '\r';
		input[n++] = '\n';
	}
	input[n++] = 'x';
	return n;
}

static void test_any_split(void **state)
{
	static const uint32_t most[] = { 1, 3, 1000, 8192, 8193, LINE_BUFFER_BLOCK };
	struct lines *first = malloc(sizeof(*first)), *other = malloc(sizeof(*other));
	char *input = malloc(INPUT);
	size_t n = make_input(input);

	(void)state;
	split(input, n, LINE_BUFFER_BLOCK, first);
	assert_true(first->cut > 5 && first->n > 20);
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		split(input, n, most[i], other);
		assert_int_equal(other->n, first->n);
		assert_int_equal(other->cut, first->cut);
		assert_memory_equal(other->length, first->length, sizeof(first->length));
		assert_memory_equal(other->sum, first->sum, sizeof(first->sum));
	}
	free(first);
	free(other);
	free(input);
}

static void test_ends(void **state)
{
	struct lines *lines = malloc(sizeof(*lines));

	(void)state;
	split("a\r\n\r\n\n\rb\r", 9, 1, lines);
	assert_int_equal(lines->n, 4);
	assert_int_equal(lines->length[0], 1);
	assert_int_equal(lines->length[1], 0);
	assert_int_equal(lines->length[2], 0);
	assert_int_equal(lines->length[3], 2);
	split("", 0, 1, lines);
	assert_int_equal(lines->n, 0);
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_split),
		cmocka_unit_test(test_ends),
	};

	unit_seed();
	return cmocka_run_group_tests_name("linebuf", tests, NULL, NULL);
}
