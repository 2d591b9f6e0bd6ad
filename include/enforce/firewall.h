/* SPDX-License-Identifier: MIT */
/*
 * firewall: generates the firewall rules that the blockers need, as input of iptables-restore and nft, and compares
 * installed rules with them. Runs no program.
 *
 * With iptables each blocker has a chain relaydam-NAME in the table filter. relaydam owns every chain with this prefix
 * and every jump into such a chain, nothing else. With nftables it owns `table inet relaydam` as a whole.
 */
#ifndef RELAYDAM_ENFORCE_FIREWALL_H
#define RELAYDAM_ENFORCE_FIREWALL_H

#include <stdio.h>

#include "enforce/blocker.h"

#define FIREWALL_CHAIN "relaydam-"

/* differs() gets one difference, a line without newline; may be NULL. */
struct firewall_callbacks {
	void (*differs)(void *context, const char *text);
	void *context;
};

/* Whether a blocker of the type is configured. */
bool firewall_has(const struct config *config, enum blocker_type type);

/*
 * Writes input for `iptables-restore --noflush`. `saved` is the output of `iptables-save`, or "".
 * syn: matches new connections by their TCP flags, for kernels without conntrack.
 */
void firewall_xt_install(FILE *out, const struct config *config, enum blocker_family family,
			 const char *saved, bool syn);
void firewall_xt_remove(FILE *out, const char *saved);

/* Returns the number of differences. */
size_t firewall_xt_check(const struct config *config, enum blocker_family family, const char *saved,
			 const struct firewall_callbacks *callbacks);

/* Whether the rules must be removed before they are installed: a list keeps its mask as long as a rule uses it. */
bool firewall_xt_mask_changed(const struct config *config, enum blocker_family family,
			      const char *saved);

/* Whether there is a chain of relaydam, or a jump into one. */
bool firewall_xt_any(const char *saved);

/* Writes the table in nft's syntax. */
void firewall_nft_table(FILE *out, const struct config *config);

/* The same, with the commands that replace an existing table. */
void firewall_nft_install(FILE *out, const struct config *config);

/*
 * listing: output of `nft -t list table inet relaydam`; "" when the table is missing. Returns the number of differences.
 */
size_t firewall_nft_check(const struct config *config, const char *listing,
			  const struct firewall_callbacks *callbacks);

#endif
