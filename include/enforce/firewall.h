/* SPDX-License-Identifier: MIT */
/*
 * firewall: the rules that the blockers need, as text: what to give iptables-restore and nft, and how what is
 * there differs from it. Runs nothing.
 *
 * With iptables each blocker has a chain of its own, relaydam-NAME, in the table filter; every chain whose name begins so is
 * ours, nothing else is touched but the jumps into ours. With nftables all of `table inet relaydam` is ours.
 */
#ifndef RELAYDAM_ENFORCE_FIREWALL_H
#define RELAYDAM_ENFORCE_FIREWALL_H

#include <stdio.h>

#include "enforce/blocker.h"

#define FIREWALL_CHAIN "relaydam-"

/* One difference, a line without its newline. */
struct firewall_callbacks {
	void (*differs)(void *context, const char *text);
	void *context;
};

/* Is there a blocker of that type? */
bool firewall_has(const struct config *config, enum blocker_type type);

/*
 * Input for `iptables-restore --noflush`, given what `iptables-save` printed ("" for: nothing of ours).
 * syn: a new connection is told by its flags, for kernels without conntrack.
 */
void firewall_xt_install(FILE *out, const struct config *config, enum blocker_family family,
			 const char *saved, bool syn);
void firewall_xt_remove(FILE *out, const char *saved);

/* How many differences there are. */
size_t firewall_xt_check(const struct config *config, enum blocker_family family, const char *saved,
			 const struct firewall_callbacks *ear);

/* Must ours go first, before they are made anew? A list keeps the mask that it was made with while a rule names it. */
bool firewall_xt_mask_changed(const struct config *config, enum blocker_family family,
			      const char *saved);

/* Is there anything of ours? */
bool firewall_xt_any(const char *saved);

/* The table in nft's own form; with what it takes to replace one that is there. */
void firewall_nft_table(FILE *out, const struct config *config);
void firewall_nft_install(FILE *out, const struct config *config);

/* listing: what `nft -t list table inet relaydam` printed; "" when there is no such table. */
size_t firewall_nft_check(const struct config *config, const char *listing,
			  const struct firewall_callbacks *ear);

#endif
