/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cmd_complain(const char *format, ...)
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
		cmd_complain("%s: %s", path, strerror(-r));
	return r == 0 ? EXIT_DONE : EXIT_CONFIG;
}

int cmd_year(void *year, const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || value < 1970 || value > 9999) {
		cmd_complain("--year wants a year, as 2026, not \"%s\"", text);
		return -EINVAL;
	}
	*(int *)year = (int)value;
	return 0;
}

int cmd_flush(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	/* who reads us may have had enough, as `head` has; that is no failure of ours */
	if (errno == EPIPE)
		return code;
	cmd_complain("standard output: %s", strerror(errno));
	return EXIT_ENVIRONMENT;
}
