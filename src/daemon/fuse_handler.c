/* SPDX-License-Identifier: MIT */
/* `fuse`: lists the rules whose fuse has blown, or resets one. */
#include "daemon_state.h"
#include "engine/engine_bans.h"
#include "fuse_control.h"
#include "json_value.h"
#include "policy.h"
#include "request_handlers.h"
#include "status_json.h"
#include "util/exit_code.h"
#include "written_reply.h"

void fuse_handler(struct daemon *daemon, const struct request *request)
{
	const struct policy *policy = daemon->policy;
	const char *name = json_string_value(json_object_get(request->json, "rule"));
	const struct rule *rule = name ? filters_find(policy->config->filters, "", name) : NULL;

	if (!name) {
		control_reply_add(request->reply, json_pack("{s:b, s:o, s:o}", "ok", 1, "now",
							    json_time(daemon_now()), "fuses",
							    status_json_fuses(daemon)));
		control_reply_end(request->reply);
	} else if (!rule) {
		control_reply_refuse(request->reply, EXIT_NO,
				     "there is no such rule: relaydam fuse");
	} else if (engine_fuse(policy->engine, rule->index)->why == FUSE_WHOLE) {
		control_reply_refuse(request->reply, EXIT_NO,
				     "the fuse of that rule has not blown");
	} else {
		fuse_control_reset(daemon, rule, request->uid);
		written_reply_send(daemon, request->reply, json_pack("{s:b}", "ok", 1));
	}
}
