/* SPDX-License-Identifier: MIT */
/* cmd: the commands, each in a file cmd_NAME.c, and what all of them need. */
#ifndef RELAYDAM_CMD_CMD_H
#define RELAYDAM_CMD_CMD_H

#include "archive/zfile.h"
#include "config/config.h"
#include "util/exit_code.h"

#define CMD_CONFIG "/etc/relaydam/relaydam.conf"

/* argv[0] is the name of the command. Each returns its exit code, see exit_code.h. */
int cmd_run(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_match(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_ban(int argc, char **argv);
int cmd_unban(int argc, char **argv); /* in cmd_ban.c */
int cmd_reload(int argc, char **argv);
int cmd_learn(int argc, char **argv);
int cmd_fuse(int argc, char **argv);
int cmd_firewall(int argc, char **argv);

/*
 * Loads the configuration and prints its errors and warnings. Returns EXIT_DONE and sets *out (free
 * with config_free()), or EXIT_CONFIG.
 */
int cmd_config(struct config **out, const char *path);

/* Prints "relaydam: ", the message and a newline on standard error. */
__attribute__((format(printf, 1, 2))) void cmd_message(const char *format, ...);

/* Call after a message: prints a hint at --help. Returns EXIT_USAGE. */
int cmd_usage_error(const char *command);

/* Parses the argument of --year into *(int *)year. Returns 0, or -EINVAL after a message. */
int cmd_year(void *year, const char *text);

/*
 * Flushes standard output. Returns code, or EXIT_ENVIRONMENT after a message if the output could
 * not be written.
 */
int cmd_flush(int code);

/* Do the words differ by one character: missing, extra, wrong or swapped with the next one? */
bool cmd_is_typo(const char *typed, const char *word);

#endif
