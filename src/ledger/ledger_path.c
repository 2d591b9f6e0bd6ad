/* SPDX-License-Identifier: MIT */
#include "ledger/ledger_path.h"

#include "util/run_dir.h"

char *ledger_path(const char *state_dir)
{
	return run_dir_path(state_dir, "STATE_DIRECTORY", "/var/lib/relaydam", "ledger.db");
}
