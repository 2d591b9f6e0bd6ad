/* SPDX-License-Identifier: MIT */
#include "json_value.h"

#include <stdlib.h>

#include "util/steady_clock.h"
#include "util/units.h"

json_t *json_count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

json_t *json_time(int64_t us)
{
	char text[TIME_TEXT];

	return us == INT64_MAX ? json_null() : json_string(time_rfc3339(steady_wall(us), text));
}

json_t *json_text(struct span s)
{
	json_t *string = s.p ? json_stringn(s.p, s.n) : json_string("");
	char *wide;
	size_t n = 0;

	if (string || !s.p)
		return string;
	wide = malloc(2 * s.n + 1);
	if (!wide)
		return json_null();
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x80) {
			wide[n++] = (char)(c ? c : ' ');
		} else {
			wide[n++] = (char)(0xc0 | c >> 6);
			wide[n++] = (char)(0x80 | (c & 0x3f));
		}
	}
	string = json_stringn(wide, n);
	free(wide);
	return string;
}
