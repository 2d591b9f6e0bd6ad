/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cmd_message(const char *format, ...)
{
	va_list args;

	fputs("relaydam: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
}

int cmd_usage_error(const char *command)
{
	fprintf(stderr, "Try 'relaydam %s --help'.\n", command);
	return EXIT_USAGE;
}

int cmd_config(struct config **out, const char *path)
{
	struct diagnostics *problems;
	int r = diagnostics_new(&problems);

	if (r == 0) {
		r = config_load(out, path, problems);
		diagnostics_print(problems, stderr, false);
		diagnostics_free(problems);
	}
	if (r < 0)
		cmd_message("%s: %s", path, strerror(-r));
	return r == 0 ? EXIT_DONE : EXIT_CONFIG;
}

int cmd_year(void *year, const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || value < 1970 || value > 9999) {
		cmd_message("--year: \"%s\" is not a year: write four digits, for example 2026",
			    text);
		return -EINVAL;
	}
	*(int *)year = (int)value;
	return 0;
}

int cmd_flush(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	/* a reader such as `head` has closed the pipe: not an error */
	if (errno == EPIPE)
		return code;
	cmd_message("standard output: %s", strerror(errno));
	return EXIT_ENVIRONMENT;
}

bool cmd_is_typo(const char *typed, const char *word)
{
	size_t n = strlen(typed), m = strlen(word);

	for (; n > 0 && m > 0 && *typed == *word; n--, m--) {
		typed++;
		word++;
	}
	for (; n > 0 && m > 0 && typed[n - 1] == word[m - 1]; n--, m--)
		continue;
	if (n == 2 && m == 2)
		return typed[0] == word[1] && typed[1] == word[0];
	return n <= 1 && m <= 1;
}
