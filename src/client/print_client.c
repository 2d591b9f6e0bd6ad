/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "client/print.h"
#include "util/addr.h"

/* What caused the ban: "rule postfix/user-unknown, 5 hits" or "manual ban". */
static void ban_cause(const json_t *ban, char out[static PRINT_TEXT * 3])
{
	char filter[PRINT_TEXT], rule[PRINT_TEXT], hits[PRINT_TEXT];

	print_text(ban, "filter", filter);
	print_text(ban, "rule", rule);
	if (strcmp(print_text(ban, "by", hits), "command") == 0 || !*rule)
		snprintf(out, PRINT_TEXT * 3, "manual ban");
	else
		snprintf(out, PRINT_TEXT * 3, "rule %s%s%s, %s", filter, *filter ? "/" : "", rule,
			 print_count(print_number(ban, "hits"), "hit", hits));
}

static void show_ban(const struct printer *printer, const char *addr, const json_t *ban)
{
	char jail[PRINT_TEXT], client[PRINT_TEXT], prefix[PRINT_TEXT], cause[PRINT_TEXT * 3];
	char since[TIME_TEXT], until[TIME_TEXT], left[DURATION_TEXT];
	const json_t *line, *in_kernel = json_object_get(ban, "in_kernel");
	struct prefix banned = { .bits = 128 }, requested;
	bool wider;
	size_t i;

	ban_cause(ban, cause);
	prefix_parse(prefix, strlen(print_text(ban, "prefix", prefix)), &banned);
	/* if a prefix was requested, name the banned client in it */
	if (prefix_parse(addr, strlen(addr), &requested) >= 0 && requested.bits < banned.bits)
		addr = print_text(ban, "addr", client);
	wider = banned.bits < 128 && addr != client;
	print_sentence("%s is banned%s%s%s from %s to %s (%s left) by jail %s: %s.", addr,
		       wider ? ", with all of " : "", wider ? prefix : "", wider ? "," : "",
		       print_time(printer, ban, "since", since),
		       print_time(printer, ban, "until", until),
		       print_remaining(printer, ban, "until", left), print_text(ban, "jail", jail),
		       cause);
	if (json_is_false(in_kernel))
		print_problem(printer,
			      "This ban is not in the kernel: packets from this client still "
			      "arrive. 'relaydam status' shows why.");
	json_array_foreach(json_object_get(ban, "lines"), i, line) print_line(line);
}

static void show_known_sender(const struct printer *printer, const json_t *answer)
{
	const json_t *spared = json_object_get(answer, "spared");
	char until[TIME_TEXT], first[TIME_TEXT], within[DURATION_TEXT], mails[PRINT_TEXT];
	int64_t us = print_number(spared, "within_seconds") * UNITS_SECOND;

	if (!spared)
		return;
	duration_format(us, within);
	if (print_bool(spared, "spared"))
		print_sentence(
			"It is a known sender until %s, and banned at port 25 only at %lld times the "
			"limit: the server has accepted %s from it since %s.",
			print_time(printer, spared, "until", until), print_number(spared, "factor"),
			print_count(print_number(spared, "mails"), "mail", mails),
			print_time(printer, spared, "first", first));
	else
		print_sentence(
			"It is not a known sender: the server accepted %lld mails from it within "
			"%s, and %lld are required.",
			print_number(spared, "last"), within, print_number(spared, "delivered"));
}

static void show_windows(const struct printer *printer, const json_t *answer)
{
	const json_t *window;
	size_t i;

	json_array_foreach(json_object_get(answer, "windows"), i, window)
	{
		char jail[PRINT_TEXT], oldest[TIME_TEXT];

		print_sentence("It has %lld of the %lld hits that jail %s allows, since %s.",
			       print_number(window, "hits"), print_number(window, "maxretry"),
			       print_text(window, "jail", jail),
			       print_time(printer, window, "oldest", oldest));
	}
}

/* Has the line been printed with its ban? */
static bool is_shown(const json_t *answer, const json_t *line)
{
	const json_t *ban, *shown;
	size_t i, k;

	json_array_foreach(json_object_get(answer, "bans"), i, ban) json_array_foreach(
		json_object_get(ban, "lines"), k, shown) if (json_equal(shown, line)) return true;
	return false;
}

static void show_recent(const struct printer *printer, const json_t *answer)
{
	const json_t *hit;
	bool any = false;
	size_t i;

	json_array_foreach(json_object_get(answer, "recent"), i, hit)
	{
		const json_t *line = json_object_get(hit, "line");
		char time[TIME_TEXT], rule[PRINT_TEXT];

		if (is_shown(answer, line))
			continue;
		if (!any)
			print_heading(printer, "Its last hits:");
		any = true;
		printf("%s  rule %s\n", print_time(printer, hit, "time", time),
		       print_text(hit, "rule", rule));
		print_line(line);
	}
}

static void show_earlier(const struct printer *printer, const json_t *answer)
{
	const json_t *earlier = json_object_get(answer, "earlier"), *ban;
	size_t i;

	if (json_array_size(earlier) == 0)
		return;
	print_heading(printer, "Earlier bans:");
	json_array_foreach(earlier, i, ban)
	{
		char since[TIME_TEXT], until[TIME_TEXT], jail[PRINT_TEXT], rule[PRINT_TEXT];

		printf("%-19s  to %-19s  %-10s %-18s %4lld\n",
		       print_time(printer, ban, "since", since),
		       print_time(printer, ban, "until", until), print_text(ban, "jail", jail),
		       print_text(ban, "rule", rule), print_number(ban, "hits"));
	}
}

bool print_addr(const struct printer *printer, const json_t *answer)
{
	const json_t *bans = json_object_get(answer, "bans"), *ban;
	bool banned = print_bool(answer, "banned");
	char addr[PRINT_TEXT], mails[PRINT_TEXT];
	size_t i;

	print_text(answer, "addr", addr);
	if (!banned)
		print_sentence("%s is not banned.", addr);
	else if (json_array_size(bans) == 0)
		print_sentence("%s is banned.", addr);
	json_array_foreach(bans, i, ban)
	{
		if (i > 0)
			putchar('\n');
		show_ban(printer, addr, ban);
	}
	if (print_number(answer, "more") > 0)
		print_sentence("And %lld more: 'relaydam list' shows them.",
			       print_number(answer, "more"));
	if (print_bool(answer, "ignored"))
		print_sentence("It is in ignoreip: no rule ever bans it.");
	show_known_sender(printer, answer);
	show_windows(printer, answer);
	if (print_number(answer, "accepted") > 0)
		print_sentence("The server accepted %s from it.",
			       print_count(print_number(answer, "accepted"), "mail", mails));
	show_recent(printer, answer);
	show_earlier(printer, answer);
	return banned;
}
