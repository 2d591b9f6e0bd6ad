/* SPDX-License-Identifier: MIT */
/*
 * daemon: the engine with sources in front and blockers behind, around one event loop.
 *
 *     feed (follow, journal) -> engine -> blocked (blocker), ledger, log
 *                                  ^
 *                            control (answers)
 */
#ifndef RELAYDAM_DAEMON_DAEMON_H
#define RELAYDAM_DAEMON_DAEMON_H

#include <systemd/sd-event.h>

#include "config/config.h"
#include "control/control_server.h"
#include "daemon/cut_control.h"
#include "daemon/ledger_resync.h"
#include "daemon/load.h"
#include "daemon/recent_lines.h"
#include "daemon/source_feed.h"
#include "enforce/block_list.h"
#include "engine/ban_log.h"
#include "engine/client_stats.h"
#include "engine/engine.h"
#include "ledger/ledger.h"

enum { DAEMON_TO_LOG = 64 };

struct daemon_options {
	const char *config_path;
	const char *log;     /* follow this file instead of the configured sources; NULL: no */
	bool dry_run, debug; /* block nothing; explain each verdict on stderr */
};

/* How long the loop was at one thing, microseconds: the longest by the clock, and by its CPU time; and those over 10 ms. */
struct daemon_pause {
	int64_t wall, cpu;
	uint64_t long_ones;
};

struct daemon {
	struct daemon_options options;
	sd_event *event;
	struct config *config;
	struct ignore_ip *ignore; /* the configuration's and this machine's own addresses */
	struct jail *jails;
	uint32_t jails_n;
	const struct jail_conf *jail_confs[CONFIG_JAILS]; /* by jail, in config */
	struct seed seed;
	struct engine *engine;
	struct blocker *blockers[CONFIG_BLOCKERS];
	struct block_list *blocked[CONFIG_BLOCKERS];
	size_t blockers_n;
	struct feed **feeds;
	size_t feeds_n;
	struct feed *current;		  /* whose line is in the engine; NULL: nobody's */
	struct span line;		  /* that line */
	struct ledger *ledger;		  /* NULL: none */
	char *ledger_path, *control_path; /* as they were at the start */
	int64_t turned;			  /* wall time of the ledger's last turn */
	unsigned untold;		  /* bans and ends since then */
	struct ledger_resync offer;
	struct ban_entry to_log[DAEMON_TO_LOG]; /* bans that the log shall hear of */
	size_t to_log_n;
	struct control *control;
	struct cut_control *cutting; /* NULL: no jail cuts */
	struct recent_lines *evidence;
	struct client_stats *tally;
	struct load pressure;
	struct daemon_pause pause;
	sd_event_source *timer, *ledger_watch;
	int64_t started;
	bool told;
	int64_t ahead;	     /* of the machine's clock before ours, as it was told */
	int64_t told_status; /* wall time of the last STATUS= */
	uint64_t lines_then; /* when it was told */
	double lines_per_second;
	unsigned unwell;	     /* what was warned of, see health.c */
	uint64_t generation;	     /* of the configuration: one more with each reload */
	struct waiting *waiting;     /* replies that wait for the ledger */
	struct unbanning *unbanning; /* the same for what ends bans */
};

/* Wall time, microseconds. */
int64_t daemon_now(void);

/* Blocks nothing, by option or by configuration. */
bool daemon_is_dry(const struct daemon *daemon);

/* The index of the jail of that name, UINT32_MAX for none. */
uint32_t daemon_jail(const struct daemon *daemon, struct span name);

/* How far back the windows look: the longest findtime, microseconds. */
int64_t daemon_findtime(const struct daemon *daemon);

/*
 * Builds everything and runs until SIGTERM or SIGINT. Trouble is logged with its remedy.
 * Returns the exit code (see exit_code.h).
 */
int daemon_main(const struct daemon_options *options);

/* Reads the configuration anew. Returns 0, perhaps with warnings; or -EINVAL with errors: then the old one stays in force. */
int daemon_reload(struct daemon *daemon, struct diagnostics *problems);

/*
 * Bans by word until then; ends a ban by uid's word. Both are told to kernel and ledger. daemon_unban() returns how many
 * ended, 0 or 1. -ENOSPC: the ledger has no room now, and nothing was done. Where the ledger cannot be written, or with
 * `anyway`, it is done, and perhaps undone by a restart.
 */
int daemon_ban(struct daemon *daemon, const struct ban *asked, int64_t uid);
int daemon_unban(struct daemon *daemon, const struct prefix *prefix, uint32_t jail, int64_t uid,
		 bool anyway);

/* After lines, or words: kernel, ledger, timer. */
void daemon_act(struct daemon *daemon);

/* Ends a turn of the ledger: what was told since the last one, and the place of each feed now. There is a ledger. */
void daemon_turn(struct daemon *daemon, int64_t now);

/* The same, and waits until it is on the disk; on one that fails for a while only. There is a ledger. */
void daemon_commit(struct daemon *daemon);

/* Answers a request: see docs/control.md. Context is the daemon. */
void answers_handle(void *context, const json_t *request, const struct ucred *peer,
		    struct control_reply *reply);

/* The ledger has written up to this ticket: answers that waited for it go out. */
void answers_committed(struct daemon *daemon, uint64_t ticket);

/* Before control_free(): those that still wait are told that the daemon ends. */
void answers_end(struct daemon *daemon);

#endif
