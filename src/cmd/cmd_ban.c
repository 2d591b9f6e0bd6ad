/* SPDX-License-Identifier: MIT */
/* ban and unban: by hand. */
#include <stdio.h>

#include "client/print.h"
#include "cmd/cmd.h"
#include "daemon_request.h"

static const char ban_help[] =
	"Usage: relaydam ban [-c FILE] [--json] [--for TIME] [--jail JAIL] ADDR\n"
	"Bans an address by hand, whatever it did; an address in ignoreip is refused, and\n"
	"a prefix wider than the jail's.\n\n"
	"  -f, --for TIME     as 10m, 1h, 7d; default the jail's bantime\n"
	"  -j, --jail JAIL    where it is refused; default the first jail of each blocker\n" DAEMON_REQUEST_HELP
	"Exit codes: 0 banned, 1 refused, 2 usage, 4 the daemon cannot be asked.\n";

static const char unban_help[] =
	"Usage: relaydam unban [-c FILE] [--json] ADDR | --all\n"
	"Ends the bans of an address, or of a prefix as `list` shows it, and forgets its\n"
	"hits. It stays done over a restart.\n\n"
	"      --all          ends every ban\n" DAEMON_REQUEST_HELP
	"Exit codes: 0 done, 1 there was no such ban, 4 the daemon cannot be asked.\n";

static void show_new_ban(const struct printer *show, const json_t *ban)
{
	char client[PRINT_TEXT], jail[PRINT_TEXT], until[TIME_TEXT], left[DURATION_TEXT];

	print_say("%s is banned until %s (%s) by jail %s.", print_text(ban, "prefix", client),
		  print_time(show, ban, "until", until), print_left(show, ban, "until", left),
		  print_text(ban, "jail", jail));
	if (json_is_false(json_object_get(ban, "in_kernel")))
		print_wrong(show,
			    "The kernel does not hold it: 'relaydam status' says what is wrong.");
}

static int ban(const struct daemon_request *about, const char *addr, const char *jail,
	       const char *time)
{
	json_t *request = json_pack("{s:s, s:s, s:s*, s:s*}", "command", "ban", "addr", addr,
				    "jail", jail, "for", time);
	json_t *answer;
	const json_t *made;
	struct printer show;
	size_t i;
	int r = daemon_request_send(about, request, &answer);

	if (r != EXIT_DONE)
		return r;
	print_init(&show, answer);
	if (!about->json)
		json_array_foreach(json_object_get(answer, "bans"), i, made)
			show_new_ban(&show, made);
	json_decref(answer);
	return r;
}

static int check_time(const char *time)
{
	int64_t us;

	if (!time || duration_parse(time, &us) == 0)
		return 0;
	cmd_complain("--for: \"%s\" is no duration like \"1h\"", time);
	return -1;
}

int cmd_ban(int argc, char **argv)
{
	struct daemon_request about = { 0 };
	const char *time = NULL, *jail = NULL;
	const struct options_entry options[] = {
		{ .name = "for", .letter = 'f', .text = &time },
		{ .name = "jail", .letter = 'j', .text = &jail },
		DAEMON_REQUEST_OPTIONS(&about),
	};
	int r = options_read(argc, argv, options, ban_help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (check_time(time) < 0 || daemon_request_check_addr(argc, argv, 1, 1) < 0)
		return cmd_usage_error("ban");
	return cmd_flush(ban(&about, argv[optind], jail, time));
}

static int unban(const struct daemon_request *about, const char *addr)
{
	json_t *request = addr ? json_pack("{s:s, s:s}", "command", "unban", "addr", addr)
			       : json_pack("{s:s, s:b}", "command", "unban", "all", 1);
	json_t *answer;
	char count[PRINT_TEXT];
	long long n;
	int r = daemon_request_send(about, request, &answer);

	if (r != EXIT_DONE)
		return r;
	n = print_number(answer, "bans");
	if (n == 0 && addr)
		r = EXIT_NO;
	if (!about->json && r == EXIT_NO)
		cmd_complain("%s was not banned: 'relaydam list' shows who is", addr);
	else if (!about->json)
		printf("%s%s%s ended.\n", addr ? addr : "", addr ? ": " : "",
		       print_count(n, "ban", count));
	json_decref(answer);
	return r;
}

int cmd_unban(int argc, char **argv)
{
	struct daemon_request about = { 0 };
	bool all = false;
	const struct options_entry options[] = {
		{ .name = "all", .flag = &all },
		DAEMON_REQUEST_OPTIONS(&about),
	};
	int r = options_read(argc, argv, options, unban_help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (all && optind < argc) {
		cmd_complain("unban takes an address or --all, not both");
		return cmd_usage_error("unban");
	}
	if (!all && daemon_request_check_addr(argc, argv, 1, 1) < 0)
		return cmd_usage_error("unban");
	return cmd_flush(unban(&about, all ? NULL : argv[optind]));
}
