/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_check.h"
#include "config_fairness.h"
#include "config_filters.h"
#include "config_key.h"
#include "config_read.h"
#include "engine/engine.h"
#include "util/array.h"
#include "util/timezone.h"
#include "util/units.h"

char *config_filter_path(const char *config_path, const char *name)
{
	const char *slash = strrchr(config_path, '/');
	int dir = slash ? (int)(slash - config_path) + 1 : 0;
	char *path;

	if (asprintf(&path, "%.*sfilters/%s.conf", dir, config_path, name) < 0)
		return NULL;
	return path;
}

static void read_filters(struct config *config, struct diagnostics *problems)
{
	struct config_filters *rules;

	if (!config->filter_names || !config->filter_names[0]) {
		diagnostics_error(
			problems, config->path, 0,
			"\"filters\" is empty: name the servers that run here, as [ \"postfix\" ]");
		return;
	}
	if (config_filters_new(&rules, config) < 0)
		return;
	filters_set_matcher(config->filters, config->matcher);
	for (char **name = config->filter_names; *name; name++) {
		char *path;

		if (!config_key_check_name(config->path, 0, "the filter's name", *name,
					   CONFIG_KEY_NAME, problems))
			continue;
		for (char **before = config->filter_names; before < name; before++)
			if (strcmp(*before, *name) == 0)
				diagnostics_error(problems, config->path, 0,
						  "the filter \"%s\" is named twice", *name);
		path = config_filter_path(config->path, *name);
		if (!path)
			continue;
		config_filters_read(rules, path, *name, problems);
		free(path);
	}
	config_filters_pair(rules, problems);
	config_filters_free(rules);
}

static const char *const default_filters[] = { "postfix", "postscreen", "dovecot" };

static int set_defaults(struct config *config, const char *path)
{
	config->path = strdup(path);
	config->log_tz = strdup("local");
	config->table_memory = 16U << 20;
	config->cut_after = UNITS_SECOND / 2;
	config->cut_process.depth = 2;
	config_fairness_defaults(config);
	config->filter_names = calloc(ARRAY_SIZE(default_filters) + 1, sizeof(char *));
	if (!config->path || !config->log_tz || !config->filter_names)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(default_filters); i++) {
		config->filter_names[i] = strdup(default_filters[i]);
		if (!config->filter_names[i])
			return -ENOMEM;
	}
	return filters_new(&config->filters);
}

static void read_all(struct config *config, config_t *file, struct diagnostics *problems)
{
	if (!config_parse(file, config->path, problems))
		return;
	config_read_root(config, config_root_setting(file), problems);
	read_filters(config, problems);
	config_check_jails(config, problems);
	config_fairness_check(config, problems);
	if (timezone_set(config->log_tz, &config->zone) < 0)
		diagnostics_error(
			problems, config->path, 0,
			"log_tz = \"%s\" is no time zone: write \"local\", \"UTC\", \"+02:00\" or a name "
			"as \"Europe/Berlin\"",
			config->log_tz);
}

int config_load(struct config **out, const char *path, struct diagnostics *problems)
{
	struct config *config = calloc(1, sizeof(*config));
	config_t file;
	int r;

	if (!config)
		return -ENOMEM;
	r = set_defaults(config, path);
	if (r == 0) {
		config_init(&file);
		read_all(config, &file, problems);
		config_destroy(&file);
		r = ignore_ip_new(&config->ignore, config->ignored, config->ignored_n);
	}
	if (r == 0 && diagnostics_errors(problems) > 0)
		r = 1;
	if (r != 0)
		config_free(config);
	else
		*out = config;
	return r;
}
