/* SPDX-License-Identifier: MIT */
/* tree: a test's own directory, with all that is in it, is removed. */
#ifndef RELAYDAM_TREE_H
#define RELAYDAM_TREE_H

#include <ftw.h>
#include <stdio.h>

enum { TREE_DESCRIPTORS = 8 };

static int tree_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Returns 0, or -1 with errno. Links are not followed. */
static inline int tree_remove(const char *path)
{
	return nftw(path, tree_remove_one, TREE_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

#endif
