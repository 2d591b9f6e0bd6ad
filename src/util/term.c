/* SPDX-License-Identifier: MIT */
#include "util/term.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool term_has_colour(int fd)
{
	const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");

	return isatty(fd) && term && strcmp(term, "dumb") != 0 && !(no_colour && *no_colour);
}
