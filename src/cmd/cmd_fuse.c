/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "client/print.h"
#include "cmd/cmd.h"
#include "daemon_request.h"

static const char help[] =
	"Usage: relaydam fuse [-c FILE] [--json] [FILTER/RULE --reset]\n"
	"Lists the rules whose fuse has blown: they banned clients that deliver mail, or\n"
	"far more clients than usual. Since then they only report.\n\n"
	"      --reset        make the rule ban again; look first at what it banned\n" DAEMON_REQUEST_HELP
	"Exit codes: 0 done, 1 the fuse of that rule has not blown, 2 usage error, 4 the\n"
	"daemon cannot be reached.\n";

static void print_fuses(const struct printer *printer, const json_t *answer)
{
	const json_t *fuses = json_object_get(answer, "fuses"), *fuse;
	size_t i;

	if (json_array_size(fuses) == 0)
		print_sentence("No fuse has blown.");
	json_array_foreach(fuses, i, fuse) print_fuse(printer, fuse);
}

static int list_or_reset(const struct daemon_request *request, const char *rule)
{
	json_t *answer;
	struct printer printer;
	int r = daemon_request_send(
		request, json_pack("{s:s, s:s*}", "command", "fuse", "rule", rule), &answer);

	if (r != EXIT_DONE)
		return r;
	print_init(&printer, answer);
	if (!request->json && rule)
		print_sentence("Rule %s bans again.", rule);
	else if (!request->json)
		print_fuses(&printer, answer);
	json_decref(answer);
	return r;
}

/* A rule needs --reset, and --reset needs a rule. */
static int check_arguments(int argc, char **argv, bool reset)
{
	if (argc - optind == (reset ? 1 : 0))
		return 0;
	if (reset)
		cmd_message("--reset needs one rule, for example postfix/dnsbl");
	else
		cmd_message("to make the rule ban again: relaydam fuse %s --reset", argv[optind]);
	return -1;
}

int cmd_fuse(int argc, char **argv)
{
	struct daemon_request request = { 0 };
	bool reset = false;
	const struct options_entry options[] = {
		{ .name = "reset", .flag = &reset },
		DAEMON_REQUEST_OPTIONS(&request),
	};
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (check_arguments(argc, argv, reset) < 0)
		return cmd_usage_error("fuse");
	return cmd_flush(list_or_reset(&request, argv[optind]));
}
