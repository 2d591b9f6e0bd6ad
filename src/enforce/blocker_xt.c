/* SPDX-License-Identifier: MIT */
/*
 * blocker_xt: bans in the lists of the iptables match `recent`, /proc/net/xt_recent/LIST.
 *
 * The file of a list is opened once and kept open: a command is then one lseek() and one write(), about a microsecond.
 * A write may hold one address only: the kernel silently ignores the others. When the rule of a list is
 * deleted, its open file returns EIO from then on, even after a list of the same name, possibly with the same inode
 * number, was created. "/" would clear the list, foreign entries included; it is never written.
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

static unsigned long read_capacity(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long capacity = 0;
	char text[16];

	if (!file)
		return 0;
	if (fgets(text, sizeof(text), file))
		capacity = strtoul(text, NULL, 10);
	fclose(file);
	return capacity <= 65535 ? capacity : 0;
}

static uint32_t xt_capacity(const struct blocker *blocker)
{
	unsigned long capacity = 0;
	char path[XT_PATH];

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && capacity == 0; i++) {
		snprintf(path, sizeof(path), "%s/module/%s/parameters/ip_list_tot", blocker->sys,
			 dirs[i]);
		capacity = read_capacity(path);
	}
	/* only root can read the parameter: `firewall --install --owner` has recorded it */
	if (capacity == 0 && strcmp(blocker->sys, "/sys") == 0)
		capacity = read_capacity(BLOCKER_CAPACITY_FILE);
	return capacity == 0 ? 100 : (uint32_t)capacity; /* the default of the kernel */
}

static int xt_missing(struct blocker *blocker, enum blocker_family family, const char *path)
{
	char other[XT_PATH];

	snprintf(other, sizeof(other), "%s/net/if_inet6", blocker->proc);
	if (family == BLOCKER_V6 && access(other, F_OK) < 0 && errno == ENOENT) {
		blocker_set_error(blocker, "the kernel has no IPv6");
		return -EAFNOSUPPORT;
	}
	blocker_set_error(blocker,
			  "the list %s is missing: no %s rule uses it. Run as root: relaydam "
			  "firewall --install",
			  path, family == BLOCKER_V4 ? "iptables" : "ip6tables");
	return -ENOENT;
}

static int xt_failed(struct blocker *blocker, const char *path, int error)
{
	struct stat st;

	if ((error == EACCES || error == EPERM) && geteuid() != 0 && stat(path, &st) == 0)
		blocker_set_error(
			blocker,
			"the list %s belongs to uid %u, but this is uid %u. Run as root: relaydam "
			"firewall --install --owner %u",
			path, st.st_uid, geteuid(), geteuid());
	else if (error == EACCES || error == EPERM)
		blocker_set_error(
			blocker,
			"the list %s cannot be written: %s. root needs CAP_NET_ADMIN for it", path,
			strerror(error));
	else
		blocker_set_error(blocker, "the list %s cannot be used: %s", path, strerror(error));
	return -error;
}

/* Whether the kernel still has the list of the open file. */
static bool xt_is_valid(int fd)
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
	    st.st_dev == xt->dev[family] && xt_is_valid(xt->fd[family]))
		return 0;
	if (xt->fd[family] >= 0)
		close(xt->fd[family]);
	xt->fd[family] = -1;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? xt_missing(blocker, family, path)
				       : xt_failed(blocker, path, errno);
	if (fstat(fd, &st) < 0) {
		int error = errno;

		close(fd);
		return xt_failed(blocker, path, error);
	}
	blocker->capacity[family] = xt_capacity(blocker);
	xt->fd[family] = fd;
	xt->ino[family] = st.st_ino;
	xt->dev[family] = st.st_dev;
	return BLOCKER_NEW_LIST;
}

static int xt_write_addr(int fd, char sign, const struct addr *addr)
{
	char text[ADDR_TEXT + 2], buf[ADDR_TEXT];
	int n = snprintf(text, sizeof(text), "%c%s\n", sign, addr_format(addr, buf));
	ssize_t written;

	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -EIO; /* not the EINVAL of lseek() on a deleted list: it would mean a rejected address */
	written = write(fd, text, (size_t)n);
	if (written < 0)
		return -errno;
	return written == n ? 0 : -EIO;
}

static void xt_write(struct blocker *blocker, enum blocker_family family, char sign,
		     struct blocker_entry *entries, size_t n)
{
	const struct xt *xt = blocker->state;
	char path[XT_PATH];
	int bad = 0;

	for (size_t i = 0; i < n; i++) {
		entries[i].result =
			xt_write_addr(xt ? xt->fd[family] : -1, sign, &entries[i].prefix.addr);
		if (entries[i].result < 0)
			bad = entries[i].result;
	}
	if (bad == -EIO)
		blocker_set_error(blocker, "the list %s was deleted: the firewall was rebuilt",
				  xt_path(blocker, family, path));
	else if (bad < 0)
		xt_failed(blocker, xt_path(blocker, family, path), -bad);
}

static void xt_add(struct blocker *blocker, enum blocker_family family,
		   struct blocker_entry *entries, size_t n)
{
	xt_write(blocker, family, '+', entries, n);
}

static void xt_del(struct blocker *blocker, enum blocker_family family,
		   struct blocker_entry *entries, size_t n)
{
	xt_write(blocker, family, '-', entries, n);
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
		return xt_failed(blocker, path, errno);
	/* a longer line (ip_pkt_list_tot above 200) is read in pieces; the first one has the address */
	while (fgets(line, sizeof(line), file))
		xt_line(blocker, line, seen, context);
	if (ferror(file))
		r = xt_failed(blocker, path, EIO);
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
