/* SPDX-License-Identifier: MIT */
#include "replay/sweep.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "engine/client_stats.h"
#include "util/units.h"

enum sweep_key { KEY_MAXRETRY, KEY_FINDTIME, KEY_BANTIME };

static const char *const key_names[] = { "maxretry", "findtime", "bantime" };

struct trial {
	int64_t value;
	struct jail jail;
	struct engine *engine;
	struct client_stats *stats;
};

struct sweep {
	const struct config *config;
	struct jail *jail;
	enum sweep_key key;
	int64_t configured;
	size_t n;
	struct trial trial[SWEEP_VALUES];
};

static void on_hit(void *context, const struct hit *hit)
{
	client_stats_hit(((struct trial *)context)->stats, hit);
}

static void on_accepted(void *context, const struct hit *hit, bool banned)
{
	client_stats_accepted(((struct trial *)context)->stats, hit, banned);
}

static void on_ban(void *context, const struct ban_event *event)
{
	if (event->ban.would == WOULD_NOT)
		client_stats_ban(((struct trial *)context)->stats, event);
}

/* Returns -EINVAL. */
static int spec_error(char error[static SWEEP_ERROR], const char *what, const char *text)
{
	snprintf(error, SWEEP_ERROR, "--sweep: \"%.40s\" %s", text, what);
	return -EINVAL;
}

static int find_jail(struct sweep *sweep, const char *spec, size_t n,
		     char error[static SWEEP_ERROR])
{
	for (size_t i = 0; i < sweep->config->jails_n; i++) {
		const char *name = sweep->config->jails[i].name;
		const char *only[] = { name, NULL };
		uint32_t jails;

		if (strlen(name) == n && memcmp(name, spec, n) == 0)
			return config_jails(sweep->config, only, &sweep->jail, &jails);
	}
	return spec_error(error, "names a jail that is not configured", spec);
}

static int find_key(struct sweep *sweep, const char *text, size_t n, char error[static SWEEP_ERROR])
{
	const struct jail *jail = sweep->jail;
	const int64_t configured[] = { jail->rule.maxretry, jail->rule.findtime, jail->bantime };

	for (int i = 0; i < 3; i++) {
		if (strlen(key_names[i]) != n || memcmp(key_names[i], text, n) != 0)
			continue;
		sweep->key = (enum sweep_key)i;
		sweep->configured = configured[i];
		return 0;
	}
	return spec_error(error, "should begin with maxretry, findtime or bantime", text);
}

static int add_value(struct sweep *sweep, int64_t value, char error[static SWEEP_ERROR])
{
	if (sweep->n == SWEEP_VALUES) {
		snprintf(error, SWEEP_ERROR, "--sweep: more than %d values: give fewer",
			 SWEEP_VALUES);
		return -EINVAL;
	}
	sweep->trial[sweep->n++].value = value;
	return 0;
}

static int read_value(const struct sweep *sweep, const char *text, int64_t *value)
{
	char *end;
	long n;

	if (sweep->key != KEY_MAXRETRY)
		return duration_parse(text, value);
	n = strtol(text, &end, 10);
	*value = n;
	return *end || end == text || n < 1 || n > WINDOW_MAXRETRY ? -EINVAL : 0;
}

static int read_range(struct sweep *sweep, char *text, char *dots, char error[static SWEEP_ERROR])
{
	int64_t from, to;

	if (sweep->key != KEY_MAXRETRY)
		return spec_error(error, "is a range: list durations one by one, \"10m,1h,1d\"",
				  text);
	*dots = '\0';
	if (read_value(sweep, text, &from) < 0 || read_value(sweep, dots + 2, &to) < 0 ||
	    from > to) {
		*dots = '.';
		return spec_error(error, "is not a range of numbers from 1 up, like \"1..20\"",
				  text);
	}
	for (; from <= to; from++)
		if (add_value(sweep, from, error) < 0)
			return -EINVAL;
	return 0;
}

static int value_error(const struct sweep *sweep, const char *text, char error[static SWEEP_ERROR])
{
	char problem[64];

	if (sweep->key != KEY_MAXRETRY)
		return spec_error(error, "is not a duration like \"10m\"", text);
	snprintf(problem, sizeof(problem), "is not a number from 1 to %d", WINDOW_MAXRETRY);
	return spec_error(error, problem, text);
}

static int read_values(struct sweep *sweep, char *text, char error[static SWEEP_ERROR])
{
	char *dots = strstr(text, ".."), *rest = text, *word;

	if (dots)
		return read_range(sweep, text, dots, error);
	while ((word = strsep(&rest, ",")) != NULL) {
		int64_t value;

		if (read_value(sweep, word, &value) < 0)
			return value_error(sweep, word, error);
		if (add_value(sweep, value, error) < 0)
			return -EINVAL;
	}
	return 0;
}

static int read_spec(struct sweep *sweep, const char *spec, char error[static SWEEP_ERROR])
{
	const char *equals = strchr(spec, '='), *dot = equals;
	char *values;
	int r;

	while (dot && dot > spec && *dot != '.')
		dot--;
	if (!dot || dot == spec)
		return spec_error(error, "should be like \"mx.maxretry=1..20\"", spec);
	r = find_jail(sweep, spec, (size_t)(dot - spec), error);
	if (r == 0)
		r = find_key(sweep, dot + 1, (size_t)(equals - dot - 1), error);
	if (r < 0)
		return r;
	values = strdup(equals + 1);
	if (!values)
		return -ENOMEM;
	r = read_values(sweep, values, error);
	free(values);
	return r;
}

static void set_value(struct trial *trial, enum sweep_key key)
{
	switch (key) {
	case KEY_MAXRETRY:
		trial->jail.rule.maxretry = (uint32_t)trial->value;
		break;
	case KEY_FINDTIME:
		trial->jail.rule.findtime = trial->value;
		break;
	case KEY_BANTIME:
		trial->jail.bantime = trial->value;
		break;
	}
}

static int trial_start(const struct sweep *sweep, struct trial *trial)
{
	struct engine_options options = {
		.filters = sweep->config->filters,
		.hosts = (const char *const *)sweep->config->ignorehost,
		.spare = config_spare(sweep->config),
		.fuse = config_fuse(sweep->config),
		.ignore = sweep->config->ignore,
		.jails = &trial->jail,
		.jails_n = 1,
		.memory = sweep->config->table_memory,
		.until = INT64_MAX,
		.events = { .context = trial,
			    .hit = on_hit,
			    .accepted = on_accepted,
			    .ban = on_ban },
	};
	int r;

	if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		return -EIO;
	trial->jail = *sweep->jail;
	set_value(trial, sweep->key);
	r = engine_new(&trial->engine, &options);
	if (r == 0)
		r = client_stats_new(&trial->stats, filters_rules(sweep->config->filters), 1,
				     &options.seed);
	return r;
}

int sweep_new(struct sweep **out, const struct config *config, const char *spec,
	      char error[static SWEEP_ERROR])
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));
	int r;

	*error = '\0';
	if (!sweep)
		return -ENOMEM;
	sweep->config = config;
	r = read_spec(sweep, spec, error);
	for (size_t i = 0; r == 0 && i < sweep->n; i++) {
		r = trial_start(sweep, &sweep->trial[i]);
		if (r == -EINVAL)
			snprintf(
				error, SWEEP_ERROR,
				"--sweep: table_memory is too small for such a maxretry: raise it");
	}
	if (r < 0)
		sweep_free(sweep);
	else
		*out = sweep;
	return r;
}

void sweep_free(struct sweep *sweep)
{
	if (!sweep)
		return;
	for (size_t i = 0; i < sweep->n; i++) {
		engine_free(sweep->trial[i].engine);
		client_stats_free(sweep->trial[i].stats);
	}
	free(sweep->jail);
	free(sweep);
}

void sweep_hit(struct sweep *sweep, const struct hit *hit)
{
	if (hit->offence != OFFENCE_MESSAGE && !jail_guards(sweep->jail, hit->offence))
		return;
	for (size_t i = 0; i < sweep->n; i++)
		engine_hit(sweep->trial[i].engine, hit);
}

static void value_text(const struct sweep *sweep, int64_t value, char buf[static DURATION_TEXT])
{
	if (sweep->key == KEY_MAXRETRY)
		snprintf(buf, DURATION_TEXT, "%lld", (long long)value);
	else
		duration_format(value, buf);
}

static void print_trial_json(const struct sweep *sweep, const struct trial *trial)
{
	struct engine_counts counts = engine_counts(trial->engine);
	struct client_stats_cost cost = client_stats_cost(trial->stats);
	json_t *object = json_object();

	json_object_set_new(object, "event", json_string("sweep"));
	json_object_set_new(object, "jail", json_string(sweep->jail->name));
	json_object_set_new(object, "key", json_string(key_names[sweep->key]));
	json_object_set_new(object, "value",
			    sweep->key == KEY_MAXRETRY
				    ? json_integer(trial->value)
				    : json_real((double)trial->value / (double)UNITS_SECOND));
	json_object_set_new(object, "hits", json_integer((json_int_t)counts.hits));
	json_object_set_new(object, "stopped", json_integer((json_int_t)counts.stopped));
	json_object_set_new(object, "bans", json_integer((json_int_t)counts.bans));
	json_object_set_new(object, "clients",
			    json_integer((json_int_t)client_stats_banned_clients(trial->stats)));
	json_object_set_new(object, "relays", json_integer((json_int_t)cost.relays));
	json_object_set_new(object, "delayed", json_integer((json_int_t)cost.delayed));
	json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(object);
}

static void print_trial(const struct sweep *sweep, const struct trial *trial)
{
	struct engine_counts counts = engine_counts(trial->engine);
	struct client_stats_cost cost = client_stats_cost(trial->stats);
	double stopped = counts.hits ? 100.0 * (double)counts.stopped / (double)counts.hits : 0;
	char value[DURATION_TEXT];

	value_text(sweep, trial->value, value);
	printf("%c %9s %10llu %10llu %12llu %5.1f%% %12llu %9llu\n",
	       trial->value == sweep->configured ? '>' : ' ', value,
	       (unsigned long long)counts.bans,
	       (unsigned long long)client_stats_banned_clients(trial->stats),
	       (unsigned long long)counts.stopped, stopped, (unsigned long long)cost.relays,
	       (unsigned long long)cost.delayed);
}

void sweep_print(const struct sweep *sweep, bool json)
{
	if (!json)
		printf("Jail %s by %s; > marks the configured value.\n\n"
		       "                          clients         hits      clients that     mails\n"
		       "  %9s       bans     banned      stopped         delivered   delayed\n",
		       sweep->jail->name, key_names[sweep->key], key_names[sweep->key]);
	for (size_t i = 0; i < sweep->n; i++) {
		if (json)
			print_trial_json(sweep, &sweep->trial[i]);
		else
			print_trial(sweep, &sweep->trial[i]);
	}
}
