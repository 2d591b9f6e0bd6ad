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
	bool seen, refused, failed, no_process; /* of its sessions */
	bool waits, more, wanted;		/* in this look */
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
	unsigned row; /* not found, without one cut */
	int told;     /* the error that was noted last */
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

static bool is_there(const struct cutter *cutter, const struct cut_order *order)
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

	if (order->age > CUT_FRESH) {
		cutter->counts[CUT_OLD]++;
		return 1;
	}
	if (is_there(cutter, order))
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
			       .next = order->line + CUT_EVERY };
	memcpy(new->ports, order->ports, new->ports_n * sizeof(*new->ports));
	if (new->next > new->due)
		new->next = new->due;
	cutter->orders_n++;
	return 0;
}

/* ---- a look ---- */

static void add_port(struct cutter *cutter, uint16_t port)
{
	for (size_t i = 0; i < cutter->ports_n; i++)
		if (cutter->ports[i] == port)
			return;
	/* there are CONFIG_BLOCKERS * CONFIG_PORTS at most, which is less */
	if (cutter->ports_n < SOCK_DIAG_PORTS)
		cutter->ports[cutter->ports_n++] = port;
}

/* The orders whose time has come and whose client cannot come back. */
static void gather(struct cutter *cutter, int64_t now)
{
	const struct cutter_ops *hands = &cutter->options.hands;

	cutter->batch_n = cutter->ports_n = cutter->found_n = 0;
	cutter->overflow = false;
	for (size_t i = 0; i < cutter->orders_n && cutter->batch_n < SOCK_DIAG_PEERS; i++) {
		struct order *order = &cutter->orders[i];

		if (order->next > now || order->wanted)
			continue;
		order->wanted = true;
		order->waits = order->more = false;
		if (!hands->held(hands->context, &order->prefix, order->jail)) {
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

static void keep(void *context, const struct sock_diag_socket *socket)
{
	struct cutter *cutter = context;

	if (cutter->found_n < CUT_SESSIONS)
		cutter->found[cutter->found_n++] = *socket;
	else
		cutter->overflow = true;
}

static void trouble(struct cutter *cutter, int error)
{
	const struct cutter_callbacks *ear = &cutter->options.ear;
	char text[256];

	if (error == cutter->told)
		return;
	cutter->told = error;
	snprintf(text, sizeof(text), "a session could not be cut: %s%s", strerror(-error),
		 error == -EPERM || error == -EACCES
			 ? "; which line of the unit is missing says docs/systemd.md"
		 : error == -EOPNOTSUPP ? "; this kernel was built without CONFIG_INET_DIAG_DESTROY"
					: "");
	ear->note(ear->context, LOG_WARNING, text);
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

/* Has the client read what the server had to say since the line? */
static bool has_read(const struct order *order, const struct sock_diag_socket *socket, int64_t now)
{
	return socket->queued == 0 && socket->idle < now &&
	       now - socket->idle > order->line + CUT_GRAIN;
}

static const char *end(struct cutter *cutter, struct order *order,
		       const struct sock_diag_socket *socket, int64_t now)
{
	const struct cutter_ops *hands = &cutter->options.hands;
	int r = hands->end(hands->context, socket, order->how);

	switch (r) {
	case 0:
		order->sessions++;
		order->ended = now;
		cutter->counts[CUT_ENDED]++;
		cutter->told = 0;
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
		trouble(cutter, r);
		return strerror(-r);
	}
}

static void treat(struct cutter *cutter, struct order *order, const struct sock_diag_socket *socket,
		  int64_t now)
{
	const struct cutter_ops *hands = &cutter->options.hands;
	const struct cutter_callbacks *ear = &cutter->options.ear;
	struct cut_candidate sight = { order->jail, socket, "waits", now - order->line };

	order->seen = true;
	if (hands->ignored(hands->context, &socket->peer)) {
		order->refused = true;
		sight.verdict = "ignored";
	} else if (now < order->due && !has_read(order, socket, now)) {
		order->waits = true;
	} else {
		sight.verdict = end(cutter, order, socket, now);
	}
	if (ear->saw)
		ear->saw(ear->context, &sight);
}

static void look(struct cutter *cutter, int64_t now)
{
	const struct cutter_ops *hands = &cutter->options.hands;
	struct sock_diag_query query = { cutter->peers, cutter->batch_n, cutter->ports,
				       cutter->ports_n };
	uint32_t before;
	int r = cutter->batch_n == 0 ? 0 : hands->find(hands->context, &query, keep, cutter);

	if (r < 0)
		trouble(cutter, r);
	for (size_t b = 0; b < cutter->batch_n; b++) {
		struct order *order = cutter->batch[b];

		order->failed = order->failed || r < 0;
		before = order->sessions;
		for (size_t i = 0; r == 0 && i < cutter->found_n; i++)
			if (is_of(order, &cutter->found[i]))
				treat(cutter, order, &cutter->found[i], now);
		/* at the end there may be more than fit: as long as it gets on, it goes on */
		order->more = cutter->overflow && now >= order->due && order->sessions > before;
	}
}

/* ---- what came of it ---- */

static void note_row(struct cutter *cutter, enum cut_outcome outcome)
{
	const struct cutter_callbacks *ear = &cutter->options.ear;
	char text[400];

	if (outcome == CUT_ENDED || outcome == CUT_LEFT)
		cutter->row = 0;
	if (outcome != CUT_NOT_FOUND || ++cutter->row != CUT_ROW)
		return;
	snprintf(text, sizeof(text),
		 "the sessions of %d banned clients in a row were not found: %s", CUT_ROW,
		 CUT_ADVICE);
	ear->note(ear->context, LOG_WARNING, text);
}

static void finish(struct cutter *cutter, const struct order *order)
{
	const struct cutter_callbacks *ear = &cutter->options.ear;
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
	if (report.outcome != CUT_ENDED) /* those were counted one by one */
		cutter->counts[report.outcome]++;
	note_row(cutter, report.outcome);
	ear->done(ear->context, &report);
}

/*
 * The last look is at `due`, also for who was not there before: a connection that was just being made when the
 * client was blocked is there by then. A process may live on for a moment after its signal: it gets only one.
 */
static bool is_over(const struct cutter *cutter, const struct order *order, int64_t now)
{
	if (order->more)
		return false;
	if (order->sessions > 0 && (cutter->options.dry_run || order->how == CUT_SIGNAL))
		return !order->waits;
	return now >= order->due;
}

static void settle(struct cutter *cutter, int64_t now)
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
				      : order->waits || order->refused ? now + CUT_EVERY
								       : order->due;
		if (order->next > order->due && !order->more)
			order->next = order->due;
		order->wanted = false;
		cutter->orders[kept++] = *order;
	}
	cutter->orders_n = kept;
}

/* The clock was set back: what waits goes on waiting as long as before. */
static void follow_clock(struct cutter *cutter, int64_t now)
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

	follow_clock(cutter, now);
	do {
		gather(cutter, now);
		look(cutter, now);
	} while (cutter->batch_n == SOCK_DIAG_PEERS);
	settle(cutter, now);
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
	return cutter->row >= CUT_ROW;
}
