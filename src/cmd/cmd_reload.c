/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "client/print.h"
#include "cmd/cmd.h"
#include "daemon_request.h"

static const char help[] =
	"Usage: relaydam reload [-c FILE] [--json]\n"
	"Makes the daemon read its configuration again. Bans, windows and read positions\n"
	"are kept. If the new configuration has an error, the old one stays in force.\n\n" DAEMON_REQUEST_HELP
	"Exit codes: 0 done, 2 usage error, 3 the configuration has an error, 4 the\n"
	"daemon cannot be reached.\n";

static int reload_config(const struct daemon_request *request)
{
	json_t *answer;
	const json_t *warning;
	struct printer printer;
	char text[PRINT_TEXT], rules[PRINT_TEXT], jails[PRINT_TEXT];
	size_t i;
	int r = daemon_request_send(request, json_pack("{s:s}", "command", "reload"), &answer);

	if (r != EXIT_DONE)
		return r;
	print_init(&printer, answer);
	if (!request->json) {
		json_array_foreach(json_object_get(answer, "warnings"), i, warning)
			print_problem(&printer, "%s", print_string(warning, text));
		print_sentence("%s is in force: %s, %s.", print_text(answer, "config", text),
			       print_count(print_number(answer, "rules"), "rule", rules),
			       print_count(print_number(answer, "jails"), "jail", jails));
	}
	json_decref(answer);
	return r;
}

int cmd_reload(int argc, char **argv)
{
	struct daemon_request request = { 0 };
	const struct options_entry options[] = { DAEMON_REQUEST_OPTIONS(&request) };
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (optind < argc) {
		cmd_message("reload takes no arguments: remove \"%s\"", argv[optind]);
		return cmd_usage_error("reload");
	}
	return cmd_flush(reload_config(&request));
}
