/* SPDX-License-Identifier: MIT */
#include "explain.h"

#include <stdio.h>
#include <unistd.h>

#include "daemon_state.h"
#include "policy.h"
#include "util/term.h"
#include "util/units.h"

static const char *colour(const char *code)
{
	return term_has_colour(STDERR_FILENO) ? code : "";
}

/* Every line begins with time, client and rule. */
static void begin(const struct daemon *daemon, const struct hit *hit, const char *code,
		  const char *what)
{
	char time[TIME_TEXT], addr[ADDR_TEXT];

	fprintf(stderr, "%s %s%-7s%s %s %s/%s",
		time_local(hit->time, &daemon->policy->config->zone, time), colour(code), what,
		colour("\033[0m"), addr_format(&hit->addr, addr), hit->rule->filter,
		hit->rule->name);
}

/* The engine reports a hit before it counts it: hence the weight is added. */
void explain_hit(const struct daemon *daemon, const struct hit *hit)
{
	bool any = false;

	begin(daemon, hit, "\033[33m", "hit");
	fprintf(stderr, " (%s)", offence_name(hit->offence));
	for (uint32_t j = 0; j < daemon->policy->jails_n; j++) {
		const struct jail *jail = &daemon->policy->jails[j];
		struct window_count count;

		if (!jail_guards(jail, hit->offence))
			continue;
		any = true;
		count = engine_window(daemon->policy->engine, &hit->addr, j, hit->time);
		fprintf(stderr, " %s %u/%u", jail->name, count.hits + hit->weight,
			jail->rule.maxretry);
	}
	fputs(any ? "\n" : " no jail asks for it\n", stderr);
}

void explain_stopped(const struct daemon *daemon, const struct hit *hit)
{
	begin(daemon, hit, "\033[90m", "banned");
	fputs(" is banned already\n", stderr);
}

void explain_ban(const struct daemon *daemon, const struct ban_event *event)
{
	char until[TIME_TEXT], prefix[PREFIX_TEXT];

	begin(daemon, event->hit, "\033[31m", "BAN");
	fprintf(stderr, " %s in jail %s until %s%s%s\n", prefix_short(&event->ban.prefix, prefix),
		event->jail->name,
		time_local(event->ban.until, &daemon->policy->config->zone, until),
		event->ban.would ? ", only reported: " : "", would_name(event->ban.would));
}

void explain_sight(const struct daemon *daemon, const struct cut_candidate *sight, const char *said)
{
	const struct sock_diag_socket *socket = sight->socket;
	char local[ADDR_TEXT], peer[ADDR_TEXT];
	int64_t idle = socket->idle == INT64_MAX ? -1 : socket->idle / 1000;

	fprintf(stderr,
		"%slook%s at %s port %u from %s port %u, jail %s: inode %u, %u bytes not acknowledged, "
		"last sent %lld ms ago, the line %lld ms: %s%s%s\n",
		colour("\033[36m"), colour("\033[0m"), addr_format(&socket->local, local),
		socket->local_port, addr_format(&socket->peer, peer), socket->peer_port,
		daemon->policy->jails[sight->jail].name, socket->inode, socket->queued,
		(long long)idle, (long long)(sight->since / 1000), sight->verdict,
		*said ? ", " : "", said);
}

void explain_cut(const struct daemon *daemon, const struct cut_report *report)
{
	char prefix[PREFIX_TEXT];

	fprintf(stderr, "%sCUT%s %s in jail %s: %s%s, %u sessions\n", colour("\033[31m"),
		colour("\033[0m"), prefix_short(&report->prefix, prefix),
		daemon->policy->jails[report->jail].name, daemon_is_dry(daemon) ? "would be " : "",
		cut_outcome_name(report->outcome), report->sessions);
}
