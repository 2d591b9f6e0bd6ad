/* SPDX-License-Identifier: MIT */
/*
 * firewall_owner: to whom xt_recent's lists belong, so that a daemon without root may write them.
 *
 * /sys/module/xt_recent/parameters/ip_list_uid holds for lists made afterwards, in every network namespace of
 * the machine. What it was before is kept in FIREWALL_OWNER_FILE, which lives as long as the parameter: until the
 * next boot.
 */
#ifndef RELAYDAM_ENFORCE_FIREWALL_OWNER_H
#define RELAYDAM_ENFORCE_FIREWALL_OWNER_H

#include "config/config.h"

#define FIREWALL_OWNER_FILE "/run/relaydam-list-owner"

/* A user's name or number. Returns 0 and sets both, or -ENOENT. */
int firewall_owner_parse(const char *text, unsigned *uid, unsigned *gid);

/* Returns 0; 1 when the kernel's module is not loaded yet: try again when the lists are there; or -errno. */
int firewall_owner_set(unsigned uid, unsigned gid);

/* The lists of all xt_recent blockers that are there. Returns 0 or -errno. */
int firewall_owner_chown(const struct config *config, unsigned uid, unsigned gid);

/* Leaves the lists' size in BLOCKER_CAPACITY_FILE. Without it the daemon takes the kernel's default, so no failure is one. */
void firewall_owner_save_capacity(void);
void firewall_owner_remove_capacity(void);

/* Puts back what was before firewall_owner_set(), unless somebody has changed it since. Returns 0 or -errno. */
int firewall_owner_restore(void);

#endif
