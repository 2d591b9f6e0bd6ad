/* SPDX-License-Identifier: MIT */
/* `reload`: the configuration is read again; the answer has its errors and warnings. */
#include "daemon_state.h"
#include "json_value.h"
#include "policy.h"
#include "reload.h"
#include "request_handlers.h"
#include "util/exit_code.h"

enum { DIAGNOSTICS_MOST = 50 }; /* of each kind; `relaydam check` prints all */

struct answer {
	json_t *errors, *warnings;
};

static void add(void *context, bool is_warning, const char *text)
{
	const struct answer *answer = context;
	json_t *array = is_warning ? answer->warnings : answer->errors;

	if (json_array_size(array) < DIAGNOSTICS_MOST)
		json_array_append_new(array, json_text(span_of(text)));
}

static json_t *refusal(const struct answer *answer)
{
	return json_pack("{s:b, s:s, s:O, s:i}", "ok", 0, "error",
			 "the configuration has errors; the old one stays in force", "errors",
			 answer->errors, "exit", EXIT_CONFIG);
}

static json_t *success(const struct policy *policy, const struct answer *answer)
{
	return json_pack("{s:b, s:s, s:o, s:o, s:O}", "ok", 1, "config", policy->config->path,
			 "rules", json_count(filters_rules(policy->config->filters)), "jails",
			 json_count(policy->jails_n), "warnings", answer->warnings);
}

void reload_handler(struct daemon *daemon, const struct request *request)
{
	struct answer answer = { json_array(), json_array() };
	struct diagnostics *diagnostics = NULL;
	int r = diagnostics_new(&diagnostics);

	if (r == 0) {
		r = reload(daemon, diagnostics);
		diagnostics_each(diagnostics, add, &answer);
	}
	control_reply_add(request->reply,
			  r < 0 ? refusal(&answer) : success(daemon->policy, &answer));
	control_reply_end(request->reply);
	diagnostics_free(diagnostics);
	json_decref(answer.errors);
	json_decref(answer.warnings);
}
