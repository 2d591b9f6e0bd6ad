/* SPDX-License-Identifier: MIT */
/*
 * cut_process: ends a session by a signal to the process that serves it, where each connection has a process of its own.
 *
 * Courier's couriertcpd starts a courieresmtpd for each connection, and that one a submit, whose command line
 * names the client. The command line only says where to look, for half of it is the client's own text. What decides is that
 * the process to be signalled holds the very socket that the kernel reports for that client.
 */
#ifndef RELAYDAM_ENFORCE_CUT_PROCESS_H
#define RELAYDAM_ENFORCE_CUT_PROCESS_H

#include <signal.h>
#include <sys/types.h>

#include "config/config.h"
#include "net/sock_diag.h"

struct cut_process;

enum { CUT_PROCESS_REFUSED = 1 };

/* The last step, and the one before it. Tests have others. */
struct cut_process_ops {
	int (*open)(pid_t pid, unsigned flags); /* pidfd_open(2) */
	int (*signal)(int pidfd, int sig, siginfo_t *info, unsigned flags);
};
extern const struct cut_process_ops cutproc_kernel;

/* proc: "/proc". conf is borrowed. dry_run: all but the signal. Returns 0 and sets *out, or -errno. */
int cut_process_new(struct cut_process **out, const char *proc, const struct cut_process_conf *conf,
		    bool dry_run, const struct cut_process_ops *ops);
void cut_process_free(struct cut_process *cutproc);

/* Processes have come and gone: the next cut_process_end() looks through all of them again. */
void cut_process_refresh(struct cut_process *cutproc);

/*
 * Sends SIGTERM to the process that holds this connection. Returns 0; CUT_PROCESS_REFUSED when a check said no; -ESRCH when no
 * process names that client, or it has ended; or -errno.
 */
int cut_process_end(struct cut_process *cutproc, const struct sock_diag_socket *socket);

/* What the last cut_process_end() found, in words. */
const char *cut_process_said(const struct cut_process *cutproc);

/*
 * The client in a command line of n bytes, arguments ended by NUL: the address between the last brackets of
 * the last argument, which must end with them, "dns; HELO (PTR [192.0.2.7])". Returns 0 or -EINVAL.
 */
int cut_process_client(const char *line, size_t n, struct addr *out);

#endif
