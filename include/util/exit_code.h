/* SPDX-License-Identifier: MIT */
/* exit_code: what a command exits with, and the "exit" of a reply on the control socket. Scripts rely on the numbers. */
#ifndef RELAYDAM_UTIL_EXIT_CODE_H
#define RELAYDAM_UTIL_EXIT_CODE_H

enum {
	EXIT_DONE = 0,
	EXIT_NO = 1,	      /* a negative answer: no line matched, a check failed, not banned */
	EXIT_USAGE = 2,	      /* wrong option or argument, malformed request */
	EXIT_CONFIG = 3,      /* an error in the configuration */
	EXIT_ENVIRONMENT = 4, /* a file, a kernel list, a privilege, memory */
};

#endif
