/* SPDX-License-Identifier: MIT */
/*
 * cut_process: ends a session by a signal to the process that serves it, for servers with a process per connection.
 *
 * Courier's couriertcpd starts a courieresmtpd for each connection, which starts a submit whose command line names the
 * client. The command line is only a hint, because the client controls half of its text. A process gets the signal only
 * if it holds the socket that the kernel reports for the client.
 */
#ifndef RELAYDAM_ENFORCE_CUT_PROCESS_H
#define RELAYDAM_ENFORCE_CUT_PROCESS_H

#include <signal.h>
#include <sys/types.h>

#include "config/config.h"
#include "net/sock_diag.h"

struct cut_process;

enum { CUT_PROCESS_REFUSED = 1 }; /* a check failed */

/* The system calls that act; tests replace them. */
struct cut_process_ops {
	int (*open)(pid_t pid, unsigned flags); /* pidfd_open(2) */
	int (*signal)(int pidfd, int sig, siginfo_t *info, unsigned flags);
};
extern const struct cut_process_ops cut_process_kernel;

/*
 * proc: "/proc", or another directory in tests. conf and ops are borrowed. dry_run: does everything except the signal.
 * Returns 0 and sets *out (free with cut_process_free()), or -errno.
 */
int cut_process_new(struct cut_process **out, const char *proc, const struct cut_process_conf *conf,
		    bool dry_run, const struct cut_process_ops *ops);
void cut_process_free(struct cut_process *cut);

/* Makes the next cut_process_end() scan all processes again. */
void cut_process_refresh(struct cut_process *cut);

/*
 * Sends SIGTERM to the process that holds this connection. Returns 0; CUT_PROCESS_REFUSED when a check failed; -ESRCH
 * when no process names the client or the process has ended; or -errno.
 */
int cut_process_end(struct cut_process *cut, const struct sock_diag_socket *socket);

/* Describes the result of the last cut_process_end(). Valid until the next one. */
const char *cut_process_detail(const struct cut_process *cut);

/*
 * Finds the client in a command line of n bytes, its arguments terminated by NUL: the address in the brackets at the
 * end of the last argument, as in "dns; HELO (PTR [192.0.2.7])". Returns 0 and sets *out, or -EINVAL.
 */
int cut_process_client(const char *line, size_t n, struct addr *out);

#endif
