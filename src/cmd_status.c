/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>

#include "cmd.h"
#include "cmd_ask.h"
#include "metrics.h"
#include "show.h"

static const char help[] =
	"Usage: relaydam status [-c FILE] [--json|--metrics] [ADDR]\n"
	"What the running daemon did and what is wrong; or of one address: is it banned,\n"
	"why, by which lines, and what was before.\n\n"
	"      --metrics      the figures for Prometheus\n" ASK_HELP
	"Exit codes: 0 done, 1 ADDR is not banned, 4 the daemon cannot be asked.\n";

enum { OPT_METRICS = ASK_OWN };

static int status(const struct ask *about, const char *addr, bool metrics)
{
	json_t *request = json_pack("{s:s, s:s*}", "command", "status", "addr", addr);
	json_t *answer;
	struct show show;
	int r = ask(about, request, &answer);

	if (r != EXIT_DONE)
		return r;
	show_init(&show, answer);
	if (metrics)
		metrics_print(stdout, answer);
	else if (!about->json && addr)
		show_addr(&show, answer);
	else if (!about->json)
		show_status(&show, answer);
	if (addr && !show_bool(answer, "banned"))
		r = EXIT_NO;
	json_decref(answer);
	return r;
}

int cmd_status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "metrics", no_argument, NULL, OPT_METRICS },
		ASK_OPTIONS,
	};
	struct ask about = { 0 };
	bool metrics = false;
	int option, r = 0;

	while (r == 0 && (option = cmd_option(argc, argv, "c:h", options)) != -1) {
		if (option == OPT_METRICS)
			metrics = true;
		else
			r = ask_option(&about, option, help);
	}
	if (r > 0)
		return cmd_flush(EXIT_DONE);
	if (r == 0 && metrics && (about.json || optind < argc)) {
		cmd_complain("--metrics goes with neither --json nor an address");
		r = -1;
	}
	if (r == 0)
		r = ask_addr(argc, argv, 0, 1);
	if (r < 0)
		return cmd_usage_error("status");
	return cmd_flush(status(&about, argv[optind], metrics));
}
