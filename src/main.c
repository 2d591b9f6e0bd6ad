/* SPDX-License-Identifier: MIT */
/*
 * relaydam keeps a mail server alive in a spam wave.
 *
 * The way through the tree, in the order in which a line travels:
 *
 *   inputs      the files and their order (stem, overlap)
 *   archive_in  bytes of one (unpack*)          linebuf   bytes to lines
 *   reader      lines of a rotated log          stream    of several logs, by time
 *   source      takes it apart and gives it its time: record, the header (stamp); origin, the host;
 *               logtime, what the time is worth
 *   filter      the rule that takes it, by its
 *               program's trie of patterns (token, item, plan, code, step, walk)
 *   session     what needs more than one line   window    hits of a client, with table
 *   jail, judge the verdict                     bans      the bans in force
 *   fair        what keeps honest mail from being lost: spare, past, fuse, hosts
 *   engine      THE PIPELINE: all of these in order. Start reading there.
 *
 * The daemon (daemon, made by setup) puts sources in front of it and blockers behind:
 *
 *   feed        one source, and where it begins after a restart (feeds: all of them)
 *     follow      a log that grows and is rotated (chain, logfile, rotated, pathwatch, notes)
 *     journal     records instead of lines (journalplace, journalentry, journalunits); autosource chooses
 *   verdict     what is done with a ban         explain, log  what is said of it
 *   cutting     which ban ends sessions, too    cut       when (sockdiag, sockfilter: the kernel's
 *               connections, by netlink; cutproc: a server's processes)
 *   blocked     which entries must be in the kernel (block_list_family, blocked_entries, timeheap)
 *     blocker     block_xt, block_nft (nftlib, nfset, netlink), block_print: A NEW BLOCKER GOES HERE
 *   learn       who has delivered, from the logs that are there (spared: at the first start)
 *   ledger      what outlives it, by a thread of its own (ledger_*)    evidence  the last lines
 *   restore     what of it is in force again   offer       for a ledger that has lost some     health    what is wrong
 *   control     the socket (control_*), answered by answers (unban); asked by cmd_ask for show*, metrics, watch
 *   firewall_*  the rules that the blockers need     pressure  how busy the server is
 *
 * Around it: config (confread, confkey, confrule, confcheck, conffair, problems) and the commands cmd_* (options). Of a replay: pass, one
 * configuration over the log, with tally, series and banlog of what it did; report, chart and page, which show it; versus
 * and sweep, which compare. Small things: addr, ignore, offence, units, localzone, escape, progress, program, loss, siphash, sockets,
 * steady, rundir, colour.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

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

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int usage(FILE *to)
{
	fputs("Usage: relaydam COMMAND [OPTION]... [FILE]...\n"
	      "Keeps a mail server alive in a spam wave.\n\n",
	      to);
	for (size_t i = 0; i < COMMANDS; i++)
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
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	cmd_complain("there is no command \"%s\"; 'relaydam --help' lists them", argv[1]);
	return EXIT_USAGE;
}
