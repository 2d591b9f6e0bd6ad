/* SPDX-License-Identifier: MIT */
#include "config_key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/units.h"

bool config_parse(config_t *file, const char *path, struct diagnostics *problems)
{
	const char *at;

	if (config_read_file(file, path) == CONFIG_TRUE)
		return true;
	at = config_error_file(file);
	if (config_error_type(file) == CONFIG_ERR_FILE_IO)
		diagnostics_error(problems, path, 0,
				  "cannot be read: %s; name another file with -c",
				  errno ? strerror(errno) : "is it a file, and readable?");
	else
		diagnostics_error(
			problems, at ? at : path, (unsigned)config_error_line(file),
			"%s: look for a missing ; or quote on this line or the one before",
			config_error_text(file));
	return false;
}

const char *config_key_file(const config_setting_t *setting)
{
	const char *file = config_setting_source_file(setting);

	return file ? file : "configuration";
}

unsigned config_key_line(const config_setting_t *setting)
{
	return config_setting_source_line(setting);
}

void strings_free(char **strings)
{
	for (char **s = strings; s && *s; s++)
		free(*s);
	free(strings);
}

/* Edit distance of two short words (Wagner and Fischer), one row at a time. */
static size_t edits(const char *a, const char *b)
{
	size_t row[64];
	size_t n = strlen(b);

	if (n >= 64)
		return n;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t swap = corner + (a[i - 1] != b[j - 1]);
			size_t best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			corner = row[j];
			row[j] = swap < best ? swap : best;
		}
	}
	return row[n];
}

static void unknown_key(const config_setting_t *setting, const struct config_key *keys, size_t n,
			const char *what, struct diagnostics *problems)
{
	const char *name = config_setting_name(setting);
	const char *near = NULL;
	size_t least = 3;

	for (size_t i = 0; i < n; i++) {
		size_t d = edits(name, keys[i].name);

		if (d < least) {
			least = d;
			near = keys[i].name;
		}
	}
	if (near) {
		diagnostics_error(problems, config_key_file(setting), config_key_line(setting),
				  "unknown key \"%s\" in %s: did you mean \"%s\"?", name, what,
				  near);
		return;
	}
	diagnostics_error(
		problems, config_key_file(setting), config_key_line(setting),
		"unknown key \"%s\" in %s: remove it, or see the comments in relaydam.conf", name,
		what);
}

static void wrong_type(const config_setting_t *setting, const char *want,
		       struct diagnostics *problems)
{
	diagnostics_error(problems, config_key_file(setting), config_key_line(setting),
			  "\"%s\" must be %s",
			  config_setting_name(setting) ? config_setting_name(setting) : "this",
			  want);
}

static const char *string_of(const config_setting_t *setting)
{
	return config_setting_type(setting) == CONFIG_TYPE_STRING
		       ? config_setting_get_string(setting)
		       : NULL;
}

char *config_key_dup(const char *text, struct diagnostics *problems)
{
	char *copy = strdup(text);

	if (!copy)
		diagnostics_no_memory(problems);
	return copy;
}

static void read_string(const config_setting_t *setting, char **into, struct diagnostics *problems)
{
	const char *text = string_of(setting);

	if (!text || !*text) {
		wrong_type(setting, "a string in quotes, not empty", problems);
		return;
	}
	free(*into);
	*into = config_key_dup(text, problems);
}

static void read_int(const config_setting_t *setting, const struct config_key *key, int64_t *into,
		     struct diagnostics *problems)
{
	int type = config_setting_type(setting);
	long long value = type == CONFIG_TYPE_INT ? config_setting_get_int(setting)
						  : config_setting_get_int64(setting);

	if ((type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) || value < key->least ||
	    value > key->most) {
		diagnostics_error(problems, config_key_file(setting), config_key_line(setting),
				  "\"%s\" must be a whole number from %lld to %lld", key->name,
				  (long long)key->least, (long long)key->most);
		return;
	}
	*into = value;
}

static void read_duration(const config_setting_t *setting, int64_t *into,
			  struct diagnostics *problems)
{
	const char *text = string_of(setting);

	if (!text || duration_parse(text, into) < 0)
		wrong_type(
			setting,
			"a duration in quotes with its unit, as \"90s\", \"10m\", \"1h30m\" or \"7d\"",
			problems);
}

static void read_size(const config_setting_t *setting, const struct config_key *key, size_t *into,
		      struct diagnostics *problems)
{
	const char *text = string_of(setting);
	size_t bytes;

	if (!text || size_parse(text, &bytes) < 0) {
		wrong_type(setting, "a size in quotes, as \"16M\"", problems);
		return;
	}
	if (bytes < (size_t)key->least || bytes > (size_t)key->most) {
		diagnostics_error(problems, config_key_file(setting), config_key_line(setting),
				  "\"%s\" must be from %lldK to %lldM", key->name,
				  (long long)key->least / 1024, (long long)key->most / 1024 / 1024);
		return;
	}
	*into = bytes;
}

static void read_strings(config_setting_t *setting, char ***into, struct diagnostics *problems)
{
	bool alone = config_setting_type(setting) == CONFIG_TYPE_STRING;
	int n = alone ? 1 : config_setting_length(setting);
	char **strings;

	if (!alone && !config_setting_is_aggregate(setting)) {
		wrong_type(setting, "a list of strings, as [ \"one\", \"two\" ]", problems);
		return;
	}
	strings = calloc((size_t)n + 1, sizeof(*strings));
	if (!strings)
		diagnostics_no_memory(problems);
	for (int i = 0, kept = 0; strings && i < n; i++) {
		const char *text = alone ? string_of(setting)
					 : string_of(config_setting_get_elem(setting, (unsigned)i));

		if (text && *text) {
			strings[kept] = config_key_dup(text, problems);
			kept += strings[kept] != NULL;
		} else
			wrong_type(setting, "a list of strings, none empty", problems);
	}
	strings_free(*into);
	*into = strings;
}

static void read_key(config_setting_t *setting, const struct config_key *key, char *into,
		     struct diagnostics *problems)
{
	void *place = into + key->offset;

	switch (key->type) {
	case CONFIG_KEY_STRING:
		read_string(setting, place, problems);
		break;
	case CONFIG_KEY_BOOL:
		if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
			wrong_type(setting, "true or false", problems);
		else
			*(bool *)place = config_setting_get_bool(setting) != 0;
		break;
	case CONFIG_KEY_INT:
		read_int(setting, key, place, problems);
		break;
	case CONFIG_KEY_DURATION:
		read_duration(setting, place, problems);
		break;
	case CONFIG_KEY_SIZE:
		read_size(setting, key, place, problems);
		break;
	case CONFIG_KEY_STRINGS:
		read_strings(setting, place, problems);
		break;
	case CONFIG_KEY_CUSTOM:
		key->read(setting, into, problems);
		break;
	}
}

void config_key_read(config_setting_t *group, const struct config_key *keys, size_t n, void *into,
		     const char *what, struct diagnostics *problems)
{
	int length = config_setting_length(group);

	if (config_setting_type(group) != CONFIG_TYPE_GROUP) {
		diagnostics_error(problems, config_key_file(group), config_key_line(group),
				  "%s must be a group in braces, as { name = \"...\"; }", what);
		return;
	}
	for (int i = 0; i < length; i++) {
		config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		size_t k = 0;

		while (k < n && strcmp(keys[k].name, config_setting_name(setting)) != 0)
			k++;
		if (k < n)
			read_key(setting, &keys[k], into, problems);
		else
			unknown_key(setting, keys, n, what, problems);
	}
}

bool config_key_each(config_setting_t *list, const char *what, void *into,
		     struct diagnostics *problems,
		     void (*each)(config_setting_t *member, void *into,
				  struct diagnostics *problems))
{
	int type = config_setting_type(list);

	if (type != CONFIG_TYPE_LIST && type != CONFIG_TYPE_ARRAY) {
		diagnostics_error(
			problems, config_key_file(list), config_key_line(list),
			"\"%s\" must be a list of %s in parentheses, as ( { ... }, { ... } )",
			config_setting_name(list), what);
		return false;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		each(config_setting_get_elem(list, (unsigned)i), into, problems);
	return true;
}

int config_key_word(const config_setting_t *at, const char *word, const char *const *words,
		    size_t n, const char *key, struct diagnostics *problems)
{
	char list[160] = "";

	for (size_t i = 0; i < n; i++) {
		if (word && strcmp(word, words[i]) == 0)
			return (int)i;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
			 words[i]);
	}
	if (word)
		diagnostics_error(problems, config_key_file(at), config_key_line(at),
				  "\"%s\" must be one of %s, not \"%s\"", key, list, word);
	else
		diagnostics_error(problems, config_key_file(at), config_key_line(at),
				  "\"%s\" must be one of %s, in quotes", key, list);
	return -1;
}

bool config_key_check_name(const char *file, unsigned line, const char *what, const char *text,
			   size_t most, struct diagnostics *problems)
{
	static const char known[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t len = strlen(text);

	if (len > 0 && len <= most && strspn(text, known) == len &&
	    strspn(text, "0123456789_-") == 0)
		return true;
	diagnostics_error(problems, file, line,
			  "%s \"%s\" must be 1 to %zu letters, digits, _ or -, a letter first",
			  what, text, most);
	return false;
}
