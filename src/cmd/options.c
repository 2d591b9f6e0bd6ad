/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>

#include "cmd/cmd.h"

/* getopt's values: those of the options begin behind any letter. */
enum { FIRST = 256, HELP = 'h' };

/* As getopt wants them. */
struct known {
	struct option longs[OPTIONS_MOST + 2];
	char letters[2 * OPTIONS_MOST + 2];
	size_t n;
};

static void list(const struct options_entry *entries, struct known *known)
{
	char *letter = known->letters;

	for (size_t i = 0; entries[i].name; i++) {
		int argument = entries[i].flag ? no_argument : required_argument;

		assert(i < OPTIONS_MOST);
		known->longs[known->n++] =
			(struct option){ entries[i].name, argument, NULL, FIRST + (int)i };
		if (!entries[i].letter)
			continue;
		*letter++ = entries[i].letter;
		if (argument == required_argument)
			*letter++ = ':';
	}
	known->longs[known->n++] = (struct option){ "help", no_argument, NULL, HELP };
	*letter = HELP;
}

/* getopt's messages begin with argv[0]; ours with relaydam. */
static int next(int argc, char **argv, const struct known *known)
{
	static char program[] = "relaydam";
	char *command = argv[0];
	int option;

	argv[0] = program;
	option = getopt_long(argc, argv, known->letters, known->longs, NULL);
	argv[0] = command;
	return option;
}

static const struct options_entry *entry_of(const struct options_entry *entries, int option)
{
	if (option >= FIRST)
		return &entries[option - FIRST];
	for (size_t i = 0; entries[i].name; i++)
		if (entries[i].letter == option)
			return &entries[i];
	return NULL;
}

static int apply(const struct options_entry *entry)
{
	if (entry->flag)
		*entry->flag = true;
	else if (entry->text)
		*entry->text = optarg;
	else
		return entry->take(entry->into, optarg);
	return 0;
}

int options_read(int argc, char **argv, const struct options_entry *entries, const char *help)
{
	struct known known = { .n = 0 };
	int option;

	list(entries, &known);
	while ((option = next(argc, argv, &known)) != -1) {
		const struct options_entry *entry;

		if (option == HELP) {
			fputs(help, stdout);
			return cmd_flush(EXIT_DONE);
		}
		entry = entry_of(entries, option);
		if (!entry || apply(entry) < 0)
			return cmd_usage_error(argv[0]);
	}
	return OPTIONS_GO_ON;
}
