/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>

#include "cmd.h"
#include "daemon.h"

static const char help[] =
	"Usage: relaydam run [OPTION]...\n"
	"The daemon: follows the mail log, and drops the packets of clients that have\n"
	"earned a ban. Stays in the foreground; systemd starts it as relaydam.service.\n\n"
	"  -c, --config FILE  default " CMD_CONFIG "\n"
	"      --log FILE     follow this file instead of the configured sources\n"
	"      --dry-run      do everything but block and cut\n"
	"      --debug        explain each verdict on stderr\n"
	"      --help\n\n"
	"SIGHUP and 'relaydam reload' read the configuration anew, and keep windows and\n"
	"bans. Exit codes: 0 ended by SIGTERM or SIGINT, 2 usage, 3 configuration, 4 a\n"
	"file, a list of the kernel or a privilege.\n";

enum { OPT_LOG = 256, OPT_DRY_RUN, OPT_DEBUG };

static int take_option(struct daemon_options *options, int option)
{
	switch (option) {
	case 'c':
		options->config_path = optarg;
		return 0;
	case OPT_LOG:
		options->log = optarg;
		return 0;
	case OPT_DRY_RUN:
		options->dry_run = true;
		return 0;
	case OPT_DEBUG:
		options->debug = true;
		return 0;
	case 'h':
		fputs(help, stdout);
		return 1;
	default:
		return -1;
	}
}

int cmd_run(int argc, char **argv)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "log", required_argument, NULL, OPT_LOG },
		{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
		{ "debug", no_argument, NULL, OPT_DEBUG },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct daemon_options options = { .config_path = CMD_CONFIG };
	int option, r = 0;

	while (r == 0 && (option = cmd_option(argc, argv, "c:h", known)) != -1)
		r = take_option(&options, option);
	if (r == 0 && optind < argc) {
		cmd_complain("run takes no file; --log FILE follows one");
		r = -1;
	}
	if (r < 0)
		return cmd_usage_error("run");
	return cmd_flush(r > 0 ? EXIT_DONE : daemon_main(&options));
}
