/* SPDX-License-Identifier: MIT */
#include "config/diagnostics.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "util/escape.h"

struct line {
	struct line *next;
	bool is_warning;
	char *text;
};

struct diagnostics {
	struct line *first, **end;
	size_t errors, warnings;
	bool no_memory;
};

int diagnostics_new(struct diagnostics **out)
{
	struct diagnostics *problems = calloc(1, sizeof(*problems));

	if (!problems)
		return -ENOMEM;
	problems->end = &problems->first;
	*out = problems;
	return 0;
}

void diagnostics_free(struct diagnostics *problems)
{
	if (!problems)
		return;
	while (problems->first) {
		struct line *line = problems->first;

		problems->first = line->next;
		free(line->text);
		free(line);
	}
	free(problems);
}

__attribute__((format(printf, 5, 0))) static void add(struct diagnostics *problems, bool is_warning,
						      const char *file, unsigned line_number,
						      const char *format, va_list args)
{
	struct line *line = calloc(1, sizeof(*line));
	char *what = NULL;

	if (is_warning)
		problems->warnings++;
	else
		problems->errors++;
	if (line && vasprintf(&what, format, args) >= 0) {
		int r = line_number ? asprintf(&line->text, "%s:%u: %s%s", file, line_number,
					       is_warning ? "warning: " : "", what)
				    : asprintf(&line->text, "%s: %s%s", file,
					       is_warning ? "warning: " : "", what);

		if (r < 0)
			line->text = NULL;
		free(what);
	}
	if (!line || !line->text) {
		/* still counted, so that a bad configuration is not taken for a good one */
		free(line);
		return;
	}
	line->is_warning = is_warning;
	*problems->end = line;
	problems->end = &line->next;
}

void diagnostics_error(struct diagnostics *problems, const char *file, unsigned line,
		       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(problems, false, file, line, format, args);
	va_end(args);
}

void diagnostics_warning(struct diagnostics *problems, const char *file, unsigned line,
			 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(problems, true, file, line, format, args);
	va_end(args);
}

void diagnostics_no_memory(struct diagnostics *problems)
{
	problems->errors++;
	problems->no_memory = true;
}

size_t diagnostics_errors(const struct diagnostics *problems)
{
	return problems->errors;
}

size_t diagnostics_warnings(const struct diagnostics *problems)
{
	return problems->warnings;
}

void diagnostics_each(const struct diagnostics *problems, diagnostics_fn *fn, void *context)
{
	for (const struct line *line = problems->first; line; line = line->next)
		fn(context, line->is_warning, line->text);
	if (problems->no_memory)
		fn(context, false, "the configuration was not read: out of memory");
}

struct printing {
	FILE *to;
	bool warnings;
};

static void write_one(void *context, bool is_warning, const char *text)
{
	const struct printing *printing = context;

	if (is_warning && !printing->warnings)
		return;
	/* a name that is wrong may be so by its bytes */
	fputs("relaydam: ", printing->to);
	escape_print(printing->to, span_of(text));
	fputc('\n', printing->to);
}

void diagnostics_print(const struct diagnostics *problems, FILE *to, bool warnings)
{
	struct printing printing = { to, warnings };

	diagnostics_each(problems, write_one, &printing);
}
