/* SPDX-License-Identifier: MIT */
/* options: parses a command's options by a table. Every command also accepts -h and --help. */
#ifndef RELAYDAM_CMD_OPTIONS_H
#define RELAYDAM_CMD_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

/* Exactly one of flag, text and take is set. */
struct options_entry {
	const char *name;  /* as in --name; NULL ends the table */
	char letter;	   /* as in -n; 0: none */
	bool *flag;	   /* the option has no argument and sets this to true */
	const char **text; /* receives the argument; it points into argv */
	/* parses the argument; returns 0, or < 0 after a message */
	int (*take)(void *into, const char *argument);
	void *into;
};

enum { OPTIONS_MAX = 15, OPTIONS_GO_ON = -1 };

/*
 * Parses argv; argv[0] is the command's name. Returns OPTIONS_GO_ON, with the other arguments from
 * argv[optind] on; or an exit code: EXIT_DONE after printing `help`, EXIT_USAGE after a message.
 */
int options_read(int argc, char **argv, const struct options_entry *entries, const char *help);

#endif
