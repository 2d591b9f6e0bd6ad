/* SPDX-License-Identifier: MIT */
#include "confread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conffair.h"
#include "confkey.h"
#include "engine/engine.h"
#include "engine/window.h"
#include "util/units.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MINUTE (60 * UNITS_SECOND)

/* Whoever means to ban more than a registry's largest block does it in the firewall; 0 would ban everybody at the first hit. */
enum { WIDEST4 = 8, WIDEST6 = 16 };

static void read_cut(config_setting_t *setting, void *into, struct problems *problems)
{
	static const char *const words[] = { "no", "socket", "signal" };
	int i = confkey_word(setting, config_setting_get_string(setting), words, COUNT(words),
			     "cut", problems);

	if (i >= 0)
		((struct jail_conf *)into)->cut = (enum cut)i;
}

static const char *const type_names[] = { "xt_recent", "nft", "print" };

const char *blocker_type_name(enum blocker_type type)
{
	return type_names[type];
}

static void read_type(config_setting_t *setting, void *into, struct problems *problems)
{
	int i = confkey_word(setting, config_setting_get_string(setting), type_names,
			     COUNT(type_names), "type", problems);

	if (i >= 0)
		((struct blocker_conf *)into)->type = (enum blocker_type)i;
}

static void read_port(config_setting_t *setting, void *into, struct problems *problems)
{
	struct blocker_conf *blocker = into;
	int port = config_setting_get_int(setting);

	if (config_setting_type(setting) != CONFIG_TYPE_INT || port < 1 || port > 65535)
		problem(problems, confkey_file(setting), confkey_line(setting),
			"a port must be a number from 1 to 65535");
	else if (blocker->ports_n == CONFIG_PORTS)
		problem(problems, confkey_file(setting), confkey_line(setting),
			"a blocker has at most %d ports: make a second one", CONFIG_PORTS);
	else
		blocker->ports[blocker->ports_n++] = (uint16_t)port;
}

static void read_ports(config_setting_t *setting, void *into, struct problems *problems)
{
	confkey_each(setting, "ports, or [ 25, 587 ]", into, problems, read_port);
}

static void read_offence(config_setting_t *setting, void *into, struct problems *problems)
{
	const char *text = config_setting_get_string(setting);
	enum offence offence;

	if (!text || offence_parse(text, &offence) < 0)
		problem(problems, confkey_file(setting), confkey_line(setting),
			"\"%s\" is no offence: it is one of " OFFENCE_NAMES, text ? text : "this");
	else
		((struct jail_conf *)into)->offences |= 1U << offence;
}

static void read_offences(config_setting_t *setting, void *into, struct problems *problems)
{
	confkey_each(setting, "offences, or [ \"dnsbl\", \"relay\" ]", into, problems,
		     read_offence);
}

static const struct confkey blocker_keys[] = {
	{ "name", CONFKEY_STRING, offsetof(struct blocker_conf, name), 0, 0, NULL },
	{ "type", CONFKEY_CUSTOM, 0, 0, 0, read_type },
	{ "list", CONFKEY_STRING, offsetof(struct blocker_conf, list), 0, 0, NULL },
	{ "list6", CONFKEY_STRING, offsetof(struct blocker_conf, list6), 0, 0, NULL },
	{ "ports", CONFKEY_CUSTOM, 0, 0, 0, read_ports },
	{ "seconds", CONFKEY_DURATION, offsetof(struct blocker_conf, seconds), 0, 0, NULL },
	{ "prefix4", CONFKEY_INT, offsetof(struct blocker_conf, prefix4), WIDEST4, 32, NULL },
	{ "prefix6", CONFKEY_INT, offsetof(struct blocker_conf, prefix6), WIDEST6, 128, NULL },
	{ "chains", CONFKEY_STRINGS, offsetof(struct blocker_conf, chains), 0, 0, NULL },
	{ "update", CONFKEY_BOOL, offsetof(struct blocker_conf, update), 0, 0, NULL },
};

static const struct confkey jail_keys[] = {
	{ "name", CONFKEY_STRING, offsetof(struct jail_conf, name), 0, 0, NULL },
	{ "offences", CONFKEY_CUSTOM, 0, 0, 0, read_offences },
	{ "maxretry", CONFKEY_INT, offsetof(struct jail_conf, maxretry), 1, WINDOW_MAXRETRY, NULL },
	{ "findtime", CONFKEY_DURATION, offsetof(struct jail_conf, findtime), 0, 0, NULL },
	{ "bantime", CONFKEY_DURATION, offsetof(struct jail_conf, bantime), 0, 0, NULL },
	{ "blocker", CONFKEY_STRING, offsetof(struct jail_conf, blocker), 0, 0, NULL },
	{ "cut", CONFKEY_CUSTOM, 0, 0, 0, read_cut },
	{ "enabled", CONFKEY_BOOL, offsetof(struct jail_conf, enabled), 0, 0, NULL },
	{ "prefix4", CONFKEY_INT, offsetof(struct jail_conf, prefix4), WIDEST4, 32, NULL },
	{ "prefix6", CONFKEY_INT, offsetof(struct jail_conf, prefix6), WIDEST6, 128, NULL },
	{ "spare", CONFKEY_CUSTOM, 0, 0, 0, conffair_jail_spare },
	{ "distinct", CONFKEY_CUSTOM, 0, 0, 0, conffair_distinct },
	{ "bantime_factor", CONFKEY_INT, offsetof(struct jail_conf, bantime_factor), 1, 100, NULL },
	{ "bantime_max", CONFKEY_DURATION, offsetof(struct jail_conf, bantime_max), 0, 0, NULL },
	{ "bantime_decay", CONFKEY_DURATION, offsetof(struct jail_conf, bantime_decay), 0, 0,
	  NULL },
	{ "when", CONFKEY_CUSTOM, 0, 0, 0, conffair_when },
	{ "busy", CONFKEY_INT, offsetof(struct jail_conf, busy), 1, 100, NULL },
	{ "calm", CONFKEY_INT, offsetof(struct jail_conf, calm), 0, 100, NULL },
	{ "sessions", CONFKEY_INT, offsetof(struct jail_conf, sessions), 1, 1000000, NULL },
};

static const struct confkey source_keys[] = {
	{ "file", CONFKEY_STRING, offsetof(struct source_conf, file), 0, 0, NULL },
	{ "journal", CONFKEY_STRINGS, offsetof(struct source_conf, journal), 0, 0, NULL },
};

/* Room for one more at the end of an array; NULL without memory. */
static void *grow(void *array, size_t n, size_t size, struct problems *problems)
{
	void *grown = reallocarray(array, n + 1, size);

	if (!grown)
		problems_no_memory(problems);
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

static void read_source(config_setting_t *setting, void *into, struct problems *problems)
{
	struct source_conf source = { .line = confkey_line(setting) };
	struct config *config = into;
	void *grown;

	confkey_read(setting, source_keys, COUNT(source_keys), &source, "a source", problems);
	if (!source.file == !source.journal)
		problem(problems, confkey_file(setting), source.line,
			"a source has either file = \"/path\" or journal = [ \"unit\" ]");
	else if (is_there(config, &source))
		problem(problems, confkey_file(setting), source.line,
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

static void read_sources(config_setting_t *setting, void *into, struct problems *problems)
{
	const char *text = config_setting_get_string(setting);

	if (text && strcmp(text, "auto") == 0)
		return;
	confkey_each(setting, "sources, or \"auto\"", into, problems, read_source);
}

static void read_ignored(config_setting_t *setting, void *into, struct problems *problems)
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
		problem(problems, confkey_file(setting), confkey_line(setting),
			"\"%s\" has host bits behind the prefix: write \"%s\" for the network, or the "
			"address alone",
			text, prefix_format(&grown[config->ignored_n], right));
	else if (r < 0)
		problem(problems, confkey_file(setting), confkey_line(setting),
			"\"%s\" is no address or prefix: write \"192.0.2.7\", \"192.0.2.0/24\" or "
			"\"2001:db8::/32\" (names are not looked up)",
			text ? text : "this");
	else
		config->ignored_n++;
}

static void read_ignoreip(config_setting_t *setting, void *into, struct problems *problems)
{
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		read_ignored(setting, into, problems);
	else
		confkey_each(setting, "addresses, or [ \"192.0.2.0/24\" ]", into, problems,
			     read_ignored);
}

static void duplicate(const config_setting_t *setting, const char *what, const char *name,
		      unsigned first, struct problems *problems)
{
	problem(problems, confkey_file(setting), confkey_line(setting),
		"a %s named \"%s\" is there already, in line %u: give this one another name", what,
		name, first);
}

static void read_blocker(config_setting_t *setting, void *into, struct problems *problems)
{
	struct config *config = into;
	struct blocker_conf *grown =
		grow(config->blockers, config->blockers_n, sizeof(*grown), problems);
	struct blocker_conf *blocker;

	if (!grown)
		return;
	config->blockers = grown;
	blocker = &grown[config->blockers_n];
	*blocker = (struct blocker_conf){
		.seconds = 10 * MINUTE, .prefix4 = 32, .prefix6 = 64, .line = confkey_line(setting)
	};
	confkey_read(setting, blocker_keys, COUNT(blocker_keys), blocker, "a blocker", problems);
	if (!blocker->name)
		problem(problems, confkey_file(setting), blocker->line,
			"the blocker has no \"name\"");
	for (size_t i = 0; blocker->name && i < config->blockers_n; i++)
		if (grown[i].name && strcmp(grown[i].name, blocker->name) == 0)
			duplicate(setting, "blocker", blocker->name, grown[i].line, problems);
	if (blocker->ports_n == 0)
		blocker->ports[blocker->ports_n++] = 25;
	if (!blocker->list && blocker->name)
		blocker->list = confkey_dup(blocker->name, problems);
	if (!blocker->list6 && blocker->list && asprintf(&blocker->list6, "%s6", blocker->list) < 0)
		blocker->list6 = NULL;
	if (blocker->list && !blocker->list6)
		problems_no_memory(problems);
	config->blockers_n++;
}

static void read_jail(config_setting_t *setting, void *into, struct problems *problems)
{
	struct config *config = into;
	struct jail_conf jail = { .maxretry = 5,
				  .findtime = 10 * MINUTE,
				  .bantime = 10 * MINUTE,
				  .prefix4 = -1,
				  .prefix6 = -1,
				  .enabled = true,
				  .line = confkey_line(setting) };
	struct jail_conf *grown = grow(config->jails, config->jails_n, sizeof(jail), problems);

	if (!grown)
		return;
	config->jails = grown;
	conffair_jail_defaults(&jail);
	confkey_read(setting, jail_keys, COUNT(jail_keys), &jail, "a jail", problems);
	if (!jail.name)
		problem(problems, confkey_file(setting), jail.line, "the jail has no \"name\"");
	for (size_t i = 0; jail.name && i < config->jails_n; i++)
		if (grown[i].name && strcmp(grown[i].name, jail.name) == 0)
			duplicate(setting, "jail", jail.name, grown[i].line, problems);
	grown[config->jails_n++] = jail;
}

static void read_blockers(config_setting_t *setting, void *into, struct problems *problems)
{
	confkey_each(setting, "blockers", into, problems, read_blocker);
}

static void read_jails(config_setting_t *setting, void *into, struct problems *problems)
{
	confkey_each(setting, "jails", into, problems, read_jail);
}

static const struct confkey cut_process_keys[] = {
	{ "name", CONFKEY_STRING, offsetof(struct cut_process_conf, name), 0, 0, NULL },
	{ "holder", CONFKEY_STRING, offsetof(struct cut_process_conf, holder), 0, 0, NULL },
	{ "parent", CONFKEY_STRING, offsetof(struct cut_process_conf, parent), 0, 0, NULL },
	{ "depth", CONFKEY_INT, offsetof(struct cut_process_conf, depth), 0, 8, NULL },
	{ "even_smtpd", CONFKEY_BOOL, offsetof(struct cut_process_conf, even_smtpd), 0, 0, NULL },
};

static void read_cut_process(config_setting_t *setting, void *into, struct problems *problems)
{
	struct cut_process_conf *conf = &((struct config *)into)->cut_process;

	conf->line = confkey_line(setting);
	confkey_read(setting, cut_process_keys, COUNT(cut_process_keys), conf, "cut_process",
		     problems);
}

static const struct confkey config_keys[] = {
	{ "dry_run", CONFKEY_BOOL, offsetof(struct config, dry_run), 0, 0, NULL },
	{ "sources", CONFKEY_CUSTOM, 0, 0, 0, read_sources },
	{ "filters", CONFKEY_STRINGS, offsetof(struct config, filter_names), 0, 0, NULL },
	{ "ignoreip", CONFKEY_CUSTOM, 0, 0, 0, read_ignoreip },
	{ "ignorehost", CONFKEY_STRINGS, offsetof(struct config, ignorehost), 0, 0, NULL },
	{ "spare", CONFKEY_CUSTOM, 0, 0, 0, conffair_spare },
	{ "fuse", CONFKEY_CUSTOM, 0, 0, 0, conffair_fuse },
	{ "blockers", CONFKEY_CUSTOM, 0, 0, 0, read_blockers },
	{ "jails", CONFKEY_CUSTOM, 0, 0, 0, read_jails },
	{ "table_memory", CONFKEY_SIZE, offsetof(struct config, table_memory), ENGINE_LEAST_MEMORY,
	  INT64_C(64) << 30, NULL },
	{ "cut_after", CONFKEY_DURATION, offsetof(struct config, cut_after), 0, 0, NULL },
	{ "cut_process", CONFKEY_CUSTOM, 0, 0, 0, read_cut_process },
	{ "log_tz", CONFKEY_STRING, offsetof(struct config, log_tz), 0, 0, NULL },
	{ "state_dir", CONFKEY_STRING, offsetof(struct config, state_dir), 0, 0, NULL },
	{ "runtime_dir", CONFKEY_STRING, offsetof(struct config, runtime_dir), 0, 0, NULL },
};

void confread(struct config *config, config_setting_t *root, struct problems *problems)
{
	confkey_read(root, config_keys, COUNT(config_keys), config, "the configuration", problems);
}
