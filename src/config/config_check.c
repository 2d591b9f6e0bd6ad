/* SPDX-License-Identifier: MIT */
#include "config_check.h"

#include <stdlib.h>
#include <string.h>

#include "config_fairness.h"
#include "config_key.h"
#include "util/array.h"
#include "util/units.h"

/* Longest names: iptables takes 28 characters for a chain, of which "relaydam-" are ours. */
enum { CONFIG_CHECK_NAME = 19, CONFIG_CHECK_CHAIN = 28, CONFIG_CHECK_LIST = 60 };

static void find_blocker(const struct config *config, struct jail_conf *jail,
			 struct diagnostics *problems)
{
	if (!jail->blocker && config->blockers_n > 0 && config->blockers[0].name)
		jail->blocker = config_key_dup(config->blockers[0].name, problems);
	if (!jail->blocker) {
		diagnostics_error(
			problems, config->path, jail->line,
			"the jail \"%s\" has no blocker: add one under blockers and name it here",
			jail->name);
		return;
	}
	for (size_t i = 0; i < config->blockers_n; i++) {
		if (config->blockers[i].name &&
		    strcmp(config->blockers[i].name, jail->blocker) == 0) {
			jail->blocker_index = i;
			return;
		}
	}
	diagnostics_error(problems, config->path, jail->line,
			  "the jail \"%s\" names the blocker \"%s\", which is not under blockers",
			  jail->name, jail->blocker);
	free(jail->blocker);
	jail->blocker = NULL;
}

/* The kernel masks by its rule's prefix: a jail that counts by another would block nobody, or others. */
static void check_prefix(const struct config *config, struct jail_conf *jail,
			 struct diagnostics *problems)
{
	const struct blocker_conf *blocker = &config->blockers[jail->blocker_index];

	if (jail->prefix4 < 0)
		jail->prefix4 = blocker->prefix4;
	if (jail->prefix6 < 0)
		jail->prefix6 = blocker->prefix6;
	if (jail->prefix4 != blocker->prefix4 || jail->prefix6 != blocker->prefix6)
		diagnostics_error(
			problems, config->path, jail->line,
			"the jail \"%s\" counts by /%lld and /%lld, its blocker \"%s\" blocks by /%lld "
			"and /%lld: give it a blocker with the same prefix4 and prefix6",
			jail->name, (long long)jail->prefix4, (long long)jail->prefix6,
			blocker->name, (long long)blocker->prefix4, (long long)blocker->prefix6);
}

static void check_offences(const struct config *config, const struct jail_conf *jail,
			   struct diagnostics *problems)
{
	if (jail->offences == 0) {
		diagnostics_error(
			problems, config->path, jail->line,
			"the jail \"%s\" has no \"offences\": say what it counts, as [ \"dnsbl\" ]",
			jail->name);
		return;
	}
	for (size_t i = 0; i < filters_rules(config->filters); i++)
		if (jail->offences >> filters_rule(config->filters, i)->offence & 1)
			return;
	diagnostics_error(
		problems, config->path, jail->line,
		"the jail \"%s\" has no rules: no filter that is named proves any of its offences",
		jail->name);
}

static bool nft_chain(const char *chain)
{
	return strcmp(chain, "INPUT") == 0 || strcmp(chain, "FORWARD") == 0 ||
	       strcmp(chain, "DOCKER-USER") == 0;
}

static void check_chains(const struct config *config, const struct blocker_conf *blocker,
			 struct diagnostics *problems)
{
	for (char **chain = blocker->chains; chain && *chain; chain++) {
		config_key_check_name(config->path, blocker->line, "the chain", *chain,
				      CONFIG_CHECK_CHAIN, problems);
		if (blocker->type == BLOCKER_NFT && !nft_chain(*chain))
			diagnostics_error(
				problems, config->path, blocker->line,
				"an nft blocker knows the chains INPUT, FORWARD and DOCKER-USER, not "
				"\"%s\"",
				*chain);
	}
}

/* In one list the first rule's mask would silently hold for all. */
static void check_shared(const struct config *config, const struct blocker_conf *blocker,
			 const char *list, struct diagnostics *problems)
{
	for (size_t i = 0; i < config->blockers_n; i++) {
		const struct blocker_conf *other = &config->blockers[i];
		bool is4 = other->list && strcmp(other->list, list) == 0;
		bool is6 = other->list6 && strcmp(other->list6, list) == 0;

		if (other->type != blocker->type || other > blocker)
			continue;
		if (other == blocker ? is4 && is6 && list == blocker->list : is4 || is6)
			diagnostics_error(
				problems, config->path, blocker->line,
				"the list \"%s\" is used twice: each blocker has one for IPv4 and one for "
				"IPv6 of its own; two jails may name one blocker",
				list);
	}
}

static void check_blocker(const struct config *config, const struct blocker_conf *blocker,
			  struct diagnostics *problems)
{
	if (!blocker->name || !blocker->list || !blocker->list6)
		return;
	config_key_check_name(config->path, blocker->line, "the blocker's name", blocker->name,
			      CONFIG_CHECK_NAME, problems);
	if (blocker->type == BLOCKER_PRINT)
		return;
	config_key_check_name(config->path, blocker->line, "the list", blocker->list,
			      CONFIG_CHECK_LIST, problems);
	config_key_check_name(config->path, blocker->line, "the list", blocker->list6,
			      CONFIG_CHECK_LIST, problems);
	check_chains(config, blocker, problems);
	check_shared(config, blocker, blocker->list, problems);
	check_shared(config, blocker, blocker->list6, problems);
	if (blocker->seconds < UNITS_SECOND)
		diagnostics_error(
			problems, config->path, blocker->line,
			"\"seconds\" must be at least \"1s\": the kernel counts in seconds");
	if (blocker->type == BLOCKER_NFT && blocker->update)
		diagnostics_error(
			problems, config->path, blocker->line,
			"\"update\" is for xt_recent: an nft set's entries have a time of their own");
}

static void check_cut(const struct config *config, const struct jail_conf *jail,
		      struct diagnostics *problems)
{
	const struct blocker_conf *blocker = &config->blockers[jail->blocker_index];

	if (jail->cut == CUT_NO)
		return;
	if (blocker->type == BLOCKER_PRINT)
		diagnostics_warning(
			problems, config->path, jail->line,
			"the jail \"%s\" cuts, but its blocker \"%s\" blocks nobody: who is cut is "
			"back at once",
			jail->name, blocker->name);
	if (jail->cut == CUT_SIGNAL && config->cut_process.line == 0)
		diagnostics_error(
			problems, config->path, jail->line,
			"the jail \"%s\" has cut = \"signal\": say with cut_process = { name, holder, "
			"parent } which process; or write \"socket\", which suits every server",
			jail->name);
}

bool config_never_signalled(const char *process, bool even_smtpd)
{
	static const char *const never[] = { "master",	"couriertcpd", "systemd", "init",
					     "dovecot", "inetd",       "xinetd",  "sshd" };

	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		if (strcmp(process, never[i]) == 0)
			return true;
	return !even_smtpd && strcmp(process, "smtpd") == 0;
}

static void check_cut_process(const struct config *config, struct diagnostics *problems)
{
	const struct cut_process_conf *conf = &config->cut_process;

	if (config->cut_after > UNITS_MINUTE)
		diagnostics_error(problems, config->path, 0,
				  "\"cut_after\" must be \"1m\" or less");
	if (conf->line == 0)
		return;
	if (!conf->name || !conf->holder || !conf->parent)
		diagnostics_error(
			problems, config->path, conf->line,
			"cut_process needs name, holder and parent: for Courier { name = \"submit\"; "
			"holder = \"courieresmtpd\"; parent = \"couriertcpd\"; }");
	else if (config_never_signalled(conf->holder, true))
		diagnostics_error(problems, config->path, conf->line,
				  "cut_process: \"%s\" serves everybody: it never gets a signal",
				  conf->holder);
	else if (config_never_signalled(conf->holder, conf->even_smtpd))
		diagnostics_error(
			problems, config->path, conf->line,
			"cut_process: an smtpd serves others after this client, and one that is ended in "
			"its first session makes Postfix's master start none for a minute: write "
			"cut = \"socket\"; or even_smtpd = true, if this one is not Postfix's");
}

void config_check_jails(struct config *config, struct diagnostics *problems)
{
	if (config->jails_n > CONFIG_JAILS || config->blockers_n > CONFIG_BLOCKERS)
		diagnostics_error(problems, config->path, 0, "more than %d jails or blockers",
				  CONFIG_JAILS);
	for (size_t i = 0; i < config->blockers_n; i++)
		check_blocker(config, &config->blockers[i], problems);
	for (size_t i = 0; i < config->jails_n; i++) {
		struct jail_conf *jail = &config->jails[i];

		if (!jail->name)
			continue;
		config_key_check_name(config->path, jail->line, "the jail's name", jail->name,
				      CONFIG_KEY_NAME, problems);
		find_blocker(config, jail, problems);
		if (jail->blocker) {
			check_prefix(config, jail, problems);
			check_cut(config, jail, problems);
		}
		config_fairness_check_jail(config, jail, problems);
		if (jail->enabled)
			check_offences(config, jail, problems);
	}
	check_cut_process(config, problems);
}
