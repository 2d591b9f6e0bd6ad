/* SPDX-License-Identifier: MIT */
#include "reload.h"

#include <errno.h>
#include <stdlib.h>

#include "checkpoint.h"
#include "control/control_client.h"
#include "cut_control.h"
#include "daemon_state.h"
#include "enforcement.h"
#include "engine/client_stats.h"
#include "ledger/ledger_path.h"
#include "ledger_resync.h"
#include "policy.h"
#include "recent_lines.h"
#include "restore.h"
#include "source_feed.h"
#include "sources.h"
#include "tick.h"
#include "util/log.h"

/* The old engine's windows, bans and counts go to the new one. Rules are known by filter and name, jails by name. */
static int inherit(struct daemon *daemon, const struct policy *old)
{
	const struct policy *new = daemon->policy;
	const struct filters *before = old->config->filters, *now = new->config->filters;
	uint32_t jail_map[CONFIG_JAILS];
	uint32_t *rule_map = calloc(filters_rules(before) + 1, sizeof(*rule_map));

	if (!rule_map)
		return -ENOMEM;
	for (uint32_t j = 0; j < old->jails_n; j++)
		jail_map[j] = policy_jail(new, span_of(old->jails[j].name));
	for (size_t i = 0; i < filters_rules(before); i++) {
		const struct rule *rule = filters_rule(before, i);
		const struct rule *same = filters_find(now, rule->filter, rule->name);

		rule_map[i] = same ? same->index : UINT32_MAX;
	}
	/* a dry run's bans are not carried out when it ends: the ledger knows those from before it */
	engine_inherit(new->engine, old->engine, jail_map, rule_map, !old->dry_run || new->dry_run);
	for (size_t i = 0; i < daemon->feeds_n; i++)
		feed_forget(daemon->feeds[i]);
	cut_control_reload(daemon, jail_map);
	client_stats_remap(daemon->stats, rule_map, filters_rules(before), filters_rules(now),
			   jail_map, old->jails_n, new->jails_n);
	recent_lines_remap(daemon->recent, rule_map, filters_rules(before));
	free(rule_map);
	return 0;
}

static void explain_failure(const char *path, int r, const char *blocker_error,
			    struct diagnostics *diagnostics)
{
	const char *why = strerror(-r);

	if (r == -EINVAL)
		why = "table_memory is too small for the jails";
	else if (r == -ENOENT && *blocker_error)
		why = blocker_error;
	diagnostics_error(diagnostics, path, 0, "%s", why);
}

/* Puts a new policy in the place of the old one, which it returns; NULL after a diagnostic: then the old one stays. */
static struct policy *replace_policy(struct daemon *daemon, struct config *config,
				     struct diagnostics *diagnostics)
{
	const struct policy_options options = { .dry_run = daemon->options.dry_run,
						.seed = &daemon->seed,
						.events = enforce_events(daemon) };
	const char *path = daemon->options.config_path;
	struct policy *old = daemon->policy, *new;
	int r = policy_new(&new, config, &options);

	if (r < 0) {
		explain_failure(path, r, "", diagnostics);
		return NULL;
	}
	r = policy_open_blockers(new, &daemon->seed, daemon_now());
	if (r == 0) {
		daemon->policy = new;
		r = inherit(daemon, old);
	}
	if (r == 0)
		return old;
	daemon->policy = old;
	explain_failure(path, r, policy_blocker_error(new), diagnostics);
	policy_free(new);
	return NULL;
}

/* Files that are in use cannot be moved. */
static void warn_of_path(const char *key, const char *file, char *configured, const char *used,
			 const char *config_path, struct diagnostics *diagnostics)
{
	if (configured && used && strcmp(configured, used) != 0)
		diagnostics_warning(diagnostics, config_path, 0,
				    "%s: the %s stays %s until the daemon is restarted", key, file,
				    used);
	free(configured);
}

static void warn_of_paths(const struct daemon *daemon, struct diagnostics *diagnostics)
{
	const struct config *config = daemon->policy->config;

	warn_of_path("state_dir", "ledger", ledger_path(config->state_dir), daemon->ledger_path,
		     config->path, diagnostics);
	warn_of_path("runtime_dir", "socket", control_path(config->runtime_dir),
		     daemon->control_path, config->path, diagnostics);
}

static struct config *read_config(const char *path, struct diagnostics *diagnostics)
{
	struct config *config;
	int r = config_load(&config, path, diagnostics);

	if (r == 0)
		return config;
	if (diagnostics_errors(diagnostics) == 0)
		diagnostics_error(diagnostics, path, 0, "cannot be read: %s", strerror(-r));
	return NULL;
}

int reload(struct daemon *daemon, struct diagnostics *diagnostics)
{
	struct config *config = read_config(daemon->options.config_path, diagnostics);
	struct policy *old;

	if (!config)
		return -EINVAL;
	enforce_log(daemon);
	if (daemon->ledger && daemon_is_dry(daemon))
		checkpoint_commit(daemon); /* restore_reload() reads the ledger */
	ledger_resync_drop(daemon);
	old = replace_policy(daemon, config, diagnostics);
	if (!old)
		return -EINVAL;
	warn_of_paths(daemon, diagnostics);
	if (daemon->ledger)
		ledger_keep_checkpoints(daemon->ledger, policy_findtime(daemon->policy));
	restore_reload(daemon, old);
	if (daemon->ledger)
		checkpoint_save(daemon, daemon_now()); /* the places of sources that end */
	sources_renew(daemon);
	daemon->generation++;
	policy_free(old);
	tick(daemon); /* an operator is answered when the kernel has the bans */
	log_print(LOG_INFO, "%s was read again", config->path);
	return 0;
}

static void log_diagnostic(void *context, bool is_warning, const char *text)
{
	log_callback(context, is_warning ? LOG_WARNING : LOG_ERR, text);
}

int reload_on_signal(struct daemon *daemon)
{
	struct diagnostics *diagnostics = NULL;
	int r = diagnostics_new(&diagnostics);

	if (r == 0)
		r = reload(daemon, diagnostics);
	if (diagnostics)
		diagnostics_each(diagnostics, log_diagnostic, NULL);
	if (r < 0)
		log_note(LOG_ERR, "the configuration has errors; the old one stays in force");
	diagnostics_free(diagnostics);
	return r;
}
