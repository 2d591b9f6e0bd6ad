/* SPDX-License-Identifier: MIT */
#include "origin.h"

/* What is kept of a name. */
static size_t kept(struct span host)
{
	return host.n < ORIGIN_NAME ? host.n : ORIGIN_NAME;
}

static bool is_called(const struct origin *origin, struct span host)
{
	size_t n = kept(host);

	return origin->turn > 0 && origin->name_n == host.n &&
	       (n == 0 || memcmp(origin->name, host.p, n) == 0);
}

static struct origin *settle(struct origin *origin, struct span host)
{
	size_t n = kept(host);

	memset(origin, 0, sizeof(*origin));
	origin->name_n = host.n;
	if (n > 0)
		memcpy(origin->name, host.p, n);
	return origin;
}

static struct origin *look_for(struct origins *origins, struct span host)
{
	struct origin *oldest = &origins->place[0];

	for (unsigned i = 0; i < ORIGINS; i++) {
		struct origin *origin = &origins->place[i];

		if (is_called(origin, host))
			return origin;
		if (origin->turn < oldest->turn)
			oldest = origin;
	}
	return settle(oldest, host);
}

struct origin *origin_of(struct origins *origins, struct span host)
{
	struct origin *origin = &origins->place[origins->recent];

	if (!is_called(origin, host)) {
		origin = look_for(origins, host);
		origins->recent = (unsigned)(origin - origins->place);
	}
	origin->turn = ++origins->turn;
	return origin;
}
