/* SPDX-License-Identifier: MIT */
#include "enforce/firewall_owner.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "enforce/blocker.h"

#define PARAMETERS "/sys/module/xt_recent/parameters/"

int firewall_owner_parse(const char *text, unsigned *uid, unsigned *gid)
{
	const struct passwd *user = getpwnam(text);
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (!user && *text >= '0' && *text <= '9' && !*end && errno == 0 && number < UINT32_MAX) {
		user = getpwuid((uid_t)number);
		if (!user) {
			*uid = *gid = (unsigned)number;
			return 0;
		}
	}
	if (!user)
		return -ENOENT;
	*uid = user->pw_uid;
	*gid = user->pw_gid;
	return 0;
}

/* Reads n numbers from the first line of a file. Returns 0, -EIO when it has fewer, or -errno. */
static int read_numbers(const char *path, unsigned *numbers, size_t n)
{
	char line[64] = "", *at = line, *end;
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	for (size_t i = 0; i < n; i++, at = end) {
		numbers[i] = (unsigned)strtoul(at, &end, 10);
		if (end == at)
			return -EIO;
	}
	return 0;
}

static int write_number(const char *path, unsigned number)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	fprintf(file, "%u\n", number);
	return fclose(file) == 0 ? 0 : -errno;
}

/* O_EXCL: --remove restores the values from before the first --install. */
static int save_owner(unsigned uid, unsigned gid, unsigned new_uid, unsigned new_gid)
{
	int fd = open(FIREWALL_OWNER_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		return errno == EEXIST ? 0 : -errno;
	fprintf(file, "%u %u %u %u\n", uid, gid, new_uid, new_gid);
	return fclose(file) == 0 ? 0 : -errno;
}

int firewall_owner_set(unsigned uid, unsigned gid)
{
	unsigned was_uid = 0, was_gid = 0;
	int r = read_numbers(PARAMETERS "ip_list_uid", &was_uid, 1);

	if (r == -ENOENT)
		return 1;
	if (r == 0)
		r = read_numbers(PARAMETERS "ip_list_gid", &was_gid, 1);
	if (r < 0 || (was_uid == uid && was_gid == gid))
		return r;
	r = save_owner(was_uid, was_gid, uid, gid);
	if (r == 0)
		r = write_number(PARAMETERS "ip_list_uid", uid);
	return r < 0 ? r : write_number(PARAMETERS "ip_list_gid", gid);
}

int firewall_owner_chown(const struct config *config, unsigned uid, unsigned gid)
{
	for (size_t i = 0; i < config->blockers_n; i++) {
		const struct blocker_conf *blocker = &config->blockers[i];
		const char *const lists[] = { blocker->list, blocker->list6 };

		for (size_t k = 0; blocker->type == BLOCKER_XT_RECENT && k < 2; k++) {
			char path[160];

			snprintf(path, sizeof(path), "/proc/net/xt_recent/%s", lists[k]);
			if (chown(path, uid, gid) < 0 && errno != ENOENT)
				return -errno;
		}
	}
	return 0;
}

/* Restores a parameter if it still has the value that we set. */
static int restore_parameter(const char *path, unsigned was, unsigned set_to)
{
	unsigned is = 0;

	if (read_numbers(path, &is, 1) < 0 || is != set_to)
		return 0;
	return write_number(path, was);
}

int firewall_owner_restore(void)
{
	unsigned saved[4] = { 0 }; /* uid and gid before, uid and gid that we set */
	int r = read_numbers(FIREWALL_OWNER_FILE, saved, 4);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = restore_parameter(PARAMETERS "ip_list_uid", saved[0], saved[2]);
	if (r == 0)
		r = restore_parameter(PARAMETERS "ip_list_gid", saved[1], saved[3]);
	if (r == 0 && unlink(FIREWALL_OWNER_FILE) < 0)
		r = -errno;
	return r;
}

void firewall_owner_save_capacity(void)
{
	unsigned capacity = 0;
	FILE *file;

	if (read_numbers(PARAMETERS "ip_list_tot", &capacity, 1) < 0)
		return;
	file = fopen(BLOCKER_CAPACITY_FILE, "we");
	if (!file)
		return;
	fprintf(file, "%u\n", capacity);
	fclose(file);
}

void firewall_owner_remove_capacity(void)
{
	unlink(BLOCKER_CAPACITY_FILE);
}
