/* SPDX-License-Identifier: MIT */
/* cmd: what the commands share. Each command is one file, cmd_NAME.c. */
#ifndef RELAYDAM_CMD_CMD_H
#define RELAYDAM_CMD_CMD_H

#include "archive/zfile.h"
#include "config/config.h"
#include "util/exit_code.h"

#define CMD_CONFIG "/etc/relaydam/relaydam.conf"

/* Each takes argv[0] as its own name, and returns the exit code, see exit_code.h. */
int cmd_run(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_match(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_ban(int argc, char **argv);
int cmd_unban(int argc, char **argv); /* beside cmd_ban */
int cmd_reload(int argc, char **argv);
int cmd_learn(int argc, char **argv);
int cmd_fuse(int argc, char **argv);
int cmd_firewall(int argc, char **argv);

/* Reads the configuration, prints what is wrong with it. Returns EXIT_DONE and sets *out, or the exit code. */
int cmd_config(struct config **out, const char *path);

/* "relaydam: ", the message, a newline. */
__attribute__((format(printf, 1, 2))) void cmd_complain(const char *format, ...);

/* After a message: points at --help. Returns EXIT_USAGE. */
int cmd_usage_error(const char *command);

/* Takes the argument of --year into an int, see options.h. Returns 0, or -EINVAL after a message. */
int cmd_year(void *year, const char *text);

/* Writes what is left and tells whether all of it arrived. Returns code, or EXIT_ENVIRONMENT. */
int cmd_flush(int code);

#endif
