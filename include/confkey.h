/* SPDX-License-Identifier: MIT */
/*
 * confkey: a group of libconfig settings read by a table of its keys, into a struct.
 * Whatever is not in the table, or is not what the table says, becomes a problem with file and line.
 */
#ifndef RELAYDAM_CONFKEY_H
#define RELAYDAM_CONFKEY_H

#include <libconfig.h>
#include <stdint.h>

#include "problems.h"

enum confkey_type {
	CONFKEY_STRING,	  /* char *, copied; empty ones are refused */
	CONFKEY_BOOL,	  /* bool */
	CONFKEY_INT,	  /* int64_t, least to most */
	CONFKEY_DURATION, /* int64_t microseconds */
	CONFKEY_SIZE,	  /* size_t bytes, least to most */
	CONFKEY_STRINGS,  /* char **, NULL at the end, copied; one string alone is one */
	CONFKEY_CUSTOM,	  /* read() does it */
};

struct confkey {
	const char *name;
	enum confkey_type type;
	size_t offset; /* in the struct */
	int64_t least, most;
	void (*read)(config_setting_t *setting, void *into, struct problems *problems);
};

/* `what` names the group in messages: "a jail". The struct holds its defaults before. */
void confkey_read(config_setting_t *group, const struct confkey *keys, size_t n, void *into,
		  const char *what, struct problems *problems);

/* File and line of a setting, for problem(). */
const char *confkey_file(const config_setting_t *setting);
unsigned confkey_line(const config_setting_t *setting);

/* Is the setting a list, an array or a group of which each() may be called for every member? */
bool confkey_each(config_setting_t *list, const char *what, void *into, struct problems *problems,
		  void (*each)(config_setting_t *member, void *into, struct problems *problems));

/* Which of the words it is; -1 and a problem at the setting when it is none, NULL among them. `what` may be one: "cut". */
int confkey_word(const config_setting_t *at, const char *word, const char *const *words, size_t n,
		 const char *what, struct problems *problems);

enum { CONFKEY_NAME = 60 }; /* bytes of a name; the ledger keeps a filter's and a rule's in one */

/*
 * Names go into the kernel's rules and paths, into JSON and onto terminals: what could be read as more than a name is a
 * problem. `what` begins its message: "the list".
 */
bool confkey_check_name(const char *file, unsigned line, const char *what, const char *text,
			size_t most, struct problems *problems);

void strings_free(char **strings);

/* strdup(), whose failure is an error of the configuration. */
char *confkey_dup(const char *text, struct problems *problems);

#endif
