/* SPDX-License-Identifier: MIT */
/* options: a command's options, by a table. Every command takes -h and --help, too. */
#ifndef RELAYDAM_CMD_OPTIONS_H
#define RELAYDAM_CMD_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

/* What an option does is one of the three. */
struct options_entry {
	const char *name;  /* as in --name; NULL: the table's end */
	char letter;	   /* as in -n; 0: none */
	bool *flag;	   /* it has no argument, and sets this */
	const char **text; /* its argument, which is argv's, goes here */
	/* does what its argument says. Returns 0, or less than 0 after a message */
	int (*take)(void *into, const char *argument);
	void *into;
};

enum { OPTIONS_MOST = 15, OPTIONS_GO_ON = -1 };

/*
 * argv[0] is the command's name. Returns OPTIONS_GO_ON, and what is no option begins at argv[optind]; or the exit code:
 * after help, which is printed, or after a message that points at it.
 */
int options_read(int argc, char **argv, const struct options_entry *entries, const char *help);

#endif
