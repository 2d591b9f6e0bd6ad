/* SPDX-License-Identifier: MIT */
/*
 * daemon_state: what the parts of the daemon share. Each pointer is the handle of one part, made and freed by that part's file;
 * its inside is seen there alone.
 *
 *     source_feed (tail, journal) -> engine -> enforcement -> block lists, cuts, ledger, log
 *                                      ^
 *                         control server (request_handlers)
 */
#ifndef RELAYDAM_DAEMON_DAEMON_STATE_H
#define RELAYDAM_DAEMON_DAEMON_STATE_H

#include <systemd/sd-event.h>

#include "daemon/daemon_options.h"
#include "util/siphash.h"
#include "util/span.h"

struct daemon {
	struct daemon_options options;
	sd_event *event;
	struct loop *loop;
	struct tick *tick;
	int64_t started; /* microseconds since 1970 */
	struct seed seed;

	struct policy *policy; /* the configuration in force, with its engine and block lists */
	uint64_t generation;   /* of the policy: one more with each reload */
	struct client_stats *stats;
	struct recent_lines *recent;
	struct load *load;
	struct cut_control *cuts; /* NULL: no jail cuts */
	struct ban_messages *messages;
	unsigned warned; /* bit set of health's warnings that stand in the log */

	struct feed **feeds;
	size_t feeds_n;
	struct feed
		*line_feed; /* the source of the line that is in the engine now; NULL: none is */
	struct span line;   /* that line */

	struct ledger *ledger; /* NULL: none */
	char *ledger_path;     /* as at the start; NULL before it is known */
	sd_event_source *ledger_watch;
	struct checkpoint *checkpoint;
	struct ledger_resync *resync; /* NULL: none under way */
	struct ledger_wait *waits;    /* what waits for the ledger to write */

	struct control *control;
	char *control_path; /* as at the start */
};

/*
 * The daemon's clock, microseconds since 1970: wall time with steps of the machine's clock smoothed out; it never runs backwards.
 * See steady_clock.h.
 */
int64_t daemon_now(void);

/* Blocks and cuts nothing, by option or by configuration. */
bool daemon_is_dry(const struct daemon *daemon);

#endif
