/* SPDX-License-Identifier: MIT */
#include "config_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_fairness.h"
#include "config_key.h"
#include "engine/engine.h"
#include "engine/window.h"
#include "util/array.h"
#include "util/units.h"

/*
 * Prefixes wider than the largest block that a registry assigns are left to the firewall; 0 would
 * ban all clients at the first hit.
 */
enum { WIDEST4 = 8, WIDEST6 = 16 };

static void read_cut(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	static const char *const words[] = { "no", "socket", "signal" };
	int i = config_key_word(setting, config_setting_get_string(setting), words,
				ARRAY_SIZE(words), "cut", problems);

	if (i >= 0)
		((struct jail_conf *)into)->cut = (enum cut)i;
}

static void read_matcher(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	static const char *const words[] = { "relaydam", "pcre2" };
	int i = config_key_word(setting, config_setting_get_string(setting), words,
				ARRAY_SIZE(words), "matcher", problems);

	if (i >= 0)
		((struct config *)into)->matcher = (enum matcher)i;
}

static const char *const type_names[] = { "xt_recent", "nft", "print" };

const char *blocker_type_name(enum blocker_type type)
{
	return type_names[type];
}

static void read_type(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	int i = config_key_word(setting, config_setting_get_string(setting), type_names,
				ARRAY_SIZE(type_names), "type", problems);

	if (i >= 0)
		((struct blocker_conf *)into)->type = (enum blocker_type)i;
}

static void read_port(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	struct blocker_conf *blocker = into;
	int port = config_setting_get_int(setting);

	if (config_setting_type(setting) != CONFIG_TYPE_INT || port < 1 || port > 65535)
		diagnostics_error(problems, config_key_file(setting), config_key_line(setting),
				  "a port must be a number from 1 to 65535");
	else if (blocker->ports_n == CONFIG_PORTS)
		diagnostics_error(problems, config_key_file(setting), config_key_line(setting),
				  "a blocker has at most %d ports: make a second one",
				  CONFIG_PORTS);
	else
		blocker->ports[blocker->ports_n++] = (uint16_t)port;
}

static void read_ports(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	config_key_each(setting, "ports, or [ 25, 587 ]", into, problems, read_port);
}

static void read_offence(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	const char *text = config_setting_get_string(setting);
	enum offence offence;

	if (!text || offence_parse(text, &offence) < 0)
		diagnostics_error(problems, config_key_file(setting), config_key_line(setting),
				  "\"%s\" is no offence: it is one of " OFFENCE_NAMES,
				  text ? text : "this");
	else
		((struct jail_conf *)into)->offences |= 1U << offence;
}

static void read_offences(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	config_key_each(setting, "offences, or [ \"dnsbl\", \"relay\" ]", into, problems,
			read_offence);
}

static const struct config_key blocker_keys[] = {
	{ "name", CONFIG_KEY_STRING, offsetof(struct blocker_conf, name), 0, 0, NULL },
	{ "type", CONFIG_KEY_CUSTOM, 0, 0, 0, read_type },
	{ "list", CONFIG_KEY_STRING, offsetof(struct blocker_conf, list), 0, 0, NULL },
	{ "list6", CONFIG_KEY_STRING, offsetof(struct blocker_conf, list6), 0, 0, NULL },
	{ "ports", CONFIG_KEY_CUSTOM, 0, 0, 0, read_ports },
	{ "seconds", CONFIG_KEY_DURATION, offsetof(struct blocker_conf, seconds), 0, 0, NULL },
	{ "prefix4", CONFIG_KEY_INT, offsetof(struct blocker_conf, prefix4), WIDEST4, 32, NULL },
	{ "prefix6", CONFIG_KEY_INT, offsetof(struct blocker_conf, prefix6), WIDEST6, 128, NULL },
	{ "chains", CONFIG_KEY_STRINGS, offsetof(struct blocker_conf, chains), 0, 0, NULL },
	{ "update", CONFIG_KEY_BOOL, offsetof(struct blocker_conf, update), 0, 0, NULL },
};

static const struct config_key jail_keys[] = {
	{ "name", CONFIG_KEY_STRING, offsetof(struct jail_conf, name), 0, 0, NULL },
	{ "offences", CONFIG_KEY_CUSTOM, 0, 0, 0, read_offences },
	{ "maxretry", CONFIG_KEY_INT, offsetof(struct jail_conf, maxretry), 1, WINDOW_MAXRETRY,
	  NULL },
	{ "findtime", CONFIG_KEY_DURATION, offsetof(struct jail_conf, findtime), 0, 0, NULL },
	{ "bantime", CONFIG_KEY_DURATION, offsetof(struct jail_conf, bantime), 0, 0, NULL },
	{ "blocker", CONFIG_KEY_STRING, offsetof(struct jail_conf, blocker), 0, 0, NULL },
	{ "cut", CONFIG_KEY_CUSTOM, 0, 0, 0, read_cut },
	{ "enabled", CONFIG_KEY_BOOL, offsetof(struct jail_conf, enabled), 0, 0, NULL },
	{ "prefix4", CONFIG_KEY_INT, offsetof(struct jail_conf, prefix4), WIDEST4, 32, NULL },
	{ "prefix6", CONFIG_KEY_INT, offsetof(struct jail_conf, prefix6), WIDEST6, 128, NULL },
	{ "spare", CONFIG_KEY_CUSTOM, 0, 0, 0, config_fairness_jail_spare },
	{ "distinct", CONFIG_KEY_CUSTOM, 0, 0, 0, config_fairness_distinct },
	{ "bantime_factor", CONFIG_KEY_INT, offsetof(struct jail_conf, bantime_factor), 1, 100,
	  NULL },
	{ "bantime_max", CONFIG_KEY_DURATION, offsetof(struct jail_conf, bantime_max), 0, 0, NULL },
	{ "bantime_decay", CONFIG_KEY_DURATION, offsetof(struct jail_conf, bantime_decay), 0, 0,
	  NULL },
	{ "when", CONFIG_KEY_CUSTOM, 0, 0, 0, config_fairness_when },
	{ "busy", CONFIG_KEY_INT, offsetof(struct jail_conf, busy), 1, 100, NULL },
	{ "calm", CONFIG_KEY_INT, offsetof(struct jail_conf, calm), 0, 100, NULL },
	{ "sessions", CONFIG_KEY_INT, offsetof(struct jail_conf, sessions), 1, 1000000, NULL },
};

static const struct config_key source_keys[] = {
	{ "file", CONFIG_KEY_STRING, offsetof(struct source_conf, file), 0, 0, NULL },
	{ "journal", CONFIG_KEY_STRINGS, offsetof(struct source_conf, journal), 0, 0, NULL },
};

/* Room for one more at the end of an array; NULL without memory. */
static void *grow(void *array, size_t n, size_t size, struct diagnostics *problems)
{
	void *grown = reallocarray(array, n + 1, size);

	if (!grown)
		diagnostics_no_memory(problems);
	return grown;
}

/* Its lines would count twice; and the journal has one place that it is read to. */
static bool is_there(const struct config *config, const struct source_conf *source)
{
	for (size_t i = 0; i < config->sources_n; i++) {
		const struct source_conf *other = &config->sources[i];

		if (source->file && other->file ? strcmp(source->file, other->file) == 0
						: !source->file && !other->file)
			return true;
	}
	return false;
}

static void read_source(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	struct source_conf source = { .line = config_key_line(setting) };
	struct config *config = into;
	void *grown;

	config_key_read(setting, source_keys, ARRAY_SIZE(source_keys), &source, "a source",
			problems);
	if (!source.file == !source.journal)
		diagnostics_error(problems, config_key_file(setting), source.line,
				  "a source has either file = \"/path\" or journal = [ \"unit\" ]");
	else if (is_there(config, &source))
		diagnostics_error(
			problems, config_key_file(setting), source.line,
			source.file ? "the file %s is a source already"
				    : "the journal is a source already%s: name all units there",
			source.file ? source.file : "");
	grown = grow(config->sources, config->sources_n, sizeof(source), problems);
	if (!grown) {
		free(source.file);
		strings_free(source.journal);
		return;
	}
	config->sources = grown;
	config->sources[config->sources_n++] = source;
}

static void read_sources(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	const char *text = config_setting_get_string(setting);

	if (text && strcmp(text, "auto") == 0)
		return;
	config_key_each(setting, "sources, or \"auto\"", into, problems, read_source);
}

static void read_ignored(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	struct config *config = into;
	const char *text = config_setting_get_string(setting);
	struct prefix *grown = grow(config->ignored, config->ignored_n, sizeof(*grown), problems);
	char right[PREFIX_TEXT];
	int r;

	if (!grown)
		return;
	config->ignored = grown;
	r = text ? prefix_parse(text, strlen(text), &grown[config->ignored_n]) : -EINVAL;
	if (r == PREFIX_HOST_BITS)
		diagnostics_error(
			problems, config_key_file(setting), config_key_line(setting),
			"\"%s\" has host bits behind the prefix: write \"%s\" for the network, or the "
			"address alone",
			text, prefix_format(&grown[config->ignored_n], right));
	else if (r < 0)
		diagnostics_error(
			problems, config_key_file(setting), config_key_line(setting),
			"\"%s\" is no address or prefix: write \"192.0.2.7\", \"192.0.2.0/24\" or "
			"\"2001:db8::/32\" (names are not looked up)",
			text ? text : "this");
	else
		config->ignored_n++;
}

static void read_ignoreip(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		read_ignored(setting, into, problems);
	else
		config_key_each(setting, "addresses, or [ \"192.0.2.0/24\" ]", into, problems,
				read_ignored);
}

static void duplicate(const config_setting_t *setting, const char *what, const char *name,
		      unsigned first, struct diagnostics *problems)
{
	diagnostics_error(
		problems, config_key_file(setting), config_key_line(setting),
		"a %s named \"%s\" is there already, in line %u: give this one another name", what,
		name, first);
}

static void read_blocker(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	struct config *config = into;
	struct blocker_conf *grown =
		grow(config->blockers, config->blockers_n, sizeof(*grown), problems);
	struct blocker_conf *blocker;

	if (!grown)
		return;
	config->blockers = grown;
	blocker = &grown[config->blockers_n];
	*blocker = (struct blocker_conf){ .seconds = 10 * UNITS_MINUTE,
					  .prefix4 = 32,
					  .prefix6 = 64,
					  .line = config_key_line(setting) };
	config_key_read(setting, blocker_keys, ARRAY_SIZE(blocker_keys), blocker, "a blocker",
			problems);
	if (!blocker->name)
		diagnostics_error(problems, config_key_file(setting), blocker->line,
				  "the blocker has no \"name\"");
	for (size_t i = 0; blocker->name && i < config->blockers_n; i++)
		if (grown[i].name && strcmp(grown[i].name, blocker->name) == 0)
			duplicate(setting, "blocker", blocker->name, grown[i].line, problems);
	if (blocker->ports_n == 0)
		blocker->ports[blocker->ports_n++] = 25;
	if (!blocker->list && blocker->name)
		blocker->list = config_key_dup(blocker->name, problems);
	if (!blocker->list6 && blocker->list && asprintf(&blocker->list6, "%s6", blocker->list) < 0)
		blocker->list6 = NULL;
	if (blocker->list && !blocker->list6)
		diagnostics_no_memory(problems);
	config->blockers_n++;
}

static void read_jail(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	struct config *config = into;
	struct jail_conf jail = { .maxretry = 5,
				  .findtime = 10 * UNITS_MINUTE,
				  .bantime = 10 * UNITS_MINUTE,
				  .prefix4 = -1,
				  .prefix6 = -1,
				  .enabled = true,
				  .line = config_key_line(setting) };
	struct jail_conf *grown = grow(config->jails, config->jails_n, sizeof(jail), problems);

	if (!grown)
		return;
	config->jails = grown;
	config_fairness_jail_defaults(&jail);
	config_key_read(setting, jail_keys, ARRAY_SIZE(jail_keys), &jail, "a jail", problems);
	if (!jail.name)
		diagnostics_error(problems, config_key_file(setting), jail.line,
				  "the jail has no \"name\"");
	for (size_t i = 0; jail.name && i < config->jails_n; i++)
		if (grown[i].name && strcmp(grown[i].name, jail.name) == 0)
			duplicate(setting, "jail", jail.name, grown[i].line, problems);
	grown[config->jails_n++] = jail;
}

static void read_blockers(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	config_key_each(setting, "blockers", into, problems, read_blocker);
}

static void read_jails(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	config_key_each(setting, "jails", into, problems, read_jail);
}

static const struct config_key cut_process_keys[] = {
	{ "name", CONFIG_KEY_STRING, offsetof(struct cut_process_conf, name), 0, 0, NULL },
	{ "holder", CONFIG_KEY_STRING, offsetof(struct cut_process_conf, holder), 0, 0, NULL },
	{ "parent", CONFIG_KEY_STRING, offsetof(struct cut_process_conf, parent), 0, 0, NULL },
	{ "depth", CONFIG_KEY_INT, offsetof(struct cut_process_conf, depth), 0, 8, NULL },
	{ "even_smtpd", CONFIG_KEY_BOOL, offsetof(struct cut_process_conf, even_smtpd), 0, 0,
	  NULL },
};

static void read_cut_process(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	struct cut_process_conf *conf = &((struct config *)into)->cut_process;

	conf->line = config_key_line(setting);
	config_key_read(setting, cut_process_keys, ARRAY_SIZE(cut_process_keys), conf,
			"cut_process", problems);
}

static const struct config_key config_keys[] = {
	{ "dry_run", CONFIG_KEY_BOOL, offsetof(struct config, dry_run), 0, 0, NULL },
	{ "sources", CONFIG_KEY_CUSTOM, 0, 0, 0, read_sources },
	{ "filters", CONFIG_KEY_STRINGS, offsetof(struct config, filter_names), 0, 0, NULL },
	{ "matcher", CONFIG_KEY_CUSTOM, 0, 0, 0, read_matcher },
	{ "ignoreip", CONFIG_KEY_CUSTOM, 0, 0, 0, read_ignoreip },
	{ "ignorehost", CONFIG_KEY_STRINGS, offsetof(struct config, ignorehost), 0, 0, NULL },
	{ "spare", CONFIG_KEY_CUSTOM, 0, 0, 0, config_fairness_spare },
	{ "fuse", CONFIG_KEY_CUSTOM, 0, 0, 0, config_fairness_fuse },
	{ "blockers", CONFIG_KEY_CUSTOM, 0, 0, 0, read_blockers },
	{ "jails", CONFIG_KEY_CUSTOM, 0, 0, 0, read_jails },
	{ "table_memory", CONFIG_KEY_SIZE, offsetof(struct config, table_memory),
	  ENGINE_LEAST_MEMORY, INT64_C(64) << 30, NULL },
	{ "cut_after", CONFIG_KEY_DURATION, offsetof(struct config, cut_after), 0, 0, NULL },
	{ "cut_process", CONFIG_KEY_CUSTOM, 0, 0, 0, read_cut_process },
	{ "log_tz", CONFIG_KEY_STRING, offsetof(struct config, log_tz), 0, 0, NULL },
	{ "state_dir", CONFIG_KEY_STRING, offsetof(struct config, state_dir), 0, 0, NULL },
	{ "runtime_dir", CONFIG_KEY_STRING, offsetof(struct config, runtime_dir), 0, 0, NULL },
};

void config_read_root(struct config *config, config_setting_t *root, struct diagnostics *problems)
{
	config_key_read(root, config_keys, ARRAY_SIZE(config_keys), config, "the configuration",
			problems);
}
