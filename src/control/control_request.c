/* SPDX-License-Identifier: MIT */
#include "control/control_request.h"

#include <errno.h>
#include <stdio.h>

#include "util/array.h"
#include "util/units.h"

enum { JAIL_NAME = 64, RULE_NAME = 255 };

static bool is_addr(const json_t *value)
{
	struct prefix prefix;

	return json_is_string(value) &&
	       prefix_parse(json_string_value(value), json_string_length(value), &prefix) ==
		       PREFIX_OK;
}

static bool is_duration(const json_t *value)
{
	int64_t us;

	return json_is_string(value) && duration_parse(json_string_value(value), &us) == 0;
}

static bool is_jail(const json_t *value)
{
	return json_is_string(value) && json_string_length(value) > 0 &&
	       json_string_length(value) <= JAIL_NAME;
}

static bool is_rule(const json_t *value)
{
	return json_is_string(value) && json_string_length(value) <= RULE_NAME &&
	       strchr(json_string_value(value), '/');
}

static bool is_true(const json_t *value)
{
	return json_is_true(value);
}

static bool is_string(const json_t *value)
{
	return json_is_string(value);
}

static const struct key {
	const char *name;
	bool (*fits)(const json_t *value);
	const char *wants;
} keys[] = {
	{ "command", is_string, "a string" },
	{ "addr", is_addr, "an address, or a prefix as `list` shows it" },
	{ "jail", is_jail, "the name of a jail" },
	{ "for", is_duration, "a duration like \"1h\", from 1ms to 10 years" },
	{ "all", is_true, "true" },
	{ "rule", is_rule, "a rule with its filter, like postfix/dnsbl" },
};

static const struct verb {
	const char *name;
	const char *takes[4]; /* allowed keys besides "command" */
	const char *needs[3]; /* exactly one of these is required */
} verbs[] = {
	{ "status", { "addr" }, { NULL } },
	{ "list", { NULL }, { NULL } },
	{ "ban", { "addr", "jail", "for" }, { "addr" } },
	{ "unban", { "addr", "all" }, { "addr", "all" } },
	{ "reload", { NULL }, { NULL } },
	{ "fuse", { "rule" }, { NULL } },
};

static int refuse(char *error, const char *text)
{
	snprintf(error, CONTROL_ERROR, "%s", text);
	return -EINVAL;
}

static const struct verb *verb_of(const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "command"));

	for (size_t i = 0; name && i < ARRAY_SIZE(verbs); i++)
		if (strcmp(name, verbs[i].name) == 0)
			return &verbs[i];
	return NULL;
}

static bool takes(const struct verb *verb, const char *name)
{
	if (strcmp(name, "command") == 0)
		return true;
	for (size_t i = 0; i < 4 && verb->takes[i]; i++)
		if (strcmp(verb->takes[i], name) == 0)
			return true;
	return false;
}

static int check_value(const char *name, const json_t *value, char *error)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].name, name) == 0 && !keys[i].fits(value)) {
			snprintf(error, CONTROL_ERROR, "\"%s\" must be %s", name, keys[i].wants);
			return -EINVAL;
		}
	return 0;
}

static int check_request(json_t *request, char *error)
{
	const struct verb *verb = verb_of(request);
	unsigned needed = 0;
	const char *name;
	json_t *value;

	if (!verb)
		return refuse(error, "unknown \"command\": "
				     "use status, list, ban, unban, reload or fuse");
	json_object_foreach(request, name, value)
	{
		if (!takes(verb, name)) {
			snprintf(error, CONTROL_ERROR, "%s does not accept all of these keys",
				 verb->name);
			return -EINVAL;
		}
		if (check_value(name, value, error) < 0)
			return -EINVAL;
	}
	for (size_t i = 0; i < 3 && verb->needs[i]; i++)
		needed += json_object_get(request, verb->needs[i]) != NULL;
	if (verb->needs[0] && needed != 1) {
		snprintf(error, CONTROL_ERROR, "%s needs \"addr\"%s", verb->name,
			 verb->needs[1] ? " or \"all\", but not both" : "");
		return -EINVAL;
	}
	return 0;
}

int control_request_parse(struct span line, json_t **out, char error[static CONTROL_ERROR])
{
	json_error_t where;
	json_t *request;

	if (line.n > CONTROL_REQUEST)
		return refuse(error, "the request is longer than 64 KiB");
	/* jansson rejects NUL, invalid UTF-8, more than 2048 levels and numbers out of range */
	request = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(request)) {
		json_decref(request);
		return refuse(error, "the request is not a JSON object on one line");
	}
	if (check_request(request, error) < 0) {
		json_decref(request);
		return -EINVAL;
	}
	*out = request;
	return 0;
}

bool control_request_prefix(const json_t *request, struct prefix *out)
{
	const json_t *value = json_object_get(request, "addr");

	return value && prefix_parse(json_string_value(value), json_string_length(value), out) >= 0;
}

bool control_request_for(const json_t *request, int64_t *out)
{
	const json_t *value = json_object_get(request, "for");

	return value && duration_parse(json_string_value(value), out) == 0;
}
