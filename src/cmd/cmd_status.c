/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "client/print.h"
#include "client/prometheus.h"
#include "cmd/cmd.h"
#include "daemon_request.h"

static const char help[] =
	"Usage: relaydam status [-c FILE] [--json|--metrics] [ADDR]\n"
	"What the running daemon did and what is wrong; or of one address: is it banned,\n"
	"why, by which lines, and what was before.\n\n"
	"      --metrics      the figures for Prometheus\n" DAEMON_REQUEST_HELP
	"Exit codes: 0 done, 1 ADDR is not banned, 4 the daemon cannot be asked.\n";

static int status(const struct daemon_request *about, const char *addr, bool metrics)
{
	json_t *request = json_pack("{s:s, s:s*}", "command", "status", "addr", addr);
	json_t *answer;
	struct printer show;
	int r = daemon_request_send(about, request, &answer);

	if (r != EXIT_DONE)
		return r;
	print_init(&show, answer);
	if (metrics)
		prometheus_print(stdout, answer);
	else if (!about->json && addr)
		print_addr(&show, answer);
	else if (!about->json)
		print_status(&show, answer);
	if (addr && !print_bool(answer, "banned"))
		r = EXIT_NO;
	json_decref(answer);
	return r;
}

int cmd_status(int argc, char **argv)
{
	struct daemon_request about = { 0 };
	bool metrics = false;
	const struct options_entry options[] = {
		{ .name = "metrics", .flag = &metrics },
		DAEMON_REQUEST_OPTIONS(&about),
	};
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (metrics && (about.json || optind < argc)) {
		cmd_complain("--metrics goes with neither --json nor an address");
		return cmd_usage_error("status");
	}
	if (daemon_request_check_addr(argc, argv, 0, 1) < 0)
		return cmd_usage_error("status");
	return cmd_flush(status(&about, argv[optind], metrics));
}
