/* SPDX-License-Identifier: MIT */
#include "colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool colour_on(int fd)
{
	const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");

	return isatty(fd) && term && strcmp(term, "dumb") != 0 && !(no_colour && *no_colour);
}
