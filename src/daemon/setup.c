/* SPDX-License-Identifier: MIT */
/* The daemon's parts, made and taken apart; and made anew from a new configuration. */
#include "setup.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <syslog.h>

#include "control/control_client.h"
#include "enforcement.h"
#include "restore.h"
#include "sources.h"
#include "util/log.h"
#include "util/run_dir.h"
#include "util/units.h"

enum {
	BANS_MOST = 65536, /* entries that a blocker keeps account of */
	KEEP_DAYS = 90,
};

static size_t own_addresses(struct prefix *out, size_t most)
{
	struct ifaddrs *list;
	size_t n = 0;

	if (getifaddrs(&list) < 0)
		return 0;
	for (const struct ifaddrs *i = list; i && n < most; i = i->ifa_next) {
		struct addr addr = { 0 };

		if (!i->ifa_addr)
			continue;
		if (i->ifa_addr->sa_family == AF_INET6) {
			memcpy(addr.b,
			       &((const struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr, 16);
		} else if (i->ifa_addr->sa_family == AF_INET) {
			addr.b[10] = addr.b[11] = 0xff;
			memcpy(addr.b + 12,
			       &((const struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr, 4);
		} else {
			continue;
		}
		out[n++] = prefix_of(&addr, 32, 128);
	}
	freeifaddrs(list);
	return n;
}

static int make_ignore(struct daemon *daemon)
{
	enum { OWN = 1024 };
	size_t n = daemon->config->ignored_n;
	struct prefix *all = calloc(n + OWN, sizeof(*all));
	int r;

	if (!all)
		return -ENOMEM;
	if (n > 0)
		memcpy(all, daemon->config->ignored, n * sizeof(*all));
	n += own_addresses(all + n, OWN);
	r = ignore_ip_new(&daemon->ignore, all, n);
	free(all);
	return r;
}

static int map_jails(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	int r = config_jails(config, NULL, &daemon->jails, &daemon->jails_n);

	for (uint32_t j = 0; r == 0 && j < daemon->jails_n; j++)
		for (size_t i = 0; i < config->jails_n; i++)
			if (strcmp(config->jails[i].name, daemon->jails[j].name) == 0)
				daemon->jail_confs[j] = &config->jails[i];
	return r;
}

int setup_engine(struct daemon *daemon)
{
	struct engine_options options = {
		.filters = daemon->config->filters,
		.hosts = (const char *const *)daemon->config->ignorehost,
		.spare = config_spare(daemon->config),
		.fuse = config_fuse(daemon->config),
		.memory = daemon->config->table_memory,
		.seed = daemon->seed,
		.since = INT64_MIN,
		.until = INT64_MAX,
		.events = enforce_events(daemon),
	};
	int r = make_ignore(daemon);

	if (r == 0)
		r = map_jails(daemon);
	if (r < 0)
		return r;
	options.ignore = daemon->ignore;
	options.jails = daemon->jails;
	options.jails_n = daemon->jails_n;
	r = engine_new(&daemon->engine, &options);
	if (r == 0)
		r = client_stats_new(&daemon->tally, filters_rules(daemon->config->filters),
				     daemon->jails_n, &daemon->seed);
	return r;
}

int setup_blockers(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	struct block_list_callbacks ear = { .note = log_heard, .context = daemon };

	for (size_t i = 0; i < config->blockers_n; i++) {
		struct blocker *blocker = calloc(1, sizeof(*blocker));
		int r;

		if (!blocker)
			return -ENOMEM;
		*blocker = blocker_of(&config->blockers[i], daemon_is_dry(daemon));
		r = block_list_new(&daemon->blocked[i], blocker, BANS_MOST, &daemon->seed, &ear);
		if (r < 0) {
			free(blocker);
			return r;
		}
		daemon->blockers[i] = blocker;
		daemon->blockers_n = i + 1;
		if (block_list_start(daemon->blocked[i], daemon_now()) < 0) {
			log_note(LOG_ERR, blocker->trouble);
			return -ENOENT;
		}
	}
	return 0;
}

void setup_drop_blockers(struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->blockers_n; i++) {
		block_list_free(daemon->blocked[i]);
		free(daemon->blockers[i]);
	}
	daemon->blockers_n = 0;
}

static char *ledger_path(const struct config *config)
{
	return run_dir_path(config->state_dir, "STATE_DIRECTORY", "/var/lib/relaydam", "ledger.db");
}

int setup_ledger(struct daemon *daemon)
{
	struct ledger_options options = { .now = daemon_now(),
					  .keep = KEEP_DAYS * INT64_C(86400) * UNITS_SECOND,
					  .note = log_heard };
	char *path = ledger_path(daemon->config);
	int r;

	if (!path)
		return -ENOMEM;
	daemon->ledger_path = path;
	options.keep_checkpoints = daemon_findtime(daemon);
	r = ledger_open(&daemon->ledger, path, &options);
	if (r < 0 && daemon->options.log) {
		log_print(LOG_WARNING, "%s: no ledger; bans are forgotten at the end", path);
		r = 0;
	}
	return r;
}

int setup_control(struct daemon *daemon)
{
	struct control_handler handler = { .handle = answers_handle,
					   .note = log_heard,
					   .context = daemon };
	char *path = control_path(daemon->config->runtime_dir);
	int r = path ? control_new(&daemon->control, daemon->event, path, &handler) : -ENOMEM;

	daemon->control_path = path;
	return r < 0 && daemon->options.log ? 0 : r;
}

/* ---- a new configuration ---- */

/* A dry run's bans are not carried out by a reload, either: the ledger knows those that were in earnest. */
static bool becomes_earnest(const struct daemon *daemon, const struct daemon *old)
{
	return daemon_is_dry(old) && !daemon_is_dry(daemon);
}

/* The old engine's figures into the new one's; rules are known by filter and name. */
static int inherit(struct daemon *daemon, struct daemon *old)
{
	const struct filters *before = old->config->filters, *now = daemon->config->filters;
	uint32_t jail_map[CONFIG_JAILS];
	uint32_t *rule_map = calloc(filters_rules(before) + 1, sizeof(*rule_map));

	if (!rule_map)
		return -ENOMEM;
	for (uint32_t j = 0; j < old->jails_n; j++)
		jail_map[j] = daemon_jail(daemon, span_of(old->jails[j].name));
	for (size_t i = 0; i < filters_rules(before); i++) {
		const struct rule *rule = filters_rule(before, i);
		const struct rule *same = filters_find(now, rule->filter, rule->name);

		rule_map[i] = same ? same->index : UINT32_MAX;
	}
	engine_inherit(daemon->engine, old->engine, jail_map, rule_map,
		       !becomes_earnest(daemon, old));
	for (size_t i = 0; i < daemon->feeds_n; i++)
		feed_forget(daemon->feeds[i]);
	cut_control_reload(daemon, jail_map);
	client_stats_free(daemon->tally);
	daemon->tally = old->tally;
	old->tally = NULL;
	client_stats_remap(daemon->tally, rule_map, filters_rules(before), filters_rules(now),
			   jail_map, old->jails_n, daemon->jails_n);
	recent_lines_remap(daemon->evidence, rule_map, filters_rules(before));
	free(rule_map);
	return 0;
}

static void drop(struct daemon *parts)
{
	setup_drop_blockers(parts);
	engine_free(parts->engine);
	client_stats_free(parts->tally);
	ignore_ip_free(parts->ignore);
	free(parts->jails);
	config_free(parts->config);
}

/* Says why the new configuration cannot be had, and goes back to the old one. */
static void take_back(struct daemon *daemon, const struct daemon *old, int r,
		      struct diagnostics *problems)
{
	const char *why = strerror(-r);

	if (r == -EINVAL)
		why = "table_memory is too small for the jails";
	else if (r == -ENOENT && daemon->blockers_n > 0)
		why = daemon->blockers[daemon->blockers_n - 1]->trouble;
	diagnostics_error(problems, daemon->config->path, 0, "%s", why);
	drop(daemon);
	*daemon = *old;
}

/* Ledger and socket are the start's; their files cannot be moved under who uses them. */
static void warn_of_dirs(const struct daemon *daemon, struct diagnostics *problems)
{
	const struct config *config = daemon->config;
	char *ledger = ledger_path(config), *control = control_path(config->runtime_dir);

	if (ledger && daemon->ledger_path && strcmp(ledger, daemon->ledger_path) != 0)
		diagnostics_warning(problems, config->path, 0,
				    "state_dir: the ledger stays %s until the daemon is restarted",
				    daemon->ledger_path);
	if (control && daemon->control_path && strcmp(control, daemon->control_path) != 0)
		diagnostics_warning(
			problems, config->path, 0,
			"runtime_dir: the socket stays %s until the daemon is restarted",
			daemon->control_path);
	free(ledger);
	free(control);
}

int daemon_reload(struct daemon *daemon, struct diagnostics *problems)
{
	struct daemon old;
	struct config *config;
	int r = config_load(&config, daemon->options.config_path, problems);

	if (r != 0) {
		if (diagnostics_errors(problems) == 0)
			diagnostics_error(problems, daemon->options.config_path, 0,
					  "cannot be read: %s", strerror(-r));
		return -EINVAL;
	}
	enforce_log(daemon);
	if (daemon->ledger && daemon_is_dry(daemon))
		daemon_commit(daemon); /* for restore_reload() */
	old = *daemon;
	daemon->config = config;
	daemon->ignore = NULL;
	daemon->jails = NULL;
	daemon->engine = NULL;
	daemon->tally = NULL;
	daemon->blockers_n = 0;
	ledger_resync_drop(&daemon->offer);
	old.offer = daemon->offer;
	r = setup_engine(daemon);
	if (r == 0)
		r = setup_blockers(daemon);
	if (r == 0)
		r = inherit(daemon, &old);
	if (r < 0) {
		take_back(daemon, &old, r, problems);
		return -EINVAL;
	}
	warn_of_dirs(daemon, problems);
	if (daemon->ledger)
		ledger_keep_checkpoints(daemon->ledger, daemon_findtime(daemon));
	restore_reload(daemon, &old, becomes_earnest(daemon, &old));
	if (daemon->ledger)
		daemon_turn(daemon, daemon_now()); /* the places of sources that end */
	sources_renew(daemon);
	daemon->generation++;
	drop(&old);
	daemon_act(daemon); /* what is said to be in force is in the kernel */
	log_print(LOG_INFO, "%s read anew", config->path);
	return 0;
}
