/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "client/print.h"
#include "client/prometheus.h"
#include "cmd/cmd.h"
#include "daemon_request.h"

static const char help[] =
	"Usage: relaydam status [-c FILE] [--json|--metrics] [ADDR]\n"
	"Shows what the daemon has read and banned, and any problems. With an address:\n"
	"whether it is banned, by which rule and log lines, and its earlier bans.\n\n"
	"      --metrics      print the figures in the text format of Prometheus\n" DAEMON_REQUEST_HELP
	"Exit codes: 0 done, 1 ADDR is not banned, 2 usage error, 4 the daemon cannot be\n"
	"reached.\n";

static int show_status(const struct daemon_request *request, const char *addr, bool metrics)
{
	json_t *body = json_pack("{s:s, s:s*}", "command", "status", "addr", addr);
	json_t *answer;
	struct printer printer;
	int r = daemon_request_send(request, body, &answer);

	if (r != EXIT_DONE)
		return r;
	print_init(&printer, answer);
	if (metrics)
		prometheus_print(stdout, answer);
	else if (!request->json && addr)
		print_addr(&printer, answer);
	else if (!request->json)
		print_status(&printer, answer);
	if (addr && !print_bool(answer, "banned"))
		r = EXIT_NO;
	json_decref(answer);
	return r;
}

int cmd_status(int argc, char **argv)
{
	struct daemon_request request = { 0 };
	bool metrics = false;
	const struct options_entry options[] = {
		{ .name = "metrics", .flag = &metrics },
		DAEMON_REQUEST_OPTIONS(&request),
	};
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (metrics && (request.json || optind < argc)) {
		cmd_message("--metrics cannot be combined with --json or an address");
		return cmd_usage_error("status");
	}
	if (daemon_request_check_addr(argc, argv, 0, 1) < 0)
		return cmd_usage_error("status");
	return cmd_flush(show_status(&request, argv[optind], metrics));
}
