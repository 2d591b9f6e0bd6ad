/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/cmd.h"
#include "daemon/daemon.h"
#include "options.h"

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

int cmd_run(int argc, char **argv)
{
	struct daemon_options daemon = { .config_path = CMD_CONFIG };
	const struct options_entry options[] = {
		{ .name = "config", .letter = 'c', .text = &daemon.config_path },
		{ .name = "log", .text = &daemon.log },
		{ .name = "dry-run", .flag = &daemon.dry_run },
		{ .name = "debug", .flag = &daemon.debug },
		{ .name = NULL },
	};
	struct config *config;
	int r = options_read(argc, argv, options, help);

	if (r != OPTIONS_GO_ON)
		return r;
	if (optind < argc) {
		cmd_complain("run takes no file; --log FILE follows one");
		return cmd_usage_error("run");
	}
	r = cmd_config(&config, daemon.config_path);
	if (r == EXIT_DONE && daemon_run(&daemon, config) < 0)
		r = EXIT_ENVIRONMENT;
	return cmd_flush(r);
}
