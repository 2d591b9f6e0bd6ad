/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/cmd.h"
#include "daemon/daemon.h"
#include "options.h"

static const char help[] =
	"Usage: relaydam run [OPTION]...\n"
	"Runs the daemon: follows the mail log and bans clients that exceed a limit.\n"
	"It stays in the foreground; systemd starts it as relaydam.service.\n\n"
	"  -c, --config FILE  configuration (default: " CMD_CONFIG ")\n"
	"      --log FILE     follow this file instead of the configured sources\n"
	"      --dry-run      do everything except blocking and cutting\n"
	"      --debug        explain every decision on standard error\n"
	"  -h, --help         show this help\n\n"
	"SIGHUP and 'relaydam reload' make it read the configuration again; windows and\n"
	"bans are kept. Exit codes: 0 ended by SIGTERM or SIGINT, 2 usage error,\n"
	"3 configuration error, 4 a file, a kernel list or a privilege is missing.\n";

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
		cmd_message("run takes no arguments: to follow a file use --log FILE");
		return cmd_usage_error("run");
	}
	r = cmd_config(&config, daemon.config_path);
	if (r == EXIT_DONE && daemon_run(&daemon, config) < 0)
		r = EXIT_ENVIRONMENT;
	return cmd_flush(r);
}
