/* SPDX-License-Identifier: MIT */
/* Manual bans: the commands `ban` and `unban`. */
#include <stdio.h>

#include "client/print.h"
#include "cmd/cmd.h"
#include "daemon_request.h"

static const char ban_help[] =
	"Usage: relaydam ban [-c FILE] [--json] [--for TIME] [--jail JAIL] ADDR\n"
	"Bans an address manually, together with the prefix that the jail bans around it.\n"
	"An address in ignoreip is refused, and so is a prefix wider than the jail's.\n\n"
	"  -f, --for TIME     length, as in 10m, 1h or 7d (default: the jail's bantime)\n"
	"  -j, --jail JAIL    jail to ban in (default: the first jail of each blocker)\n" DAEMON_REQUEST_HELP
	"Exit codes: 0 banned, 1 refused, 2 usage error, 4 the daemon cannot be reached.\n";

static const char unban_help[] =
	"Usage: relaydam unban [-c FILE] [--json] ADDR | --all\n"
	"Ends the bans of an address, or of a prefix as 'relaydam list' shows it, and\n"
	"forgets its hits. A restart of the daemon does not bring the bans back.\n\n"
	"      --all          end every ban\n" DAEMON_REQUEST_HELP
	"Exit codes: 0 done, 1 the address was not banned, 2 usage error, 4 the daemon\n"
	"cannot be reached.\n";

static void print_new_ban(const struct printer *printer, const json_t *ban)
{
	char client[PRINT_TEXT], jail[PRINT_TEXT], until[TIME_TEXT], left[DURATION_TEXT];

	print_sentence("%s is banned until %s (%s) by jail %s.", print_text(ban, "prefix", client),
		       print_time(printer, ban, "until", until),
		       print_remaining(printer, ban, "until", left), print_text(ban, "jail", jail));
	if (json_is_false(json_object_get(ban, "in_kernel")))
		print_problem(printer,
			      "This ban is not in the kernel: 'relaydam status' shows why.");
}

static int ban_addr(const struct daemon_request *request, const char *addr, const char *jail,
		    const char *time)
{
	json_t *body = json_pack("{s:s, s:s, s:s*, s:s*}", "command", "ban", "addr", addr, "jail",
				 jail, "for", time);
	json_t *answer;
	const json_t *made;
	struct printer printer;
	size_t i;
	int r = daemon_request_send(request, body, &answer);

	if (r != EXIT_DONE)
		return r;
	print_init(&printer, answer);
	if (!request->json)
		json_array_foreach(json_object_get(answer, "bans"), i, made)
			print_new_ban(&printer, made);
	json_decref(answer);
	return r;
}

static int check_time(const char *time)
{
	int64_t us;

	if (!time || duration_parse(time, &us) == 0)
		return 0;
	cmd_message("--for: \"%s\" is not a duration: write 10m, 1h or 7d", time);
	return -1;
}

int cmd_ban(int argc, char **argv)
{
	struct daemon_request request = { 0 };
	const char *time = NULL, *jail = NULL;
	const struct options_entry options[] = {
		{ .name = "for", .letter = 'f', .text = &time },
		{ .name = "jail", .letter = 'j', .text = &jail },
		DAEMON_REQUEST_OPTIONS(&request),
	};
	int r = options_read(argc, argv, options, ban_help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (check_time(time) < 0 || daemon_request_check_addr(argc, argv, 1, 1) < 0)
		return cmd_usage_error("ban");
	return cmd_flush(ban_addr(&request, argv[optind], jail, time));
}

static int unban_addr(const struct daemon_request *request, const char *addr)
{
	json_t *body = addr ? json_pack("{s:s, s:s}", "command", "unban", "addr", addr)
			    : json_pack("{s:s, s:b}", "command", "unban", "all", 1);
	json_t *answer;
	char count[PRINT_TEXT];
	long long n;
	int r = daemon_request_send(request, body, &answer);

	if (r != EXIT_DONE)
		return r;
	n = print_number(answer, "bans");
	if (n == 0 && addr)
		r = EXIT_NO;
	if (!request->json && r == EXIT_NO)
		cmd_message("%s is not banned: 'relaydam list' shows the bans in force", addr);
	else if (!request->json)
		printf("%s%s%s ended.\n", addr ? addr : "", addr ? ": " : "",
		       print_count(n, "ban", count));
	json_decref(answer);
	return r;
}

int cmd_unban(int argc, char **argv)
{
	struct daemon_request request = { 0 };
	bool all = false;
	const struct options_entry options[] = {
		{ .name = "all", .flag = &all },
		DAEMON_REQUEST_OPTIONS(&request),
	};
	int r = options_read(argc, argv, options, unban_help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (all && optind < argc) {
		cmd_message("unban takes either an address or --all, not both");
		return cmd_usage_error("unban");
	}
	if (!all && daemon_request_check_addr(argc, argv, 1, 1) < 0)
		return cmd_usage_error("unban");
	return cmd_flush(unban_addr(&request, all ? NULL : argv[optind]));
}
