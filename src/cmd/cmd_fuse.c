/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "client/print.h"
#include "cmd/cmd.h"
#include "daemon_request.h"

static const char help[] =
	"Usage: relaydam fuse [-c FILE] [--json] [FILTER/RULE --reset]\n"
	"The rules whose fuse has blown: they banned clients that deliver, or many more\n"
	"than usual, and only report since. --reset has a rule's bans carried out again.\n\n"
	"      --reset        after you have looked at what it banned\n" DAEMON_REQUEST_HELP
	"Exit codes: 0 done, 1 that rule's fuse is whole, 4 the daemon cannot be asked.\n";

static void show_fuses(const struct printer *show, const json_t *answer)
{
	const json_t *fuses = json_object_get(answer, "fuses"), *one;
	size_t i;

	if (json_array_size(fuses) == 0)
		print_say("All fuses are whole.");
	json_array_foreach(fuses, i, one) print_fuse(show, one);
}

static int fuse(const struct daemon_request *about, const char *rule)
{
	json_t *answer;
	struct printer show;
	int r = daemon_request_send(
		about, json_pack("{s:s, s:s*}", "command", "fuse", "rule", rule), &answer);

	if (r != EXIT_DONE)
		return r;
	print_init(&show, answer);
	if (!about->json && rule)
		print_say("The bans of rule %s are carried out again.", rule);
	else if (!about->json)
		show_fuses(&show, answer);
	json_decref(answer);
	return r;
}

/* A rule goes with --reset, and --reset with a rule. */
static int check(int argc, char **argv, bool reset)
{
	if (argc - optind == (reset ? 1 : 0))
		return 0;
	if (reset)
		cmd_complain("--reset wants one rule, as postfix/dnsbl");
	else
		cmd_complain("fuse %s: add --reset to have its bans carried out again",
			     argv[optind]);
	return -1;
}

int cmd_fuse(int argc, char **argv)
{
	struct daemon_request about = { 0 };
	bool reset = false;
	const struct options_entry options[] = {
		{ .name = "reset", .flag = &reset },
		DAEMON_REQUEST_OPTIONS(&about),
	};
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (check(argc, argv, reset) < 0)
		return cmd_usage_error("fuse");
	return cmd_flush(fuse(&about, argv[optind]));
}
