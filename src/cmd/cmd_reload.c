/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "client/print.h"
#include "cmd/cmd.h"
#include "daemon_request.h"

static const char help[] =
	"Usage: relaydam reload [-c FILE] [--json]\n"
	"Has the daemon read its configuration again. Bans, windows and its place in the\n"
	"logs stay. Where the configuration is wrong, the old one stays in force.\n\n" DAEMON_REQUEST_HELP
	"Exit codes: 0 done, 3 the configuration is wrong, 4 the daemon cannot be asked.\n";

static int reload(const struct daemon_request *about)
{
	json_t *answer;
	const json_t *diagnostics_warning;
	struct printer show;
	char text[PRINT_TEXT], rules[PRINT_TEXT], jails[PRINT_TEXT];
	size_t i;
	int r = daemon_request_send(about, json_pack("{s:s}", "command", "reload"), &answer);

	if (r != EXIT_DONE)
		return r;
	print_init(&show, answer);
	if (!about->json) {
		json_array_foreach(json_object_get(answer, "warnings"), i, diagnostics_warning)
			print_wrong(&show, "%s", print_string(diagnostics_warning, text));
		print_say("%s is in force: %s, %s.", print_text(answer, "config", text),
			  print_count(print_number(answer, "rules"), "rule", rules),
			  print_count(print_number(answer, "jails"), "jail", jails));
	}
	json_decref(answer);
	return r;
}

int cmd_reload(int argc, char **argv)
{
	struct daemon_request about = { 0 };
	const struct options_entry options[] = { DAEMON_REQUEST_OPTIONS(&about) };
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (optind < argc) {
		cmd_complain("reload takes no argument: \"%s\"", argv[optind]);
		return cmd_usage_error("reload");
	}
	return cmd_flush(reload(&about));
}
