/* SPDX-License-Identifier: MIT */
/*
 * firewall_owner: sets the owner of xt_recent lists, so that a daemon without root can write them.
 *
 * /sys/module/xt_recent/parameters/ip_list_uid applies to lists created afterwards, in all network namespaces. Its
 * earlier value is saved in FIREWALL_OWNER_FILE, which is lost at the next boot, as the parameter is.
 */
#ifndef RELAYDAM_ENFORCE_FIREWALL_OWNER_H
#define RELAYDAM_ENFORCE_FIREWALL_OWNER_H

#include "config/config.h"

#define FIREWALL_OWNER_FILE "/run/relaydam-list-owner"

/* Parses the name or number of a user. Returns 0 and sets *uid and *gid, or -ENOENT. */
int firewall_owner_parse(const char *text, unsigned *uid, unsigned *gid);

/*
 * Sets the owner of lists created later. Returns 0; 1 when the module is not loaded: try again when the lists exist; or
 * -errno.
 */
int firewall_owner_set(unsigned uid, unsigned gid);

/* Changes the owner of the existing lists of all xt_recent blockers. Returns 0 or -errno. */
int firewall_owner_chown(const struct config *config, unsigned uid, unsigned gid);

/*
 * Records the capacity of the lists in BLOCKER_CAPACITY_FILE, or removes that file. Errors are ignored: without the file
 * the daemon assumes the kernel's default.
 */
void firewall_owner_save_capacity(void);
void firewall_owner_remove_capacity(void);

/* Restores the value before firewall_owner_set(), unless it was changed since. Returns 0 or -errno. */
int firewall_owner_restore(void);

#endif
