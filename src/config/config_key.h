/* SPDX-License-Identifier: MIT */
/*
 * config_key: a group of libconfig settings read by a table of its keys, into a struct.
 * Whatever is not in the table, or is not what the table says, becomes a problem with file and line.
 */
#ifndef RELAYDAM_CONFIG_CONFIG_KEY_H
#define RELAYDAM_CONFIG_CONFIG_KEY_H

#include <libconfig.h>
#include <stdint.h>

#include "config/diagnostics.h"

enum config_key_type {
	CONFIG_KEY_STRING,   /* char *, copied; empty ones are refused */
	CONFIG_KEY_BOOL,     /* bool */
	CONFIG_KEY_INT,	     /* int64_t, least to most */
	CONFIG_KEY_DURATION, /* int64_t microseconds */
	CONFIG_KEY_SIZE,     /* size_t bytes, least to most */
	CONFIG_KEY_STRINGS,  /* char **, NULL at the end, copied; one string alone is one */
	CONFIG_KEY_CUSTOM,   /* read() does it */
};

struct config_key {
	const char *name;
	enum config_key_type type;
	size_t offset; /* in the struct */
	int64_t least, most;
	void (*read)(config_setting_t *setting, void *into, struct diagnostics *problems);
};

/* Parses a file. False after reporting a problem with its file and line. */
bool config_parse(config_t *file, const char *path, struct diagnostics *problems);

/* `what` names the group in messages: "a jail". The struct holds its defaults before. */
void config_key_read(config_setting_t *group, const struct config_key *keys, size_t n, void *into,
		     const char *what, struct diagnostics *problems);

/* File and line of a setting, for problem(). */
const char *config_key_file(const config_setting_t *setting);
unsigned config_key_line(const config_setting_t *setting);

/* Is the setting a list, an array or a group of which each() may be called for every member? */
bool config_key_each(config_setting_t *list, const char *what, void *into,
		     struct diagnostics *problems,
		     void (*each)(config_setting_t *member, void *into,
				  struct diagnostics *problems));

/*
 * Returns the index of `word` in `words`, or -1 after reporting a problem at `at` (also when `word` is NULL: not a string).
 * `key` names the setting in the message: "cut".
 */
int config_key_word(const config_setting_t *at, const char *word, const char *const *words,
		    size_t n, const char *key, struct diagnostics *problems);

enum {
	CONFIG_KEY_NAME = 60
}; /* bytes of a name; the ledger keeps a filter's and a rule's in one */

/*
 * Names go into the kernel's rules and paths, into JSON and onto terminals: what could be read as more than a name is a
 * problem. `what` begins its message: "the list".
 */
bool config_key_check_name(const char *file, unsigned line, const char *what, const char *text,
			   size_t most, struct diagnostics *problems);

void strings_free(char **strings);

/* strdup(), whose failure is an error of the configuration. */
char *config_key_dup(const char *text, struct diagnostics *problems);

#endif
