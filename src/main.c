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
	{ "run", "run the daemon in the foreground", cmd_run },
	{ "status", "show figures and problems of the daemon, or why an address is banned",
	  cmd_status },
	{ "watch", "print one line of figures every few seconds", cmd_watch },
	{ "list", "list the bans in force", cmd_list },
	{ "ban", "ban an address manually", cmd_ban },
	{ "unban", "end the bans of an address, or all bans", cmd_unban },
	{ "reload", "make the daemon read its configuration again", cmd_reload },
	{ "fuse", "list rules that were switched to report-only, or reset one", cmd_fuse },
	{ "learn", "learn known senders from archived logs", cmd_learn },
	{ "firewall", "print, install, check or remove the firewall rules", cmd_firewall },
	{ "replay", "show which bans archived logs would have caused", cmd_replay },
	{ "match", "show which rule matches which log line", cmd_match },
	{ "check", "check the configuration, and each rule on its examples", cmd_check },
};

/* Prints the error; suggests the command that the word may be a typo of. */
static int unknown_command(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (cmd_is_typo(word, commands[i].name)) {
			cmd_message("there is no command \"%s\"; did you mean \"%s\"?", word,
				    commands[i].name);
			return EXIT_USAGE;
		}
	cmd_message("there is no command \"%s\"; 'relaydam --help' lists them", word);
	return EXIT_USAGE;
}

static int usage(FILE *to)
{
	fputs("Usage: relaydam COMMAND [OPTION]... [ARGUMENT]...\n"
	      "Keeps a mail server reachable during a spam wave: bans clients that the server\n"
	      "rejects again and again, and closes their sessions.\n\n",
	      to);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fputs("\n  --help    show this help\n"
	      "  --version show the version\n\n"
	      "'relaydam COMMAND --help' describes one command.\n"
	      "Exit codes: 0 done, 1 a negative answer, 2 usage error, 3 configuration error,\n"
	      "4 a file, a kernel list or a privilege is missing, or the daemon cannot be\n"
	      "reached.\n",
	      to);
	return to == stdout ? EXIT_DONE : EXIT_USAGE;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_CTYPE, ""); /* the chart uses block elements if the locale is UTF-8 */
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
	return unknown_command(argv[1]);
}
