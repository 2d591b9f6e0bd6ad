/* SPDX-License-Identifier: MIT */
/* Any bytes as a request: refused with a reason that is ours, or of the promised shape. */
#include <errno.h>
#include <stdlib.h>

#include "control/control_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[CONTROL_ERROR] = "";
	json_t *request = NULL;
	struct prefix prefix;
	int64_t us;
	int r = control_request_parse((struct span){ (const char *)data, size }, &request, error);

	if (r < 0) {
		json_t *text = json_string(error);

		if (r != -EINVAL || request || !*error || !text)
			abort();
		json_decref(text);
		return 0;
	}
	if (!json_is_string(json_object_get(request, "command")) || json_object_size(request) > 4)
		abort();
	if (control_request_prefix(request, &prefix) != !!json_object_get(request, "addr"))
		abort();
	if (control_request_for(request, &us) != !!json_object_get(request, "for") ||
	    (json_object_get(request, "for") && us <= 0))
		abort();
	json_decref(request);
	return 0;
}
