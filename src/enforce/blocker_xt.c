/* SPDX-License-Identifier: MIT */
/*
 * blocker_xt: the lists of iptables' `-m recent`, /proc/net/xt_recent/LIST.
 *
 * The list's file is opened once and kept: then a command is one lseek() and one write() of one address, a
 * microsecond. Several addresses in one write would lose all but the first without an error. A file
 * whose rule was deleted answers EIO for good, even when a list of the same name, perhaps of the
 * same inode number, is there again. "/" empties the list, others' entries too, and is never written.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enforce/blocker.h"
#include "util/array.h"

struct xt {
	int fd[BLOCKER_FAMILIES];
	dev_t dev[BLOCKER_FAMILIES];
	ino_t ino[BLOCKER_FAMILIES];
};

enum { XT_PATH = 512, XT_LINE = 4096 };

/* Kernels before 2.6.28 called it ipt_recent, and had no IPv6. */
static const char *const dirs[] = { "xt_recent", "ipt_recent" };

static struct xt *xt_state(struct blocker *blocker)
{
	struct xt *xt = blocker->state;

	if (!xt) {
		xt = blocker->state = calloc(1, sizeof(*xt));
		for (int family = 0; xt && family < BLOCKER_FAMILIES; family++)
			xt->fd[family] = -1;
	}
	return xt;
}

static const char *xt_path(const struct blocker *blocker, enum blocker_family family,
			   char path[static XT_PATH])
{
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, XT_PATH, "%s/net/%s/%s", blocker->proc, dirs[i],
			 blocker_list(blocker, family));
		if (stat(path, &st) == 0)
			return path;
	}
	snprintf(path, XT_PATH, "%s/net/%s/%s", blocker->proc, dirs[0],
		 blocker_list(blocker, family));
	return path;
}

static unsigned long read_slots(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long slots = 0;
	char text[16];

	if (!file)
		return 0;
	if (fgets(text, sizeof(text), file))
		slots = strtoul(text, NULL, 10);
	fclose(file);
	return slots <= 65535 ? slots : 0;
}

static uint32_t xt_slots(const struct blocker *blocker)
{
	unsigned long slots = 0;
	char path[XT_PATH];

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && slots == 0; i++) {
		snprintf(path, sizeof(path), "%s/module/%s/parameters/ip_list_tot", blocker->sys,
			 dirs[i]);
		slots = read_slots(path);
	}
	/* the parameter is for root's eyes only: what root left for us */
	if (slots == 0 && strcmp(blocker->sys, "/sys") == 0)
		slots = read_slots(BLOCKER_SLOTS_FILE);
	return slots == 0 ? 100 : (uint32_t)slots; /* the kernel's own default */
}

static int xt_missing(struct blocker *blocker, enum blocker_family family, const char *path)
{
	char other[XT_PATH];

	snprintf(other, sizeof(other), "%s/net/if_inet6", blocker->proc);
	if (family == BLOCKER_V6 && access(other, F_OK) < 0 && errno == ENOENT) {
		blocker_trouble(blocker, "the kernel has no IPv6");
		return -EAFNOSUPPORT;
	}
	blocker_trouble(blocker,
			"the list %s is not there: no %s rule names it. As root, run: relaydam "
			"firewall --install",
			path, family == BLOCKER_V4 ? "iptables" : "ip6tables");
	return -ENOENT;
}

static int xt_refused(struct blocker *blocker, const char *path, int error)
{
	struct stat st;

	if ((error == EACCES || error == EPERM) && geteuid() != 0 && stat(path, &st) == 0)
		blocker_trouble(
			blocker,
			"the list %s belongs to uid %u, and this is uid %u. As root, run: relaydam "
			"firewall --install --owner %u",
			path, st.st_uid, geteuid(), geteuid());
	else if (error == EACCES || error == EPERM)
		blocker_trouble(blocker,
				"the list %s cannot be written: %s. root needs CAP_NET_ADMIN here",
				path, strerror(error));
	else
		blocker_trouble(blocker, "the list %s cannot be used: %s", path, strerror(error));
	return -error;
}

/* Does the open file still stand for a list? */
static bool xt_lives(int fd)
{
	char byte;

	return fd >= 0 && lseek(fd, 0, SEEK_SET) == 0 && read(fd, &byte, 1) >= 0;
}

static int xt_open(struct blocker *blocker, enum blocker_family family)
{
	struct xt *xt = xt_state(blocker);
	char path[XT_PATH];
	struct stat st;
	int fd;

	if (!xt)
		return -ENOMEM;
	if (stat(xt_path(blocker, family, path), &st) == 0 && st.st_ino == xt->ino[family] &&
	    st.st_dev == xt->dev[family] && xt_lives(xt->fd[family]))
		return 0;
	if (xt->fd[family] >= 0)
		close(xt->fd[family]);
	xt->fd[family] = -1;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? xt_missing(blocker, family, path)
				       : xt_refused(blocker, path, errno);
	if (fstat(fd, &st) < 0) {
		int error = errno;

		close(fd);
		return xt_refused(blocker, path, error);
	}
	blocker->slots[family] = xt_slots(blocker);
	xt->fd[family] = fd;
	xt->ino[family] = st.st_ino;
	xt->dev[family] = st.st_dev;
	return BLOCKER_NEW_LIST;
}

static int xt_write(int fd, char sign, const struct addr *addr)
{
	char text[ADDR_TEXT + 2], buf[ADDR_TEXT];
	int n = snprintf(text, sizeof(text), "%c%s\n", sign, addr_format(addr, buf));
	ssize_t written;

	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -EIO; /* lseek on a dead file: EINVAL, which would be said of the address */
	written = write(fd, text, (size_t)n);
	if (written < 0)
		return -errno;
	return written == n ? 0 : -EIO;
}

static void xt_each(struct blocker *blocker, enum blocker_family family, char sign,
		    struct blocker_entry *entries, size_t n)
{
	const struct xt *xt = blocker->state;
	char path[XT_PATH];
	int bad = 0;

	for (size_t i = 0; i < n; i++) {
		entries[i].result =
			xt_write(xt ? xt->fd[family] : -1, sign, &entries[i].prefix.addr);
		if (entries[i].result < 0)
			bad = entries[i].result;
	}
	if (bad == -EIO)
		blocker_trouble(blocker, "the list %s is gone: the firewall was rebuilt",
				xt_path(blocker, family, path));
	else if (bad < 0)
		xt_refused(blocker, xt_path(blocker, family, path), -bad);
}

static void xt_add(struct blocker *blocker, enum blocker_family family,
		   struct blocker_entry *entries, size_t n)
{
	xt_each(blocker, family, '+', entries, n);
}

static void xt_del(struct blocker *blocker, enum blocker_family family,
		   struct blocker_entry *entries, size_t n)
{
	xt_each(blocker, family, '-', entries, n);
}

/* "src=198.51.100.50 ttl: 64 last_seen: ..." */
static void xt_line(const struct blocker *blocker, const char *line,
		    void (*seen)(void *context, const struct prefix *prefix), void *context)
{
	struct prefix prefix;
	struct addr addr;

	if (strncmp(line, "src=", 4) != 0)
		return;
	if (addr_parse(line + 4, strcspn(line + 4, " \n"), &addr) < 0)
		return;
	prefix = prefix_of(&addr, (unsigned)blocker->conf->prefix4,
			   (unsigned)blocker->conf->prefix6);
	seen(context, &prefix);
}

static int xt_reconcile(struct blocker *blocker, enum blocker_family family,
			void (*seen)(void *context, const struct prefix *prefix), void *context)
{
	char path[XT_PATH], line[XT_LINE];
	FILE *file = fopen(xt_path(blocker, family, path), "re");
	int r = 0;

	if (!file)
		return xt_refused(blocker, path, errno);
	/* a longer line (ip_pkt_list_tot is above 200) comes in pieces, of which the first has the address */
	while (fgets(line, sizeof(line), file))
		xt_line(blocker, line, seen, context);
	if (ferror(file))
		r = xt_refused(blocker, path, EIO);
	fclose(file);
	return r;
}

static void xt_close(struct blocker *blocker)
{
	struct xt *xt = blocker->state;

	for (int family = 0; xt && family < BLOCKER_FAMILIES; family++)
		if (xt->fd[family] >= 0)
			close(xt->fd[family]);
	free(xt);
	blocker->state = NULL;
}

const struct blocker_ops blocker_xt = {
	.name = "xt_recent",
	.open = xt_open,
	.add = xt_add,
	.del = xt_del,
	.reconcile = xt_reconcile,
	.close = xt_close,
};
