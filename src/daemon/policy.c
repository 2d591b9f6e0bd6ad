/* SPDX-License-Identifier: MIT */
#include "policy.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "enforce/blockers.h"
#include "util/log.h"

enum {
	ENTRIES_MOST = 65536, /* a block list */
	OWN_ADDRESSES = 1024,
};

static bool own_address(const struct ifaddrs *interface, struct addr *out)
{
	const struct sockaddr *address = interface->ifa_addr;

	*out = (struct addr){ 0 };
	if (address && address->sa_family == AF_INET6) {
		memcpy(out->b, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
		       16);
		return true;
	}
	if (address && address->sa_family == AF_INET) {
		out->b[10] = out->b[11] = 0xff;
		memcpy(out->b + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
		       4);
		return true;
	}
	return false;
}

static size_t own_addresses(struct prefix *out, size_t most)
{
	struct ifaddrs *list;
	struct addr addr;
	size_t n = 0;

	if (getifaddrs(&list) < 0)
		return 0;
	for (const struct ifaddrs *i = list; i && n < most; i = i->ifa_next)
		if (own_address(i, &addr))
			out[n++] = prefix_of(&addr, 32, 128);
	freeifaddrs(list);
	return n;
}

static int make_ignore(struct policy *policy)
{
	size_t n = policy->config->ignored_n;
	struct prefix *all = calloc(n + OWN_ADDRESSES, sizeof(*all));
	int r;

	if (!all)
		return -ENOMEM;
	if (n > 0)
		memcpy(all, policy->config->ignored, n * sizeof(*all));
	n += own_addresses(all + n, OWN_ADDRESSES);
	r = ignore_ip_new(&policy->ignore, all, n);
	free(all);
	return r;
}

static int make_jails(struct policy *policy)
{
	const struct config *config = policy->config;
	int r = config_jails(config, NULL, &policy->jails, &policy->jails_n);

	for (uint32_t j = 0; r == 0 && j < policy->jails_n; j++)
		for (size_t i = 0; i < config->jails_n; i++)
			if (strcmp(config->jails[i].name, policy->jails[j].name) == 0)
				policy->jail_confs[j] = &config->jails[i];
	return r;
}

static int make_engine(struct policy *policy, const struct policy_options *options)
{
	const struct config *config = policy->config;
	struct engine_options engine = {
		.filters = config->filters,
		.ignore = policy->ignore,
		.hosts = (const char *const *)config->ignorehost,
		.jails = policy->jails,
		.jails_n = policy->jails_n,
		.spare = config_spare(config),
		.fuse = config_fuse(config),
		.memory = config->table_memory,
		.seed = *options->seed,
		.since = INT64_MIN,
		.until = INT64_MAX,
		.events = options->events,
	};

	return engine_new(&policy->engine, &engine);
}

int policy_new(struct policy **out, struct config *config, const struct policy_options *options)
{
	struct policy *policy = calloc(1, sizeof(*policy));
	int r;

	if (!policy) {
		config_free(config);
		return -ENOMEM;
	}
	policy->config = config;
	policy->dry_run = options->dry_run || config->dry_run;
	r = make_ignore(policy);
	if (r == 0)
		r = make_jails(policy);
	if (r == 0)
		r = make_engine(policy, options);
	if (r < 0)
		policy_free(policy);
	else
		*out = policy;
	return r;
}

static int open_blocker(struct policy *policy, const struct blocker_conf *conf,
			const struct seed *seed, int64_t now)
{
	struct block_list_callbacks callbacks = { .note = log_callback };
	struct blocker *blocker = calloc(1, sizeof(*blocker));
	struct block_list *list;
	int r;

	if (!blocker)
		return -ENOMEM;
	*blocker = blocker_of(conf, policy->dry_run);
	r = block_list_new(&list, blocker, ENTRIES_MOST, seed, &callbacks);
	if (r < 0) {
		free(blocker);
		return r;
	}
	policy->blockers[policy->blockers_n] = blocker;
	policy->block_lists[policy->blockers_n++] = list;
	if (block_list_start(list, now) == 0)
		return 0;
	log_note(LOG_ERR, blocker->error);
	return -ENOENT;
}

int policy_open_blockers(struct policy *policy, const struct seed *seed, int64_t now)
{
	const struct config *config = policy->config;
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->blockers_n; i++)
		r = open_blocker(policy, &config->blockers[i], seed, now);
	return r;
}

const char *policy_blocker_error(const struct policy *policy)
{
	return policy->blockers_n > 0 ? policy->blockers[policy->blockers_n - 1]->error : "";
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->blockers_n; i++) {
		block_list_free(policy->block_lists[i]);
		free(policy->blockers[i]);
	}
	engine_free(policy->engine);
	ignore_ip_free(policy->ignore);
	free(policy->jails);
	config_free(policy->config);
	free(policy);
}

uint32_t policy_jail(const struct policy *policy, struct span name)
{
	for (uint32_t j = 0; j < policy->jails_n; j++)
		if (span_equal(span_of(policy->jails[j].name), name))
			return j;
	return UINT32_MAX;
}

int64_t policy_findtime(const struct policy *policy)
{
	int64_t longest = 0;

	for (uint32_t j = 0; j < policy->jails_n; j++)
		if (policy->jails[j].rule.findtime > longest)
			longest = policy->jails[j].rule.findtime;
	return longest;
}

struct block_list *policy_block_list(const struct policy *policy, uint32_t jail)
{
	return policy->block_lists[policy->jail_confs[jail]->blocker_index];
}

const struct blocker *policy_blocker(const struct policy *policy, uint32_t jail)
{
	return policy->blockers[policy->jail_confs[jail]->blocker_index];
}

bool policy_can_block(const struct policy *policy, const struct ban *ban)
{
	const struct blocker_conf *conf = policy_blocker(policy, ban->jail)->conf;
	struct prefix entry =
		prefix_of(&ban->prefix.addr, (unsigned)conf->prefix4, (unsigned)conf->prefix6);

	return ban->would == WOULD_NOT && entry.bits >= ban->prefix.bits;
}
