/* SPDX-License-Identifier: MIT */
#include "enforce/cutter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

struct order {
	struct prefix prefix;
	uint32_t jail, sessions;
	enum cut how;
	uint16_t ports[CONFIG_PORTS];
	size_t ports_n;
	int64_t line, due, next, ended;
	bool seen, refused, failed, no_process; /* results of its sessions */
	bool waits, more, wanted;		/* in the current poll */
};

struct cutter {
	struct cutter_options options;
	struct order *orders;
	size_t orders_n;
	int64_t last; /* time of the last run */
	struct order **batch;
	size_t batch_n;
	struct prefix *peers;
	uint16_t *ports;
	size_t ports_n;
	struct sock_diag_socket *found;
	size_t found_n;
	bool overflow;
	uint64_t counts[CUT_OUTCOMES];
	unsigned streak; /* orders without a session since the last cut */
	int last_error;	 /* the error that was logged last; 0: none */
};

const char *cut_outcome_name(enum cut_outcome outcome)
{
	static const char *const names[CUT_OUTCOMES] = {
		[CUT_ENDED] = "cut",	   [CUT_LEFT] = "left",	    [CUT_NOT_FOUND] = "not found",
		[CUT_REFUSED] = "refused", [CUT_FAILED] = "failed", [CUT_OLD] = "old",
	};

	return names[outcome];
}

int cutter_new(struct cutter **out, const struct cutter_options *options)
{
	struct cutter *cutter = calloc(1, sizeof(*cutter));

	if (!cutter)
		return -ENOMEM;
	cutter->options = *options;
	cutter->orders = calloc(CUT_ORDERS, sizeof(*cutter->orders));
	cutter->batch = calloc(SOCK_DIAG_PEERS, sizeof(struct order *));
	cutter->peers = calloc(SOCK_DIAG_PEERS, sizeof(*cutter->peers));
	cutter->ports = calloc(SOCK_DIAG_PORTS, sizeof(*cutter->ports));
	cutter->found = calloc(CUT_SESSIONS, sizeof(*cutter->found));
	if (!cutter->orders || !cutter->batch || !cutter->peers || !cutter->ports ||
	    !cutter->found) {
		cutter_free(cutter);
		return -ENOMEM;
	}
	*out = cutter;
	return 0;
}

void cutter_free(struct cutter *cutter)
{
	if (!cutter)
		return;
	free(cutter->orders);
	free(cutter->batch);
	free(cutter->peers);
	free(cutter->ports);
	free(cutter->found);
	free(cutter);
}

void cutter_reload(struct cutter *cutter, int64_t after, bool dry_run, const uint32_t *jail_map)
{
	size_t kept = 0;

	cutter->options.after = after;
	cutter->options.dry_run = dry_run;
	for (size_t i = 0; i < cutter->orders_n; i++) {
		struct order *order = &cutter->orders[i];

		order->jail = jail_map[order->jail];
		if (order->jail != UINT32_MAX)
			cutter->orders[kept++] = *order;
	}
	cutter->orders_n = kept;
}

static bool has_order(const struct cutter *cutter, const struct cut_order *order)
{
	for (size_t i = 0; i < cutter->orders_n; i++) {
		const struct order *other = &cutter->orders[i];

		if (other->jail == order->jail && other->prefix.bits == order->prefix.bits &&
		    addr_equal(&other->prefix.addr, &order->prefix.addr))
			return true;
	}
	return false;
}

int cutter_add(struct cutter *cutter, const struct cut_order *order)
{
	struct order *new = &cutter->orders[cutter->orders_n];

	if (order->age > CUT_AGE_MOST) {
		cutter->counts[CUT_OLD]++;
		return 1;
	}
	if (has_order(cutter, order))
		return 1;
	if (cutter->orders_n == CUT_ORDERS) {
		cutter->counts[CUT_FAILED]++;
		return -ENOSPC;
	}
	*new = (struct order){ .prefix = order->prefix,
			       .jail = order->jail,
			       .how = order->how,
			       .ports_n = order->ports_n < CONFIG_PORTS ? order->ports_n
									: CONFIG_PORTS,
			       .line = order->line,
			       .due = order->line + cutter->options.after,
			       .next = order->line + CUT_INTERVAL };
	memcpy(new->ports, order->ports, new->ports_n * sizeof(*new->ports));
	if (new->next > new->due)
		new->next = new->due;
	cutter->orders_n++;
	return 0;
}

/* ---- poll ---- */

static void add_port(struct cutter *cutter, uint16_t port)
{
	for (size_t i = 0; i < cutter->ports_n; i++)
		if (cutter->ports[i] == port)
			return;
	/* always true: there are at most CONFIG_BLOCKERS * CONFIG_PORTS */
	if (cutter->ports_n < SOCK_DIAG_PORTS)
		cutter->ports[cutter->ports_n++] = port;
}

/* Selects the orders that are due and whose client is blocked: it cannot reconnect after the cut. */
static void select_due(struct cutter *cutter, int64_t now)
{
	const struct cutter_ops *ops = &cutter->options.ops;

	cutter->batch_n = cutter->ports_n = cutter->found_n = 0;
	cutter->overflow = false;
	for (size_t i = 0; i < cutter->orders_n && cutter->batch_n < SOCK_DIAG_PEERS; i++) {
		struct order *order = &cutter->orders[i];

		if (order->next > now || order->wanted)
			continue;
		order->wanted = true;
		order->waits = order->more = false;
		if (!ops->held(ops->context, &order->prefix, order->jail)) {
			order->refused = true;
			continue;
		}
		order->refused = false;
		cutter->peers[cutter->batch_n] = order->prefix;
		cutter->batch[cutter->batch_n++] = order;
		for (size_t p = 0; p < order->ports_n; p++)
			add_port(cutter, order->ports[p]);
	}
}

static void collect(void *context, const struct sock_diag_socket *socket)
{
	struct cutter *cutter = context;

	if (cutter->found_n < CUT_SESSIONS)
		cutter->found[cutter->found_n++] = *socket;
	else
		cutter->overflow = true;
}

static void note_error(struct cutter *cutter, int error)
{
	const struct cutter_callbacks *callbacks = &cutter->options.callbacks;
	char text[256];

	if (error == cutter->last_error)
		return;
	cutter->last_error = error;
	snprintf(text, sizeof(text), "could not cut a session: %s%s", strerror(-error),
		 error == -EPERM || error == -EACCES
			 ? "; docs/systemd.md has the missing line of the unit"
		 : error == -EOPNOTSUPP ? "; this kernel was built without CONFIG_INET_DIAG_DESTROY"
					: "");
	callbacks->note(callbacks->context, LOG_WARNING, text);
}

static bool is_of(const struct order *order, const struct sock_diag_socket *socket)
{
	if (!sock_diag_within(&order->prefix, &socket->peer))
		return false;
	for (size_t i = 0; i < order->ports_n; i++)
		if (order->ports[i] == socket->local_port)
			return true;
	return false;
}

/* Whether the client has read what the server has sent since the line. */
static bool has_read(const struct order *order, const struct sock_diag_socket *socket, int64_t now)
{
	return socket->queued == 0 && socket->idle < now &&
	       now - socket->idle > order->line + CUT_PRECISION;
}

static const char *end_session(struct cutter *cutter, struct order *order,
			       const struct sock_diag_socket *socket, int64_t now)
{
	const struct cutter_ops *ops = &cutter->options.ops;
	int r = ops->end(ops->context, socket, order->how);

	switch (r) {
	case 0:
		order->sessions++;
		order->ended = now;
		cutter->counts[CUT_ENDED]++;
		cutter->last_error = 0;
		return "cut";
	case 1:
		order->refused = true;
		return "refused";
	case -ENOENT:
		return "has gone";
	case -ESRCH:
		order->no_process = true;
		return "no process";
	default:
		order->failed = true;
		note_error(cutter, r);
		return strerror(-r);
	}
}

static void handle(struct cutter *cutter, struct order *order,
		   const struct sock_diag_socket *socket, int64_t now)
{
	const struct cutter_ops *ops = &cutter->options.ops;
	const struct cutter_callbacks *callbacks = &cutter->options.callbacks;
	struct cut_candidate candidate = { order->jail, socket, "waits", now - order->line };

	order->seen = true;
	if (ops->ignored(ops->context, &socket->peer)) {
		order->refused = true;
		candidate.verdict = "ignored";
	} else if (now < order->due && !has_read(order, socket, now)) {
		order->waits = true;
	} else {
		candidate.verdict = end_session(cutter, order, socket, now);
	}
	if (callbacks->checked)
		callbacks->checked(callbacks->context, &candidate);
}

static void poll_batch(struct cutter *cutter, int64_t now)
{
	const struct cutter_ops *ops = &cutter->options.ops;
	struct sock_diag_query query = { cutter->peers, cutter->batch_n, cutter->ports,
					 cutter->ports_n };
	uint32_t before;
	int r = cutter->batch_n == 0 ? 0 : ops->find(ops->context, &query, collect, cutter);

	if (r < 0)
		note_error(cutter, r);
	for (size_t b = 0; b < cutter->batch_n; b++) {
		struct order *order = cutter->batch[b];

		order->failed = order->failed || r < 0;
		before = order->sessions;
		for (size_t i = 0; r == 0 && i < cutter->found_n; i++)
			if (is_of(order, &cutter->found[i]))
				handle(cutter, order, &cutter->found[i], now);
		/* more sessions than fit: polls again as long as sessions end */
		order->more = cutter->overflow && now >= order->due && order->sessions > before;
	}
}

/* ---- results ---- */

static void count_streak(struct cutter *cutter, enum cut_outcome outcome)
{
	const struct cutter_callbacks *callbacks = &cutter->options.callbacks;
	char text[400];

	if (outcome == CUT_ENDED || outcome == CUT_LEFT)
		cutter->streak = 0;
	if (outcome != CUT_NOT_FOUND || ++cutter->streak != CUT_STREAK)
		return;
	snprintf(text, sizeof(text), "found no sessions of the last %d banned clients: %s",
		 CUT_STREAK, CUT_ADVICE);
	callbacks->note(callbacks->context, LOG_WARNING, text);
}

static void finish(struct cutter *cutter, const struct order *order)
{
	const struct cutter_callbacks *callbacks = &cutter->options.callbacks;
	struct cut_report report = { .prefix = order->prefix,
				     .jail = order->jail,
				     .sessions = order->sessions };

	if (order->sessions > 0)
		report.outcome = CUT_ENDED, report.latency = order->ended - order->line;
	else if (order->failed)
		report.outcome = CUT_FAILED;
	else if (order->refused)
		report.outcome = CUT_REFUSED;
	else if (order->seen && !order->no_process)
		report.outcome = CUT_LEFT;
	else
		report.outcome = CUT_NOT_FOUND;
	if (report.outcome != CUT_ENDED) /* sessions that were ended are counted one by one */
		cutter->counts[report.outcome]++;
	count_streak(cutter, report.outcome);
	callbacks->done(callbacks->context, &report);
}

/*
 * The last poll is at `due`, also for a client without a session so far: a connection that was being opened when the
 * client was blocked exists by then. A process may exist for a moment after its signal; it gets only one.
 */
static bool is_over(const struct cutter *cutter, const struct order *order, int64_t now)
{
	if (order->more)
		return false;
	if (order->sessions > 0 && (cutter->options.dry_run || order->how == CUT_SIGNAL))
		return !order->waits;
	return now >= order->due;
}

static void finish_batch(struct cutter *cutter, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < cutter->orders_n; i++) {
		struct order *order = &cutter->orders[i];

		if (order->wanted && is_over(cutter, order, now)) {
			finish(cutter, order);
			continue;
		}
		if (order->wanted)
			order->next = order->more		       ? now
				      : order->waits || order->refused ? now + CUT_INTERVAL
								       : order->due;
		if (order->next > order->due && !order->more)
			order->next = order->due;
		order->wanted = false;
		cutter->orders[kept++] = *order;
	}
	cutter->orders_n = kept;
}

/* When the clock was set back: the remaining waiting times stay the same. */
static void adjust_clock(struct cutter *cutter, int64_t now)
{
	int64_t step = cutter->last - now;

	for (size_t i = 0; step > 0 && i < cutter->orders_n; i++) {
		cutter->orders[i].line -= step;
		cutter->orders[i].due -= step;
		cutter->orders[i].next -= step;
	}
	cutter->last = now;
}

int64_t cutter_run(struct cutter *cutter, int64_t now)
{
	int64_t next = INT64_MAX;

	adjust_clock(cutter, now);
	do {
		select_due(cutter, now);
		poll_batch(cutter, now);
	} while (cutter->batch_n == SOCK_DIAG_PEERS);
	finish_batch(cutter, now);
	for (size_t i = 0; i < cutter->orders_n; i++)
		if (cutter->orders[i].next < next)
			next = cutter->orders[i].next;
	return next;
}

uint64_t cutter_count(const struct cutter *cutter, enum cut_outcome outcome)
{
	return cutter->counts[outcome];
}

bool cutter_blind(const struct cutter *cutter)
{
	return cutter->streak >= CUT_STREAK;
}
