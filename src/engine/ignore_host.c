/* SPDX-License-Identifier: MIT */
#include "engine/ignore_host.h"

#include <strings.h>

enum { LONGEST = 253, LABEL = 63 };

static bool label_ends(size_t label, char c)
{
	return label > 0 && label <= LABEL && (c == '.' || c == '\0');
}

bool ignore_host_valid(const char *name)
{
	static const char known[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	const char *p = name + (*name == '.');
	unsigned labels = 0;

	if (strlen(name) > LONGEST)
		return false;
	for (;;) {
		size_t n = strspn(p, known);

		if (!label_ends(n, p[n]))
			return false;
		labels++;
		if (p[n] == '\0')
			return labels >= 2;
		p += n + 1;
	}
}

static bool is_one(const char *name, struct span host)
{
	bool below = *name == '.';
	size_t n = strlen(name + below);
	const char *end = host.p + host.n;

	if (host.n < n || strncasecmp(end - n, name + below, n) != 0)
		return false;
	return host.n == n || (below && end[-(ptrdiff_t)n - 1] == '.');
}

bool ignore_host_have(const char *const *names, struct span host)
{
	if (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0)
		return false;
	for (; names && *names; names++)
		if (is_one(*names, host))
			return true;
	return false;
}
