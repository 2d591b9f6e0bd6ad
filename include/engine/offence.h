/* SPDX-License-Identifier: MIT */
/* offence: what a client did. The names are those of the configuration. */
#ifndef RELAYDAM_ENGINE_OFFENCE_H
#define RELAYDAM_ENGINE_OFFENCE_H

#include <stddef.h>

enum offence {
	OFFENCE_DNSBL,	      /* listed by a DNS block list */
	OFFENCE_UNKNOWN_USER, /* a recipient that does not exist */
	OFFENCE_RELAY,	      /* tried to relay */
	OFFENCE_HELO,	      /* a HELO that the server refuses */
	OFFENCE_SENDER,	      /* a sender that the server refuses */
	OFFENCE_CLIENT,	      /* an address or name that the server refuses */
	OFFENCE_AUTH,	      /* a login that failed */
	OFFENCE_PROTOCOL,     /* broke the protocol */
	OFFENCE_ABORT,	      /* disconnected early, or idle until the timeout */
	OFFENCE_RATE,	      /* too many connections, in a time or at once */
	OFFENCE_CONTENT,      /* a mail refused for its content */
	OFFENCE_MESSAGE,      /* no offence: a mail that the server accepted, for counting */
	OFFENCES,
};

/* All of them, for messages. */
#define OFFENCE_NAMES                                                                              \
	"dnsbl, unknown-user, relay, helo, sender, client, auth, protocol, abort, rate, content, " \
	"message"

const char *offence_name(enum offence offence);

/* Returns 0 and sets *out, or -EINVAL. */
int offence_parse(const char *name, enum offence *out);

#endif
