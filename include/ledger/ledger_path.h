/* SPDX-License-Identifier: MIT */
/* ledger_path: where the ledger's file is. */
#ifndef RELAYDAM_LEDGER_LEDGER_PATH_H
#define RELAYDAM_LEDGER_LEDGER_PATH_H

/* state_dir: as configured, NULL: systemd's $STATE_DIRECTORY, else /var/lib/relaydam. free() it; NULL: out of memory. */
char *ledger_path(const char *state_dir);

#endif
