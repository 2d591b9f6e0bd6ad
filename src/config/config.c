/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_key.h"

static void examples_free(struct config *config)
{
	for (size_t i = 0; i < config->examples_n; i++) {
		struct example *example = &config->examples[i];

		free(example->text);
		free(example->program);
		free(example->addr);
		free(example->file);
	}
	free(config->examples);
}

static void policies_free(struct config *config)
{
	for (size_t i = 0; i < config->blockers_n; i++) {
		free(config->blockers[i].name);
		free(config->blockers[i].list);
		free(config->blockers[i].list6);
		strings_free(config->blockers[i].chains);
	}
	for (size_t i = 0; i < config->jails_n; i++) {
		free(config->jails[i].name);
		free(config->jails[i].blocker);
	}
	for (size_t i = 0; i < config->sources_n; i++) {
		free(config->sources[i].file);
		strings_free(config->sources[i].journal);
	}
	free(config->blockers);
	free(config->jails);
	free(config->sources);
}

void config_free(struct config *config)
{
	if (!config)
		return;
	policies_free(config);
	examples_free(config);
	strings_free(config->filter_names);
	strings_free(config->ignorehost);
	filters_free(config->filters);
	ignore_ip_free(config->ignore);
	free(config->ignored);
	free(config->path);
	free(config->log_tz);
	free(config->cut_process.name);
	free(config->cut_process.holder);
	free(config->cut_process.parent);
	free(config->state_dir);
	free(config->runtime_dir);
	free(config);
}

static bool is_wanted(const char *name, const char *const *only)
{
	for (; *only; only++)
		if (strcmp(*only, name) == 0)
			return true;
	return false;
}

int config_jails(const struct config *config, const char *const *only, struct jail **out,
		 uint32_t *n)
{
	struct jail *jails = calloc(config->jails_n + 1, sizeof(*jails));

	if (!jails)
		return -ENOMEM;
	*n = 0;
	for (size_t i = 0; i < config->jails_n; i++) {
		const struct jail_conf *jail = &config->jails[i];

		/* a jail that is asked for by name is used even if it is not enabled */
		if (!(only ? is_wanted(jail->name, only) : jail->enabled))
			continue;
		jails[(*n)++] = (struct jail){
			.name = jail->name,
			.offences = jail->offences,
			.rule = { .maxretry = (uint32_t)jail->maxretry,
				  .findtime = jail->findtime },
			.bantime = jail->bantime,
			.bantime_factor = (uint32_t)jail->bantime_factor,
			.bantime_max = jail->bantime_max,
			.bantime_decay = jail->bantime_decay,
			.spare = jail->spare == SPARE_YES,
			.distinct = jail->distinct,
			.when_busy = jail->when_busy,
			.busy_on = (uint8_t)jail->busy,
			.busy_off = (uint8_t)jail->calm,
			.prefix4 = (uint8_t)jail->prefix4,
			.prefix6 = (uint8_t)jail->prefix6,
		};
	}
	*out = jails;
	return 0;
}

struct spare_rule config_spare(const struct config *config)
{
	const struct spare_conf *spare = &config->spare;

	return (struct spare_rule){ .delivered = spare->on ? (uint32_t)spare->delivered : 0,
				    .within = spare->within,
				    .factor = (uint32_t)spare->factor };
}

struct fuse_rule config_fuse(const struct config *config)
{
	const struct fuse_conf *fuse = &config->fuse;

	if (!fuse->on)
		return (struct fuse_rule){ 0 };
	return (struct fuse_rule){ .spared = (uint32_t)fuse->spared,
				   .share = (uint32_t)fuse->share,
				   .rate = (uint32_t)fuse->rate,
				   .least = (uint32_t)fuse->least,
				   .within = fuse->within };
}
