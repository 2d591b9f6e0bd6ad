/* SPDX-License-Identifier: MIT */
#include "engine/offence.h"

#include <errno.h>
#include <string.h>

static const char *const names[OFFENCES] = {
	[OFFENCE_DNSBL] = "dnsbl",     [OFFENCE_UNKNOWN_USER] = "unknown-user",
	[OFFENCE_RELAY] = "relay",     [OFFENCE_HELO] = "helo",
	[OFFENCE_SENDER] = "sender",   [OFFENCE_CLIENT] = "client",
	[OFFENCE_AUTH] = "auth",       [OFFENCE_PROTOCOL] = "protocol",
	[OFFENCE_ABORT] = "abort",     [OFFENCE_RATE] = "rate",
	[OFFENCE_CONTENT] = "content", [OFFENCE_MESSAGE] = "message",
};

const char *offence_name(enum offence offence)
{
	return names[offence];
}

int offence_parse(const char *name, enum offence *out)
{
	for (int i = 0; i < OFFENCES; i++) {
		if (strcmp(name, names[i]) == 0) {
			*out = (enum offence)i;
			return 0;
		}
	}
	return -EINVAL;
}
