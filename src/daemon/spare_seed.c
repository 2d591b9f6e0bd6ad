/* SPDX-License-Identifier: MIT */
#include "spare_seed.h"

#include <stdlib.h>
#include <syslog.h>

#include "daemon_state.h"
#include "policy.h"
#include "replay/learn.h"
#include "util/log.h"

static void take_learnt(void *context, struct spare *spare)
{
	spare_copy(context, spare);
}

/* With a configuration of its own: its filters count what they see. */
static void learn_from(struct daemon *daemon, char **paths, size_t n)
{
	struct spare *spare = engine_spare(daemon->policy->engine);
	struct learn_counts counts;
	struct diagnostics *problems;
	struct config *config;
	char error[LEARN_TEXT];

	if (diagnostics_new(&problems) < 0)
		return;
	if (config_load(&config, daemon->options.config_path, problems) == 0) {
		if (learn_files(config, paths, n, daemon_now(), take_learnt, spare, &counts,
				error) < 0)
			log_print(LOG_INFO, "%s", error);
		log_print(LOG_INFO, "%u clients known to deliver, from %llu lines of %s",
			  spare_count(spare), (unsigned long long)counts.lines, paths[0]);
		config_free(config);
	}
	diagnostics_free(problems);
}

void spare_seed_learn(struct daemon *daemon, const struct source_conf *sources, size_t n)
{
	const struct spare *spare = engine_spare(daemon->policy->engine);

	for (size_t i = 0; spare && spare_count(spare) == 0 && i < n; i++) {
		char **paths;
		size_t paths_n;

		if (!sources[i].file)
			continue;
		paths = learn_rotated(sources[i].file,
				      daemon_now() - daemon->policy->config->spare.within,
				      &paths_n);
		if (paths_n > 0)
			learn_from(daemon, paths, paths_n);
		for (size_t j = 0; j < paths_n; j++)
			free(paths[j]);
		free(paths);
	}
}
