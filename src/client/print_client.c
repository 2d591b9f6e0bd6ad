/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "client/print.h"
#include "util/addr.h"

/* "rule postfix/user-unknown, 5 hits" or "by hand": what made it. */
static void reason(const json_t *ban, char out[static PRINT_TEXT * 3])
{
	char filter[PRINT_TEXT], rule[PRINT_TEXT], hits[PRINT_TEXT];

	print_text(ban, "filter", filter);
	print_text(ban, "rule", rule);
	if (strcmp(print_text(ban, "by", hits), "command") == 0 || !*rule)
		snprintf(out, PRINT_TEXT * 3, "by hand");
	else
		snprintf(out, PRINT_TEXT * 3, "rule %s%s%s, %s", filter, *filter ? "/" : "", rule,
			 print_count(print_number(ban, "hits"), "hit", hits));
}

static void show_ban(const struct printer *show, const char *addr, const json_t *ban)
{
	char jail[PRINT_TEXT], client[PRINT_TEXT], prefix[PRINT_TEXT], why[PRINT_TEXT * 3];
	char since[TIME_TEXT], until[TIME_TEXT], left[DURATION_TEXT];
	const json_t *line, *in_kernel = json_object_get(ban, "in_kernel");
	struct prefix under = { .bits = 128 }, asked;
	bool wider;
	size_t i;

	reason(ban, why);
	prefix_parse(prefix, strlen(print_text(ban, "prefix", prefix)), &under);
	/* of a prefix, those that are banned in it */
	if (prefix_parse(addr, strlen(addr), &asked) >= 0 && asked.bits < under.bits)
		addr = print_text(ban, "addr", client);
	wider = under.bits < 128 && addr != client;
	print_say("%s is banned%s%s%s since %s until %s (%s left) by jail %s: %s.", addr,
		  wider ? ", with all of " : "", wider ? prefix : "", wider ? "," : "",
		  print_time(show, ban, "since", since), print_time(show, ban, "until", until),
		  print_left(show, ban, "until", left), print_text(ban, "jail", jail), why);
	if (json_is_false(in_kernel))
		print_wrong(show,
			    "The kernel does not hold this ban: packets from there still come in. "
			    "'relaydam status' says what is wrong with its list.");
	json_array_foreach(json_object_get(ban, "lines"), i, line) print_line(line);
}

static void show_spared(const struct printer *show, const json_t *answer)
{
	const json_t *spared = json_object_get(answer, "spared");
	char until[TIME_TEXT], first[TIME_TEXT], within[DURATION_TEXT], mails[PRINT_TEXT];
	int64_t us = print_number(spared, "within_seconds") * UNITS_SECOND;

	if (!spared)
		return;
	duration_format(us, within);
	if (print_bool(spared, "spared"))
		print_say(
			"It is spared until %s, and banned at port 25 only at %lld times the limit: the "
			"server accepted %s from it since %s.",
			print_time(show, spared, "until", until), print_number(spared, "factor"),
			print_count(print_number(spared, "mails"), "mail", mails),
			print_time(show, spared, "first", first));
	else
		print_say("It is not spared: the server accepted %lld of its last mails within %s, "
			  "and %lld are wanted.",
			  print_number(spared, "last"), within, print_number(spared, "delivered"));
}

static void show_windows(const struct printer *show, const json_t *answer)
{
	const json_t *window;
	size_t i;

	json_array_foreach(json_object_get(answer, "windows"), i, window)
	{
		char jail[PRINT_TEXT], oldest[TIME_TEXT];

		print_say("It has %lld of the %lld hits that jail %s allows, since %s.",
			  print_number(window, "hits"), print_number(window, "maxretry"),
			  print_text(window, "jail", jail),
			  print_time(show, window, "oldest", oldest));
	}
}

/* Under a ban of its own, above. */
static bool is_shown(const json_t *answer, const json_t *line)
{
	const json_t *ban, *shown;
	size_t i, k;

	json_array_foreach(json_object_get(answer, "bans"), i, ban) json_array_foreach(
		json_object_get(ban, "lines"), k, shown) if (json_equal(shown, line)) return true;
	return false;
}

static void show_recent(const struct printer *show, const json_t *answer)
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
			print_heading(show, "Its last hits:");
		any = true;
		printf("%s  rule %s\n", print_time(show, hit, "time", time),
		       print_text(hit, "rule", rule));
		print_line(line);
	}
}

static void show_earlier(const struct printer *show, const json_t *answer)
{
	const json_t *earlier = json_object_get(answer, "earlier"), *ban;
	size_t i;

	if (json_array_size(earlier) == 0)
		return;
	print_heading(show, "Earlier bans:");
	json_array_foreach(earlier, i, ban)
	{
		char since[TIME_TEXT], until[TIME_TEXT], jail[PRINT_TEXT], rule[PRINT_TEXT];

		printf("%-19s  to %-19s  %-10s %-18s %4lld\n",
		       print_time(show, ban, "since", since), print_time(show, ban, "until", until),
		       print_text(ban, "jail", jail), print_text(ban, "rule", rule),
		       print_number(ban, "hits"));
	}
}

bool print_addr(const struct printer *show, const json_t *answer)
{
	const json_t *bans = json_object_get(answer, "bans"), *ban;
	bool banned = print_bool(answer, "banned");
	char addr[PRINT_TEXT], mails[PRINT_TEXT];
	size_t i;

	print_text(answer, "addr", addr);
	if (!banned)
		print_say("%s is not banned.", addr);
	else if (json_array_size(bans) == 0)
		print_say("%s is banned.", addr);
	json_array_foreach(bans, i, ban)
	{
		if (i > 0)
			putchar('\n');
		show_ban(show, addr, ban);
	}
	if (print_number(answer, "more") > 0)
		print_say("And %lld more: 'relaydam list' has them.", print_number(answer, "more"));
	if (print_bool(answer, "ignored"))
		print_say("It is in ignoreip: no rule ever bans it.");
	show_spared(show, answer);
	show_windows(show, answer);
	if (print_number(answer, "accepted") > 0)
		print_say("The server accepted %s from it.",
			  print_count(print_number(answer, "accepted"), "mail", mails));
	show_recent(show, answer);
	show_earlier(show, answer);
	return banned;
}
