/* SPDX-License-Identifier: MIT */
#include "config_filters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_key.h"
#include "util/array.h"

/* A companion names a rule that may come in a later file: kept until all are read. */
struct companion {
	struct companion *next;
	char *file, *filter, *name;
	uint32_t weak;
	unsigned line;
};

struct config_filters {
	struct config *config;
	struct companion *companions;
	/* of the file being read */
	const char *stem;
	char *name, *host;
	char **programs;
	config_setting_t *rules;
	int64_t cut_at;
};

struct rule_conf {
	char *name, *offence, *match, *visit, *session, *host;
	char **programs, **companion_of;
	bool counted;
	config_setting_t *hits, *misses, *at_match;
	unsigned line;
};

int config_filters_new(struct config_filters **out, struct config *config)
{
	struct config_filters *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return -ENOMEM;
	rules->config = config;
	*out = rules;
	return 0;
}

void config_filters_free(struct config_filters *rules)
{
	if (!rules)
		return;
	while (rules->companions) {
		struct companion *c = rules->companions;

		rules->companions = c->next;
		free(c->file);
		free(c->filter);
		free(c->name);
		free(c);
	}
	free(rules->name);
	free(rules->host);
	strings_free(rules->programs);
	free(rules);
}

static void keep_hits(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	(void)problems;
	((struct rule_conf *)into)->hits = setting;
}

static void keep_misses(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	(void)problems;
	((struct rule_conf *)into)->misses = setting;
}

static void keep_match(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	struct rule_conf *rule = into;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
		diagnostics_error(problems, config_key_file(setting), config_key_line(setting),
				  "\"match\" must be a pattern in quotes, its backslashes doubled");
		return;
	}
	rule->at_match = setting;
	free(rule->match);
	rule->match = config_key_dup(config_setting_get_string(setting), problems);
}

static void keep_rules(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	(void)problems;
	((struct config_filters *)into)->rules = setting;
}

static const struct config_key rule_keys[] = {
	{ "name", CONFIG_KEY_STRING, offsetof(struct rule_conf, name), 0, 0, NULL },
	{ "offence", CONFIG_KEY_STRING, offsetof(struct rule_conf, offence), 0, 0, NULL },
	{ "match", CONFIG_KEY_CUSTOM, 0, 0, 0, keep_match },
	{ "programs", CONFIG_KEY_STRINGS, offsetof(struct rule_conf, programs), 0, 0, NULL },
	{ "companion_of", CONFIG_KEY_STRINGS, offsetof(struct rule_conf, companion_of), 0, 0,
	  NULL },
	{ "visit", CONFIG_KEY_STRING, offsetof(struct rule_conf, visit), 0, 0, NULL },
	{ "session", CONFIG_KEY_STRING, offsetof(struct rule_conf, session), 0, 0, NULL },
	{ "host", CONFIG_KEY_STRING, offsetof(struct rule_conf, host), 0, 0, NULL },
	{ "counted", CONFIG_KEY_BOOL, offsetof(struct rule_conf, counted), 0, 0, NULL },
	{ "hits", CONFIG_KEY_CUSTOM, 0, 0, 0, keep_hits },
	{ "misses", CONFIG_KEY_CUSTOM, 0, 0, 0, keep_misses },
};

static const struct config_key filter_keys[] = {
	{ "name", CONFIG_KEY_STRING, offsetof(struct config_filters, name), 0, 0, NULL },
	{ "programs", CONFIG_KEY_STRINGS, offsetof(struct config_filters, programs), 0, 0, NULL },
	{ "host", CONFIG_KEY_STRING, offsetof(struct config_filters, host), 0, 0, NULL },
	{ "cut_at", CONFIG_KEY_INT, offsetof(struct config_filters, cut_at), 1, 65536, NULL },
	{ "rules", CONFIG_KEY_CUSTOM, 0, 0, 0, keep_rules },
};

static const struct config_key example_keys[] = {
	{ "text", CONFIG_KEY_STRING, offsetof(struct example, text), 0, 0, NULL },
	{ "addr", CONFIG_KEY_STRING, offsetof(struct example, addr), 0, 0, NULL },
	{ "program", CONFIG_KEY_STRING, offsetof(struct example, program), 0, 0, NULL },
	{ "port", CONFIG_KEY_INT, offsetof(struct example, port), 1, 65535, NULL },
	{ "weight", CONFIG_KEY_INT, offsetof(struct example, weight), 1, RECORD_MOST_REPEATS,
	  NULL },
};

/* Every miss is a string or { text, program }; every hit { text, addr, ... }. */
static void add_example(struct config *config, config_setting_t *setting, uint32_t rule,
			bool is_hit, struct diagnostics *problems)
{
	struct example *grown =
		reallocarray(config->examples, config->examples_n + 1, sizeof(*grown));
	struct example *example;

	if (!grown) {
		diagnostics_no_memory(problems);
		return;
	}
	config->examples = grown;
	example = &grown[config->examples_n++];
	*example = (struct example){ .rule = rule,
				     .is_hit = is_hit,
				     .line = config_key_line(setting) };
	example->file = config_key_dup(config_key_file(setting), problems);
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		example->text = config_key_dup(config_setting_get_string(setting), problems);
	else
		config_key_read(setting, example_keys, ARRAY_SIZE(example_keys), example,
				is_hit ? "a hit" : "a miss", problems);
	if (!example->text)
		diagnostics_error(
			problems, config_key_file(setting), example->line,
			"the example has no \"text\": give the message that follows the syslog header");
}

static void add_examples(struct config *config, config_setting_t *list, uint32_t rule, bool is_hit,
			 struct diagnostics *problems)
{
	if (!list)
		return;
	if (!config_setting_is_aggregate(list)) {
		diagnostics_error(problems, config_key_file(list), config_key_line(list),
				  "\"%s\" must be a list in parentheses",
				  config_setting_name(list));
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		add_example(config, config_setting_get_elem(list, (unsigned)i), rule, is_hit,
			    problems);
}

static void add_companions(struct config_filters *rules, const struct rule_conf *conf,
			   uint32_t weak, const config_setting_t *at, struct diagnostics *problems)
{
	for (char **name = conf->companion_of; name && *name; name++) {
		struct companion *c = calloc(1, sizeof(*c));

		if (!c) {
			diagnostics_no_memory(problems);
			return;
		}
		c->next = rules->companions;
		c->file = config_key_dup(config_key_file(at), problems);
		c->filter = config_key_dup(rules->name, problems);
		c->name = config_key_dup(*name, problems);
		c->weak = weak;
		c->line = conf->line;
		rules->companions = c;
	}
}

/* What the rule is for: fills offence, role and visit. Returns false after a problem. */
static bool settle_kind(const struct rule_conf *conf, struct rule_spec *spec,
			const config_setting_t *at, struct diagnostics *problems)
{
	static const char *const roles[] = { "no", "open", "accept", "close", "credit", "pending" };
	static const char *const visits[] = { "process", "client", "port" };
	int role = conf->session ? config_key_word(at, conf->session, roles, ARRAY_SIZE(roles),
						   "session", problems)
				 : 0;
	int visit = conf->visit ? config_key_word(at, conf->visit, visits, ARRAY_SIZE(visits),
						  "visit", problems)
				: 0;

	if (role < 0 || visit < 0)
		return false;
	spec->role = (enum correlation_role)role;
	spec->visit = (enum visit)visit;
	spec->offence = OFFENCE_MESSAGE;
	if ((role == CORRELATION_NO || role == CORRELATION_PENDING) && !conf->offence) {
		diagnostics_error(problems, config_key_file(at), conf->line,
				  "the rule has no \"offence\": say what its line proves");
		return false;
	}
	if (role == CORRELATION_PENDING && conf->companion_of) {
		diagnostics_error(
			problems, config_key_file(at), conf->line,
			"a pending rule names no client, so it can be no companion: take out "
			"\"companion_of\"");
		return false;
	}
	if (conf->offence && offence_parse(conf->offence, &spec->offence) < 0) {
		diagnostics_error(problems, config_key_file(at), conf->line,
				  "\"%s\" is no offence: it is one of " OFFENCE_NAMES,
				  conf->offence);
		return false;
	}
	return true;
}

/* What the server knows of the host name in the line: the rule's word, else its filter's. Returns false after a problem. */
static bool settle_host(const struct config_filters *rules, const struct rule_conf *conf,
			struct rule_spec *spec, const config_setting_t *at,
			struct diagnostics *problems)
{
	static const char *const words[] = { "claimed", "confirmed" };
	const char *word = conf->host ? conf->host : rules->host;
	int i = word ? config_key_word(at, word, words, ARRAY_SIZE(words), "host", problems) : 0;

	spec->confirmed = i == 1;
	return i >= 0;
}

static void needs_groups(const struct rule *rule, const config_setting_t *at, unsigned line,
			 struct diagnostics *problems)
{
	bool session = rule->role != CORRELATION_NO && rule->role != CORRELATION_CREDIT;

	if (session && !pattern_has(rule->pattern, GROUP_QID))
		diagnostics_error(problems, config_key_file(at), line,
				  "the rule \"%s\" follows a queue id but captures none: use <qid>",
				  rule->name);
	if (rule->role != CORRELATION_ACCEPT && rule->role != CORRELATION_CLOSE &&
	    rule->role != CORRELATION_PENDING && !pattern_has(rule->pattern, GROUP_ADDR))
		diagnostics_error(problems, config_key_file(at), line,
				  "the rule \"%s\" captures no address: use <client> or <addr>",
				  rule->name);
}

static void add_rule(struct config_filters *rules, const struct rule_conf *conf,
		     config_setting_t *at, struct diagnostics *problems)
{
	struct config *config = rules->config;
	struct rule_spec spec = { .filter = rules->name, .name = conf->name, .match = conf->match };
	char *error;
	size_t where;
	int r;

	if (!config_key_check_name(config_key_file(at), conf->line, "the rule's name", conf->name,
				   CONFIG_KEY_NAME, problems))
		return;
	if (filters_find(config->filters, rules->name, conf->name)) {
		diagnostics_error(
			problems, config_key_file(at), conf->line,
			"the rule \"%s\" stands twice in this filter: give it another name",
			conf->name);
		return;
	}
	spec.uncounted = !conf->counted;
	spec.line = conf->line;
	spec.cut_at = (uint32_t)rules->cut_at;
	spec.programs = (const char *const *)(conf->programs ? conf->programs : rules->programs);
	if (!settle_kind(conf, &spec, at, problems) ||
	    !settle_host(rules, conf, &spec, at, problems))
		return;
	r = filters_add(config->filters, &spec, &error, &where);
	if (r < 0) {
		diagnostics_error(
			problems, config_key_file(at), config_key_line(conf->at_match),
			"the pattern of \"%s\" does not compile: %s, at byte %zu with the macros written out",
			conf->name, error ? error : "out of memory", where);
		free(error);
		return;
	}
	needs_groups(filters_rule(config->filters, (size_t)r), at, conf->line, problems);
	add_companions(rules, conf, (uint32_t)r, at, problems);
	add_examples(config, conf->hits, (uint32_t)r, true, problems);
	add_examples(config, conf->misses, (uint32_t)r, false, problems);
}

static void read_rule(config_setting_t *setting, void *into, struct diagnostics *problems)
{
	struct rule_conf conf = { .counted = true, .line = config_key_line(setting) };

	config_key_read(setting, rule_keys, ARRAY_SIZE(rule_keys), &conf, "a rule", problems);
	if (!conf.name || !conf.match)
		diagnostics_error(problems, config_key_file(setting), conf.line,
				  "the rule has no \"%s\"", conf.name ? "match" : "name");
	else
		add_rule(into, &conf, setting, problems);
	free(conf.name);
	free(conf.offence);
	free(conf.match);
	free(conf.visit);
	free(conf.session);
	free(conf.host);
	strings_free(conf.programs);
	strings_free(conf.companion_of);
}

static void read_file(struct config_filters *rules, config_setting_t *root, const char *path,
		      struct diagnostics *problems)
{
	size_t errors = diagnostics_errors(problems);

	config_key_read(root, filter_keys, ARRAY_SIZE(filter_keys), rules, "a filter", problems);
	if (diagnostics_errors(problems) > errors)
		return;
	if (!rules->name || strcmp(rules->name, rules->stem) != 0)
		diagnostics_error(problems, path, 0,
				  "\"name\" must be \"%s\", as the file is called", rules->stem);
	else if (!rules->programs || !rules->programs[0])
		diagnostics_error(problems, path, 0,
				  "the filter has no \"programs\": say whose lines it reads");
	else if (!rules->rules || config_setting_length(rules->rules) == 0)
		diagnostics_error(problems, path, 0, "the filter has no \"rules\"");
	else
		config_key_each(rules->rules, "rules", rules, problems, read_rule);
}

void config_filters_read(struct config_filters *rules, const char *path, const char *stem,
			 struct diagnostics *problems)
{
	config_t file;

	free(rules->name);
	free(rules->host);
	strings_free(rules->programs);
	rules->name = rules->host = NULL;
	rules->programs = NULL;
	rules->rules = NULL;
	rules->cut_at = 0;
	rules->stem = stem;
	config_init(&file);
	if (config_parse(&file, path, problems))
		read_file(rules, config_root_setting(&file), path, problems);
	config_destroy(&file);
}

static bool is_enabled(const struct config *config, const char *reference)
{
	size_t n = strcspn(reference, "/");

	if (reference[n] != '/')
		return true;
	for (char **name = config->filter_names; name && *name; name++)
		if (strlen(*name) == n && strncmp(*name, reference, n) == 0)
			return true;
	return false;
}

void config_filters_pair(struct config_filters *rules, struct diagnostics *problems)
{
	struct filters *filters = rules->config->filters;

	for (const struct companion *c = rules->companions; c; c = c->next) {
		const struct rule *strong;

		if (!c->file || !c->filter || !c->name)
			continue; /* an error already */
		strong = filters_find(filters, c->filter, c->name);

		if (strong && strong->role == CORRELATION_PENDING)
			diagnostics_error(
				problems, c->file, c->line,
				"companion_of names \"%s\", a pending rule: it names no client, so "
				"nothing can go with it",
				c->name);
		else if (strong)
			filters_pair(filters, c->weak, strong->index);
		else if (c->name && is_enabled(rules->config, c->name))
			diagnostics_error(
				problems, c->file, c->line,
				"companion_of names \"%s\", which is no rule of that filter",
				c->name);
	}
}
