/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "show.h"
#include "util/addr.h"

/* "rule postfix/user-unknown, 5 hits" or "by hand": what made it. */
static void reason(const json_t *ban, char out[static SHOW_TEXT * 3])
{
	char filter[SHOW_TEXT], rule[SHOW_TEXT], hits[SHOW_TEXT];

	show_text(ban, "filter", filter);
	show_text(ban, "rule", rule);
	if (strcmp(show_text(ban, "by", hits), "command") == 0 || !*rule)
		snprintf(out, SHOW_TEXT * 3, "by hand");
	else
		snprintf(out, SHOW_TEXT * 3, "rule %s%s%s, %s", filter, *filter ? "/" : "", rule,
			 show_count(show_number(ban, "hits"), "hit", hits));
}

static void show_ban(const struct show *show, const char *addr, const json_t *ban)
{
	char jail[SHOW_TEXT], client[SHOW_TEXT], prefix[SHOW_TEXT], why[SHOW_TEXT * 3];
	char since[TIME_TEXT], until[TIME_TEXT], left[DURATION_TEXT];
	const json_t *line, *in_kernel = json_object_get(ban, "in_kernel");
	struct prefix under = { .bits = 128 }, asked;
	bool wider;
	size_t i;

	reason(ban, why);
	prefix_parse(prefix, strlen(show_text(ban, "prefix", prefix)), &under);
	/* of a prefix, those that are banned in it */
	if (prefix_parse(addr, strlen(addr), &asked) >= 0 && asked.bits < under.bits)
		addr = show_text(ban, "addr", client);
	wider = under.bits < 128 && addr != client;
	show_say("%s is banned%s%s%s since %s until %s (%s left) by jail %s: %s.", addr,
		 wider ? ", with all of " : "", wider ? prefix : "", wider ? "," : "",
		 show_time(show, ban, "since", since), show_time(show, ban, "until", until),
		 show_left(show, ban, "until", left), show_text(ban, "jail", jail), why);
	if (json_is_false(in_kernel))
		show_wrong(show,
			   "The kernel does not hold this ban: packets from there still come in. "
			   "'relaydam status' says what is wrong with its list.");
	json_array_foreach(json_object_get(ban, "lines"), i, line) show_line(line);
}

static void show_spared(const struct show *show, const json_t *answer)
{
	const json_t *spared = json_object_get(answer, "spared");
	char until[TIME_TEXT], first[TIME_TEXT], within[DURATION_TEXT], mails[SHOW_TEXT];
	int64_t us = show_number(spared, "within_seconds") * UNITS_SECOND;

	if (!spared)
		return;
	duration_format(us, within);
	if (show_bool(spared, "spared"))
		show_say(
			"It is spared until %s, and banned at port 25 only at %lld times the limit: the "
			"server accepted %s from it since %s.",
			show_time(show, spared, "until", until), show_number(spared, "factor"),
			show_count(show_number(spared, "mails"), "mail", mails),
			show_time(show, spared, "first", first));
	else
		show_say("It is not spared: the server accepted %lld of its last mails within %s, "
			 "and %lld are wanted.",
			 show_number(spared, "last"), within, show_number(spared, "delivered"));
}

static void show_windows(const struct show *show, const json_t *answer)
{
	const json_t *window;
	size_t i;

	json_array_foreach(json_object_get(answer, "windows"), i, window)
	{
		char jail[SHOW_TEXT], oldest[TIME_TEXT];

		show_say("It has %lld of the %lld hits that jail %s allows, since %s.",
			 show_number(window, "hits"), show_number(window, "maxretry"),
			 show_text(window, "jail", jail),
			 show_time(show, window, "oldest", oldest));
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

static void show_recent(const struct show *show, const json_t *answer)
{
	const json_t *hit;
	bool any = false;
	size_t i;

	json_array_foreach(json_object_get(answer, "recent"), i, hit)
	{
		const json_t *line = json_object_get(hit, "line");
		char time[TIME_TEXT], rule[SHOW_TEXT];

		if (is_shown(answer, line))
			continue;
		if (!any)
			show_heading(show, "Its last hits:");
		any = true;
		printf("%s  rule %s\n", show_time(show, hit, "time", time),
		       show_text(hit, "rule", rule));
		show_line(line);
	}
}

static void show_earlier(const struct show *show, const json_t *answer)
{
	const json_t *earlier = json_object_get(answer, "earlier"), *ban;
	size_t i;

	if (json_array_size(earlier) == 0)
		return;
	show_heading(show, "Earlier bans:");
	json_array_foreach(earlier, i, ban)
	{
		char since[TIME_TEXT], until[TIME_TEXT], jail[SHOW_TEXT], rule[SHOW_TEXT];

		printf("%-19s  to %-19s  %-10s %-18s %4lld\n", show_time(show, ban, "since", since),
		       show_time(show, ban, "until", until), show_text(ban, "jail", jail),
		       show_text(ban, "rule", rule), show_number(ban, "hits"));
	}
}

bool show_addr(const struct show *show, const json_t *answer)
{
	const json_t *bans = json_object_get(answer, "bans"), *ban;
	bool banned = show_bool(answer, "banned");
	char addr[SHOW_TEXT], mails[SHOW_TEXT];
	size_t i;

	show_text(answer, "addr", addr);
	if (!banned)
		show_say("%s is not banned.", addr);
	else if (json_array_size(bans) == 0)
		show_say("%s is banned.", addr);
	json_array_foreach(bans, i, ban)
	{
		if (i > 0)
			putchar('\n');
		show_ban(show, addr, ban);
	}
	if (show_number(answer, "more") > 0)
		show_say("And %lld more: 'relaydam list' has them.", show_number(answer, "more"));
	if (show_bool(answer, "ignored"))
		show_say("It is in ignoreip: no rule ever bans it.");
	show_spared(show, answer);
	show_windows(show, answer);
	if (show_number(answer, "accepted") > 0)
		show_say("The server accepted %s from it.",
			 show_count(show_number(answer, "accepted"), "mail", mails));
	show_recent(show, answer);
	show_earlier(show, answer);
	return banned;
}
