/* SPDX-License-Identifier: MIT */
#include "restore.h"

#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "ban_record.h"
#include "checkpoint.h"
#include "daemon_state.h"
#include "enforce/blockers.h"
#include "enforcement.h"
#include "engine/engine_bans.h"
#include "util/log.h"

enum { ENDS_A_COMMIT = 32 }; /* must fit into the ledger's queue */

/* How many bans were ended, by reason. */
struct ended {
	uint32_t n[BAN_FITS];
};

static uint32_t ended_count(const struct ended *ended)
{
	uint32_t n = 0;

	for (int fit = BAN_FIT + 1; fit < BAN_FITS; fit++)
		n += ended->n[fit];
	return n;
}

/* Waits for the ledger to write, but not for a disk that fails: what the ledger misses is ended at the next start. */
static void count_end(struct daemon *daemon, struct ended *ended, enum ban_fit fit)
{
	ended->n[fit]++;
	if (daemon->ledger && ended_count(ended) % ENDS_A_COMMIT == 0 &&
	    !ledger_counts(daemon->ledger).failing)
		checkpoint_commit(daemon);
}

static void log_ended(const struct ended *ended)
{
	if (ended_count(ended) > 0)
		log_print(LOG_NOTICE,
			  "ended %u bans that the configuration does not allow now: %u of jails "
			  "that are gone, %u in ignoreip, %u wider than their jail's prefix",
			  ended_count(ended), ended->n[BAN_NO_JAIL], ended->n[BAN_IGNORED],
			  ended->n[BAN_WIDE]);
}

/* ---- from the ledger ---- */

static int restore_ban(void *context, const struct ledger_ban *written)
{
	struct daemon *daemon = context;
	struct ban ban;

	if (!ban_record_read(daemon->policy, written, daemon_now(), &ban))
		return 0;
	engine_ban(daemon->policy->engine, &ban);
	enforce_block(daemon, &ban);
	return 0;
}

/* Earlier bans by rules lengthen the next one. One that an operator ended does not count, nor do those before it. */
static int restore_past(void *context, const struct ledger_ban *written)
{
	struct daemon *daemon = context;
	struct ban_history *past = engine_ban_history(daemon->policy->engine);
	const struct jail *jail;
	struct ban ban;

	if (!ban_record_read(daemon->policy, written, daemon_now(), &ban) || written->uid >= 0 ||
	    ban.would != WOULD_NOT)
		return 0;
	jail = &daemon->policy->jails[ban.jail];
	if (written->end.how == LEDGER_BY_COMMAND)
		ban_history_forget(past, &ban.prefix, ban.jail);
	else
		ban_history_add(past, &ban.prefix, ban.jail, ban.since, ban.until,
				jail->bantime_decay);
	return 0;
}

static int restore_spare(void *context, const struct spare_client *client)
{
	spare_restore(context, client);
	return 0;
}

static int restore_fuse(void *context, struct span rule, const struct fuse_state *state)
{
	struct daemon *daemon = context;
	uint32_t index = ban_record_rule(daemon->policy, rule);

	if (index != BANS_MANUAL)
		engine_set_fuse(daemon->policy->engine, index, state);
	return 0;
}

static int64_t longest_decay(const struct daemon *daemon)
{
	int64_t longest = 0;

	for (uint32_t j = 0; j < daemon->policy->jails_n; j++)
		if (daemon->policy->jails[j].bantime_factor > 1 &&
		    daemon->policy->jails[j].bantime_decay > longest)
			longest = daemon->policy->jails[j].bantime_decay;
	return longest;
}

/* Active bans, and earlier ones that count. */
static int restore_bans(struct daemon *daemon)
{
	int r = ledger_load_open(daemon->ledger, restore_ban, daemon);

	if (r == 0 && engine_ban_history(daemon->policy->engine))
		r = ledger_load(daemon->ledger, daemon_now() - longest_decay(daemon), restore_past,
				daemon);
	return r;
}

/* ---- entries that an earlier run left in the kernel ---- */

struct left {
	struct daemon *daemon;
	struct ended ended;
	struct addr *addrs; /* of these entries */
	size_t n, room;
	int error;
};

static void add_left(struct left *left, const struct addr *addr)
{
	if (left->n == left->room) {
		size_t room = left->room ? left->room * 2 : BLOCKER_BATCH;
		struct addr *more = reallocarray(left->addrs, room, sizeof(*more));

		if (!more) {
			left->error = -ENOMEM;
			return;
		}
		left->addrs = more;
		left->room = room;
	}
	left->addrs[left->n++] = *addr;
}

/* These bans end by time, at no place of a log: see ban_record_read(). */
static int find_left(void *context, const struct ledger_ban *written)
{
	struct left *left = context;
	struct daemon *daemon = left->daemon;
	struct ledger_end end = {
		.how = LEDGER_EXPIRED, .time = daemon_now(), .uid = -1, .at = { .source = -1 }
	};
	uint32_t jail = policy_jail(daemon->policy, written->jail);
	enum ban_fit fit = ban_record_fit(daemon->policy, &written->prefix, jail);

	if (written->would == LEDGER_REAL && (fit != BAN_FIT || daemon_is_dry(daemon)))
		add_left(left, &written->prefix.addr);
	if (fit != BAN_FIT) {
		ledger_unban(daemon->ledger, written, &end);
		count_end(daemon, &left->ended, fit);
	}
	return left->error;
}

/* From one list, except the entries that it should hold now. */
static int take_out(const struct left *left, struct blocker *blocker, enum blocker_family family,
		    const struct block_list *wanted)
{
	const struct blocker_conf *conf = blocker->conf;
	struct blocker_entry batch[BLOCKER_BATCH];
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < left->n; i++) {
		const struct addr *addr = &left->addrs[i];

		if (blocker_family_of(addr) == family &&
		    (!wanted || block_list_ask(wanted, addr, NULL) == BLOCK_LIST_NONE))
			batch[n++] = (struct blocker_entry){ .prefix = prefix_of(
								     addr, (unsigned)conf->prefix4,
								     (unsigned)conf->prefix6) };
		if (n == 0 || (n < BLOCKER_BATCH && i + 1 < left->n))
			continue;
		blocker->ops->del(blocker, family, batch, n);
		for (size_t k = 0; k < n; k++)
			if (batch[k].result < 0)
				r = batch[k].result;
		n = 0;
	}
	return r;
}

/* A dry run does not open the kernel's lists, so they are opened here. A list that does not exist holds nothing. */
static void take_out_dry(const struct left *left, const struct blocker_conf *conf)
{
	struct blocker blocker = blocker_of(conf, false);

	for (int family = 0; family < BLOCKER_FAMILIES; family++) {
		int r = blocker.ops->open(&blocker, (enum blocker_family)family);

		if (r >= 0)
			r = take_out(left, &blocker, (enum blocker_family)family, NULL);
		if (r < 0 && r != -ENOENT && r != -EAFNOSUPPORT)
			log_print(
				LOG_WARNING,
				"this is a dry run, but bans from before it may still block in the "
				"kernel: %s. Run as root: relaydam firewall --remove",
				blocker.error);
	}
	blocker.ops->close(&blocker);
}

/* It is not known which list a ban of a removed jail was in, so it is taken out of all. */
static void take_out_all(const struct left *left)
{
	struct daemon *daemon = left->daemon;

	for (size_t i = 0; i < daemon->policy->blockers_n; i++) {
		if (daemon_is_dry(daemon)) {
			take_out_dry(left, daemon->policy->blockers[i]->conf);
			continue;
		}
		for (int family = 0; family < BLOCKER_FAMILIES; family++)
			if (take_out(left, daemon->policy->blockers[i], (enum blocker_family)family,
				     daemon->policy->block_lists[i]) < 0)
				log_note(LOG_WARNING, daemon->policy->blockers[i]->error);
	}
}

/* After restore_bans(), which knows what the kernel should hold. */
static int end_left(struct daemon *daemon)
{
	struct left left = { .daemon = daemon };
	int r = ledger_load_open(daemon->ledger, find_left, &left);

	if (r == 0 && left.n > 0)
		take_out_all(&left);
	if (daemon_is_dry(daemon) && left.n > 0)
		log_print(LOG_INFO,
			  "dry run: the %zu bans from before it were taken out of the kernel",
			  left.n);
	log_ended(&left.ended);
	free(left.addrs);
	return r;
}

int restore_start(struct daemon *daemon)
{
	struct spare *spare = engine_spare(daemon->policy->engine);
	int r;

	if (!daemon->ledger)
		return 0;
	r = restore_bans(daemon);
	if (r == 0)
		r = end_left(daemon);
	if (r == 0 && spare)
		r = ledger_load_spare(daemon->ledger, restore_spare, spare);
	if (r == 0)
		r = ledger_load_fuse(daemon->ledger, restore_fuse, daemon);
	return r;
}

/* ---- from the engine before a reload ---- */

/* Do a ban's old and new blocker write the same entry to the same list? */
static bool same_entry(const struct blocker *old, const struct blocker *new,
		       const struct addr *addr)
{
	const struct blocker_conf *a = old->conf, *b = new->conf;

	if (old->ops != new->ops)
		return false;
	if (addr_is_v4(addr))
		return strcmp(a->list, b->list) == 0 && a->prefix4 == b->prefix4;
	return strcmp(a->list6, b->list6) == 0 && a->prefix6 == b->prefix6;
}

/* Bans of a jail whose blocker changed leave the list of the old one. */
static void end_old(struct daemon *daemon, const struct policy *old)
{
	const struct bans *bans = engine_bans(old->engine);
	struct ended ended = { 0 };
	struct ban gone;

	for (uint32_t i = 0; i < bans_count(bans); i++) {
		const struct ban *ban = bans_at(bans, i);
		size_t was = old->jail_confs[ban->jail]->blocker_index;
		uint32_t jail = policy_jail(daemon->policy, span_of(old->jails[ban->jail].name));
		enum ban_fit fit = ban_record_fit(daemon->policy, &ban->prefix, jail);

		if (fit != BAN_FIT) {
			if (jail != UINT32_MAX)
				engine_unban(daemon->policy->engine, &ban->prefix, jail, &gone);
			enforce_end(daemon, old, ban);
			count_end(daemon, &ended, fit);
		} else if (!same_entry(old->blockers[was],
				       daemon->policy->blockers[daemon->policy->jail_confs[jail]
									->blocker_index],
				       &ban->prefix.addr)) {
			block_list_end(old->block_lists[was], &ban->prefix.addr, ban->jail,
				       daemon_now());
		}
	}
	log_ended(&ended);
}

void restore_reload(struct daemon *daemon, const struct policy *old)
{
	const struct bans *bans = engine_bans(daemon->policy->engine);

	end_old(daemon, old);
	if (old->dry_run && !daemon_is_dry(daemon) && daemon->ledger && restore_bans(daemon) < 0)
		log_note(LOG_ERR,
			 "the bans from before the dry run cannot be read from the ledger");
	for (uint32_t i = 0; i < bans_count(bans); i++)
		enforce_block(daemon, bans_at(bans, i));
}
