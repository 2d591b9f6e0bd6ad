/* SPDX-License-Identifier: MIT */
/*
 * relaydam keeps a mail server alive in a spam wave.
 *
 * The map of the tree, in the order of its layers: a folder uses only those above it (`make layers`).
 * docs/architecture.md has the way of a log line in one picture.
 *
 *   util/      addresses, clocks, tables: no knowledge of mail
 *   match/     compiles and matches patterns; PCRE2 does what is left
 *   logline/   one log line: header, time, names of rotated logs
 *   engine/    THE PIPELINE, from a line to a ban: start reading in engine.c
 *   config/    relaydam.conf and filters/
 *   net/       the kernel by netlink: nftables sets, connections
 *   enforce/   blockers, cuts, firewall rules: a new blocker goes here
 *   source/    logs that grow, the journal
 *   archive/   logs that are over: unpacked, in order, merged
 *   ledger/    what outlives the daemon, in SQLite
 *   replay/    what a configuration makes of archives, and reports
 *   control/   the control socket, both ends
 *   daemon/    sources in front of the engine, enforcement behind
 *   client/    the daemon's answers as text
 *   cmd/       the command line
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "util/array.h"

#ifndef VERSION
#define VERSION "0"
#endif

static const struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "run", "the daemon", cmd_run },
	{ "status", "what the daemon did, what is wrong; or why an address is banned", cmd_status },
	{ "watch", "a line every few seconds: sessions, hits, bans, mail accepted", cmd_watch },
	{ "list", "the bans in force", cmd_list },
	{ "ban", "bans an address by hand", cmd_ban },
	{ "unban", "ends the bans of an address, or all", cmd_unban },
	{ "reload", "has the daemon read its configuration again", cmd_reload },
	{ "fuse", "rules that only report, since they banned whom they should not", cmd_fuse },
	{ "learn", "who has delivered, from archived logs", cmd_learn },
	{ "firewall", "the kernel's rules: print, install, check, remove", cmd_firewall },
	{ "replay", "archived logs in, the bans that they would have made out", cmd_replay },
	{ "match", "which rule takes which line", cmd_match },
	{ "check", "reads the configuration, tries every rule on its examples", cmd_check },
};

static int usage(FILE *to)
{
	fputs("Usage: relaydam COMMAND [OPTION]... [FILE]...\n"
	      "Keeps a mail server alive in a spam wave.\n\n",
	      to);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fputs("\n  --help, --version\n\n"
	      "'relaydam COMMAND --help' tells more. Exit codes: 0 done, 1 the answer is no,\n"
	      "2 usage, 3 configuration, 4 a file or a privilege.\n",
	      to);
	return to == stdout ? EXIT_DONE : EXIT_USAGE;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_CTYPE, ""); /* for the chart: may it use block elements? */
	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return usage(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		puts("relaydam " VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	cmd_complain("there is no command \"%s\"; 'relaydam --help' lists them", argv[1]);
	return EXIT_USAGE;
}
