/* SPDX-License-Identifier: MIT */
#include "engine/host_state.h"

/* Length of the part of a name that is kept. */
static size_t kept(struct span host)
{
	return host.n < HOST_STATE_NAME ? host.n : HOST_STATE_NAME;
}

static bool is_called(const struct host_state *state, struct span host)
{
	size_t n = kept(host);

	return state->turn > 0 && state->name_n == host.n &&
	       (n == 0 || memcmp(state->name, host.p, n) == 0);
}

static struct host_state *reset(struct host_state *state, struct span host)
{
	size_t n = kept(host);

	memset(state, 0, sizeof(*state));
	state->name_n = host.n;
	if (n > 0)
		memcpy(state->name, host.p, n);
	return state;
}

static struct host_state *find_or_evict(struct host_states *states, struct span host)
{
	struct host_state *oldest = &states->place[0];

	for (unsigned i = 0; i < HOST_STATES; i++) {
		struct host_state *state = &states->place[i];

		if (is_called(state, host))
			return state;
		if (state->turn < oldest->turn)
			oldest = state;
	}
	return reset(oldest, host);
}

struct host_state *host_state_of(struct host_states *states, struct span host)
{
	struct host_state *state = &states->place[states->recent];

	if (!is_called(state, host)) {
		state = find_or_evict(states, host);
		states->recent = (unsigned)(state - states->place);
	}
	state->turn = ++states->turn;
	return state;
}
