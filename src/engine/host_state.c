/* SPDX-License-Identifier: MIT */
#include "engine/host_state.h"

/* What is kept of a name. */
static size_t kept(struct span host)
{
	return host.n < HOST_STATE_NAME ? host.n : HOST_STATE_NAME;
}

static bool is_called(const struct host_state *origin, struct span host)
{
	size_t n = kept(host);

	return origin->turn > 0 && origin->name_n == host.n &&
	       (n == 0 || memcmp(origin->name, host.p, n) == 0);
}

static struct host_state *settle(struct host_state *origin, struct span host)
{
	size_t n = kept(host);

	memset(origin, 0, sizeof(*origin));
	origin->name_n = host.n;
	if (n > 0)
		memcpy(origin->name, host.p, n);
	return origin;
}

static struct host_state *look_for(struct host_states *origins, struct span host)
{
	struct host_state *oldest = &origins->place[0];

	for (unsigned i = 0; i < HOST_STATES; i++) {
		struct host_state *origin = &origins->place[i];

		if (is_called(origin, host))
			return origin;
		if (origin->turn < oldest->turn)
			oldest = origin;
	}
	return settle(oldest, host);
}

struct host_state *host_state_of(struct host_states *origins, struct span host)
{
	struct host_state *origin = &origins->place[origins->recent];

	if (!is_called(origin, host)) {
		origin = look_for(origins, host);
		origins->recent = (unsigned)(origin - origins->place);
	}
	origin->turn = ++origins->turn;
	return origin;
}
