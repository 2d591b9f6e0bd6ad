/* SPDX-License-Identifier: MIT */
/* `list`: the bans in force, some at a time, so that the loop can serve others in between. */
#include <stdlib.h>

#include "client_json.h"
#include "daemon_state.h"
#include "engine/engine_bans.h"
#include "json_value.h"
#include "policy.h"
#include "request_handlers.h"
#include "util/exit_code.h"

enum { BANS_A_STEP = 256 };

/* The bans as they were when the list was asked for. */
struct listing {
	struct daemon *daemon;
	uint64_t generation;
	uint32_t n, done;
	struct ban bans[];
};

static int list_more(void *state, struct control_reply *reply)
{
	struct listing *listing = state;
	const struct daemon *daemon = listing->daemon;

	/* a ban has its jail and rule as indexes into the policy */
	if (listing->generation != daemon->generation) {
		control_reply_add(reply,
				  json_pack("{s:b, s:s, s:i}", "ok", 0, "error",
					    "the configuration has changed meanwhile: ask again",
					    "exit", EXIT_ENVIRONMENT));
		return 0;
	}
	for (unsigned i = 0; i < BANS_A_STEP && listing->done < listing->n; i++)
		if (control_reply_add(reply,
				      client_json_ban(daemon, &listing->bans[listing->done++])) < 0)
			return 0;
	if (listing->done < listing->n)
		return 1;
	control_reply_add(reply,
			  json_pack("{s:b, s:o, s:o}", "ok", 1, "now", json_time(daemon_now()),
				    "bans", json_count(listing->n)));
	return 0;
}

void list_handler(struct daemon *daemon, const struct request *request)
{
	const struct bans *bans = engine_bans(daemon->policy->engine);
	uint32_t n = bans_count(bans);
	struct listing *listing = malloc(sizeof(*listing) + n * sizeof(listing->bans[0]));

	if (!listing) {
		control_reply_refuse(request->reply, EXIT_ENVIRONMENT, "no memory for the list");
		return;
	}
	*listing = (struct listing){ .daemon = daemon, .generation = daemon->generation, .n = n };
	for (uint32_t i = 0; i < n; i++)
		listing->bans[i] = *bans_at(bans, i);
	control_reply_pull(request->reply, list_more, free, listing);
}
