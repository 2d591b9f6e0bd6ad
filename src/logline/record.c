/* SPDX-License-Identifier: MIT */
#include "logline/record.h"

#include <errno.h>
#include <stdlib.h>

static struct span append(char **end, struct span from)
{
	struct span copy = { *end, from.n };

	if (from.n > 0)
		memcpy(*end, from.p, from.n);
	*end += from.n;
	return copy;
}

int record_copy(const struct record *record, struct record *out, char **text)
{
	char *end = malloc(record->host.n + record->program.n + record->message.n + 1);

	if (!end)
		return -ENOMEM;
	*text = end;
	*out = *record;
	out->host = append(&end, record->host);
	out->program = append(&end, record->program);
	out->message = append(&end, record->message);
	return 0;
}
