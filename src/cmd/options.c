/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>

#include "cmd/cmd.h"

/* What getopt_long() returns: a letter, or for a long option FIRST_LONG + index of its entry. */
enum { FIRST_LONG = 256, HELP = 'h' };

/* The options in getopt_long()'s form. */
struct getopt_tables {
	struct option longs[OPTIONS_MAX + 2];
	char letters[2 * OPTIONS_MAX + 2];
	size_t n;
};

static void fill_tables(const struct options_entry *entries, struct getopt_tables *tables)
{
	char *letter = tables->letters;

	for (size_t i = 0; entries[i].name; i++) {
		int argument = entries[i].flag ? no_argument : required_argument;

		assert(i < OPTIONS_MAX);
		tables->longs[tables->n++] =
			(struct option){ entries[i].name, argument, NULL, FIRST_LONG + (int)i };
		if (!entries[i].letter)
			continue;
		*letter++ = entries[i].letter;
		if (argument == required_argument)
			*letter++ = ':';
	}
	tables->longs[tables->n++] = (struct option){ "help", no_argument, NULL, HELP };
	*letter = HELP;
}

/* getopt_long() starts its messages with argv[0], the command's name: sets it to "relaydam". */
static int next_option(int argc, char **argv, const struct getopt_tables *tables)
{
	static char program[] = "relaydam";
	char *command = argv[0];
	int option;

	argv[0] = program;
	option = getopt_long(argc, argv, tables->letters, tables->longs, NULL);
	argv[0] = command;
	return option;
}

static const struct options_entry *find_entry(const struct options_entry *entries, int option)
{
	if (option >= FIRST_LONG)
		return &entries[option - FIRST_LONG];
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
	struct getopt_tables tables = { .n = 0 };
	int option;

	fill_tables(entries, &tables);
	while ((option = next_option(argc, argv, &tables)) != -1) {
		const struct options_entry *entry;

		if (option == HELP) {
			fputs(help, stdout);
			return cmd_flush(EXIT_DONE);
		}
		entry = find_entry(entries, option);
		if (!entry || apply(entry) < 0)
			return cmd_usage_error(argv[0]);
	}
	return OPTIONS_GO_ON;
}
