/* SPDX-License-Identifier: MIT */
#include "client/print.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/escape.h"
#include "util/term.h"
#include "util/timezone.h"

#define RED "\033[1;31m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

void print_init(struct printer *printer, const json_t *answer)
{
	*printer = (struct printer){
		.zone = { .utc = zone_fixed_utc },
		.now = (int64_t)time(NULL) * UNITS_SECOND,
		.colour = term_has_colour(STDOUT_FILENO),
	};
	timezone_set("local", &printer->zone);
	print_us(answer, "now", &printer->now);
}

const char *print_string(const json_t *value, char buf[static PRINT_TEXT])
{
	struct span text = { json_string_value(value), json_string_length(value) };
	FILE *to;

	buf[0] = '\0';
	if (!json_is_string(value))
		return buf;
	if (text.n > PRINT_TEXT)
		text.n = PRINT_TEXT; /* more would not fit */
	to = fmemopen(buf, PRINT_TEXT, "w");
	if (!to)
		return buf;
	escape_print(to, text);
	fclose(to);
	buf[PRINT_TEXT - 1] = '\0';
	return buf;
}

const char *print_text(const json_t *object, const char *key, char buf[static PRINT_TEXT])
{
	return print_string(json_object_get(object, key), buf);
}

long long print_number(const json_t *object, const char *key)
{
	/* a double of 2^63 or more does not fit a long long */
	double value = json_number_value(json_object_get(object, key));
	const json_t *number = json_object_get(object, key);

	if (json_is_integer(number))
		return json_integer_value(number);
	return value > -1e18 && value < 1e18 ? (long long)value : 0;
}

bool print_bool(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

bool print_us(const json_t *object, const char *key, int64_t *us)
{
	static const struct zone utc = { .utc = zone_fixed_utc };
	const char *text = json_string_value(json_object_get(object, key));

	return text && time_parse(text, &utc, us) == 0;
}

const char *print_time(const struct printer *printer, const json_t *object, const char *key,
		       char buf[static TIME_TEXT])
{
	int64_t us;

	return print_us(object, key, &us) ? time_local(us, &printer->zone, buf) : "?";
}

const char *print_remaining(const struct printer *printer, const json_t *object, const char *key,
			    char buf[static DURATION_TEXT])
{
	int64_t us;

	if (!print_us(object, key, &us))
		return "?";
	return duration_format(us > printer->now ? us - printer->now : 0, buf);
}

const char *print_count(long long n, const char *noun, char buf[static PRINT_TEXT])
{
	snprintf(buf, PRINT_TEXT, "%lld %s%s", n, noun, n == 1 ? "" : "s");
	return buf;
}

/* column: where the cursor is, and where the lines after the first one start */
__attribute__((format(printf, 2, 0))) static void wrap(unsigned column, const char *format,
						       va_list args)
{
	const unsigned indent = column;
	char *text, *at;

	if (vasprintf(&text, format, args) < 0)
		return;
	for (at = text; *at;) {
		size_t blanks = strspn(at, " ");
		size_t word = strcspn(at + blanks, " ");

		if (column > indent && column + blanks + word > PRINT_COLUMNS) {
			printf("\n%*s", (int)indent, "");
			column = indent;
			at += blanks;
			blanks = 0;
		}
		fwrite(at, 1, blanks + word, stdout);
		column += (unsigned)(blanks + word);
		at += blanks + word;
	}
	free(text);
}

void print_sentence(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	wrap(0, format, args);
	va_end(args);
	putchar('\n');
}

void print_problem(const struct printer *printer, const char *format, ...)
{
	va_list args;

	fputs(printer->colour ? RED : "", stdout);
	fputs("! ", stdout);
	va_start(args, format);
	wrap(2, format, args);
	va_end(args);
	puts(printer->colour ? PLAIN : "");
}

void print_heading(const struct printer *printer, const char *text)
{
	printf("\n%s%s%s\n", printer->colour ? BOLD : "", text, printer->colour ? PLAIN : "");
}

void print_line(const json_t *line)
{
	if (!json_is_string(line))
		return;
	fputs("  ", stdout);
	escape_print(stdout, (struct span){ json_string_value(line), json_string_length(line) });
	putchar('\n');
}
