/* SPDX-License-Identifier: MIT */
/* multilog's files. */
#include "header.h"
#include "message.h"

bool header_tai64n(struct cursor *c, struct record *out)
{
	struct cursor tagged;

	if (!timestamp_tai64n(c, &out->stamp) || !literal(c, ' '))
		return false;
	out->form = RECORD_TAI64N;
	tagged = *c;
	out->message = message_tag(&tagged, out) ? rest(&tagged) : rest(c);
	return true;
}
