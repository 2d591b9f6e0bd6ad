/* SPDX-License-Identifier: MIT */
#include "config_fairness.h"

#include <string.h>

#include "config_key.h"
#include "engine/ignore_host.h"
#include "util/array.h"
#include "util/units.h"

enum {
	SMTP = 25,
	DISTINCT_MOST = 1000, /* values that are looked through at each hit */
	FACTOR_MOST = 1000,
	SESSIONS_MOST = 1000000,
};

static const struct config_key spare_keys[] = {
	{ "delivered", CONFIG_KEY_INT, offsetof(struct spare_conf, delivered), 1, SPARE_MOST,
	  NULL },
	{ "within", CONFIG_KEY_DURATION, offsetof(struct spare_conf, within), 0, 0, NULL },
	{ "factor", CONFIG_KEY_INT, offsetof(struct spare_conf, factor), 1, FACTOR_MOST, NULL },
};

static const struct config_key fuse_keys[] = {
	{ "spared", CONFIG_KEY_INT, offsetof(struct fuse_conf, spared), 0, FUSE_CLIENTS, NULL },
	{ "share", CONFIG_KEY_INT, offsetof(struct fuse_conf, share), 0, 100, NULL },
	{ "rate", CONFIG_KEY_INT, offsetof(struct fuse_conf, rate), 0, 1000000, NULL },
	{ "least", CONFIG_KEY_INT, offsetof(struct fuse_conf, least), 1, 1000000, NULL },
	{ "within", CONFIG_KEY_DURATION, offsetof(struct fuse_conf, within), 0, 0, NULL },
};

void config_fairness_defaults(struct config *config)
{
	config->spare = (struct spare_conf){
		.on = true, .delivered = 3, .within = 7 * UNITS_DAY, .factor = 10
	};
	config->fuse = (struct fuse_conf){
		.on = true, .spared = 3, .share = 10, .least = 20, .within = UNITS_HOUR
	};
}

void config_fairness_jail_defaults(struct jail_conf *jail)
{
	jail->spare = SPARE_AUTO;
	jail->bantime_factor = 1;
	jail->bantime_max = 7 * UNITS_DAY;
	jail->bantime_decay = 7 * UNITS_DAY;
	jail->busy = 60;
	jail->calm = 50;
	jail->sessions = 0;
}

/* `false` turns a group off. Returns true when there is a group to read. */
static bool is_on(config_setting_t *setting, bool *on)
{
	*on = true;
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
		return true;
	*on = config_setting_get_bool(setting) != 0;
	return false;
}

static void check_span(const config_setting_t *setting, int64_t within,
		       struct diagnostics *problems)
{
	if (within < UNITS_SECOND)
		diagnostics_error(problems, config_key_file(setting), config_key_line(setting),
				  "\"within\" must be at least \"1s\"");
}

void config_fairness_spare(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	struct spare_conf *spare = &((struct config *)into)->spare;

	if (!is_on(setting, &spare->on))
		return;
	config_key_read(setting, spare_keys, ARRAY_SIZE(spare_keys), spare, "spare", problems);
	check_span(setting, spare->within, problems);
}

void config_fairness_fuse(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	struct fuse_conf *fuse = &((struct config *)into)->fuse;

	if (!is_on(setting, &fuse->on))
		return;
	config_key_read(setting, fuse_keys, ARRAY_SIZE(fuse_keys), fuse, "fuse", problems);
	check_span(setting, fuse->within, problems);
}

void config_fairness_jail_spare(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
		diagnostics_error(
			problems, config_key_file(setting), config_key_line(setting),
			"a jail's \"spare\" must be true or false; how many mails is said once, "
			"outside of the jails");
	else
		((struct jail_conf *)into)->spare = config_setting_get_bool(setting) ? SPARE_YES
										     : SPARE_NO;
}

void config_fairness_distinct(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	static const char *const words[] = { "no", "user", "recipient" };
	int i = config_key_word(setting, config_setting_get_string(setting), words,
				ARRAY_SIZE(words), "distinct", problems);

	if (i >= 0)
		((struct jail_conf *)into)->distinct = (enum distinct)i;
}

void config_fairness_when(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	static const char *const words[] = { "always", "busy" };
	int i = config_key_word(setting, config_setting_get_string(setting), words,
				ARRAY_SIZE(words), "when", problems);

	if (i >= 0)
		((struct jail_conf *)into)->when_busy = i == 1;
}

void config_fairness_check(struct config *config, struct diagnostics *problems)
{
	for (char **host = config->ignorehost; host && *host; host++)
		if (!ignore_host_valid(*host))
			diagnostics_error(
				problems, config->path, 0,
				"ignorehost: \"%s\" is no name of a host: write \".example.com\" for "
				"a domain and all below it, or \"mail.example.com\"",
				*host);
}

static bool guards_mail(const struct config *config, const struct jail_conf *jail)
{
	const struct blocker_conf *blocker = &config->blockers[jail->blocker_index];

	/* to limit those who deliver is what such a jail is for */
	if (jail->offences >> OFFENCE_MESSAGE & 1)
		return false;
	for (size_t i = 0; i < blocker->ports_n; i++)
		if (blocker->ports[i] == SMTP)
			return true;
	return false;
}

static bool any_names(const struct config *config, const struct jail_conf *jail)
{
	enum group group = jail->distinct == DISTINCT_USER ? GROUP_USER : GROUP_RECIPIENT;

	for (size_t i = 0; i < filters_rules(config->filters); i++) {
		const struct rule *rule = filters_rule(config->filters, i);

		if (jail->offences >> rule->offence & 1 && pattern_has(rule->pattern, group))
			return true;
	}
	return false;
}

static void check_distinct(const struct config *config, const struct jail_conf *jail,
			   struct diagnostics *problems)
{
	if (jail->distinct == DISTINCT_NO)
		return;
	if (jail->maxretry < 2 || jail->maxretry > DISTINCT_MOST)
		diagnostics_error(
			problems, config->path, jail->line,
			"the jail \"%s\" counts different values: its maxretry must be from 2 to %d",
			jail->name, DISTINCT_MOST);
	if (jail->enabled && !any_names(config, jail))
		diagnostics_error(
			problems, config->path, jail->line,
			"the jail \"%s\" counts different values, but no rule of its offences captures "
			"one",
			jail->name);
}

static void check_growth(const struct config *config, const struct jail_conf *jail,
			 struct diagnostics *problems)
{
	if (jail->bantime_factor > 1 && jail->bantime_max < jail->bantime)
		diagnostics_error(problems, config->path, jail->line,
				  "the jail \"%s\" has a bantime_max below its bantime",
				  jail->name);
}

void config_fairness_check_jail(const struct config *config, struct jail_conf *jail,
				struct diagnostics *problems)
{
	if (jail->spare == SPARE_AUTO)
		jail->spare = jail->blocker && guards_mail(config, jail) ? SPARE_YES : SPARE_NO;
	if (!config->spare.on)
		jail->spare = SPARE_NO;
	check_distinct(config, jail, problems);
	check_growth(config, jail, problems);
	if (jail->calm > jail->busy)
		diagnostics_error(
			problems, config->path, jail->line,
			"the jail \"%s\" would stop acting at \"calm\" = %lld per cent, above \"busy\" = "
			"%lld",
			jail->name, (long long)jail->calm, (long long)jail->busy);
}
