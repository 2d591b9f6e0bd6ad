/* SPDX-License-Identifier: MIT */
#include "rotation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/log_dir.h"

static bool is_rotated(const struct log_dir_entry *entry)
{
	return entry->form.kind != LOG_NAME_OTHER && entry->form.kind != LOG_NAME_LIVE;
}

static int open_entry(const struct log_dir_entry *entry, struct stat *st)
{
	int fd = openat(entry->directory, entry->name,
			O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);

	if (fd >= 0 && (fstat(fd, st) < 0 || !S_ISREG(st->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

struct search {
	const struct tail_place *place;
	bool by_inode, packed;
	int fd;
};

static bool try_entry(void *context, const struct log_dir_entry *entry)
{
	struct search *search = context;
	struct stat st;
	bool wanted;

	if (entry->form.packed) {
		search->packed |= is_rotated(entry);
		return false;
	}
	wanted = search->by_inode ? entry->inode == search->place->inode
				  : search->place->offset > 0 && is_rotated(entry);
	if (!wanted)
		return false;
	search->fd = open_entry(entry, &st);
	if (search->fd >= 0 && (uint64_t)st.st_size >= search->place->offset &&
	    tail_file_matches(search->fd, search->place))
		return true;
	if (search->fd >= 0)
		close(search->fd);
	search->fd = -ENOENT;
	return false;
}

int rotation_open(const char *path, const struct tail_place *place, bool *packed)
{
	struct search search = { .place = place, .by_inode = true, .fd = -ENOENT };

	log_dir_scan(path, try_entry, &search);
	if (search.fd < 0) {
		search.by_inode = false;
		log_dir_scan(path, try_entry, &search);
	}
	*packed = search.packed;
	return search.fd;
}

struct age {
	uint64_t inode;
	int64_t born, written; /* nanoseconds; born 0: not recorded by the filesystem */
};

struct later {
	struct age than;
	const struct rotation_known *known;
	int *fds;
	struct age *ages;
	size_t n, max;
};

static int64_t nanoseconds(struct statx_timestamp t)
{
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool age_of(int fd, struct age *age)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return false;
	age->inode = st.stx_ino;
	age->written = nanoseconds(st.stx_mtime);
	age->born = st.stx_mask & STATX_BTIME ? nanoseconds(st.stx_btime) : 0;
	return true;
}

/* By creation time; else, or if equal, by the last write. */
static int compare_age(const struct age *a, const struct age *b)
{
	if (a->born != b->born && a->born && b->born)
		return a->born < b->born ? -1 : 1;
	return a->written < b->written ? -1 : a->written > b->written;
}

static bool is_later(const struct later *later, const struct age *age)
{
	int than = compare_age(age, &later->than);

	for (size_t i = 0; i < later->n; i++)
		if (later->ages[i].inode == age->inode)
			return false; /* renamed during the scan */
	/* if the filesystem's clock does not distinguish them, leave out only what was read already */
	for (size_t i = 0; than == 0 && i < later->known->n; i++)
		if (later->known->inodes[i] == age->inode)
			return false;
	return age->inode != later->than.inode && than >= 0;
}

/* Keeps the list in order; when it is full, drops the newest. */
static void insert(struct later *later, int fd, const struct age *age)
{
	size_t at = later->n;

	while (at > 0 && compare_age(&later->ages[at - 1], age) > 0)
		at--;
	if (at == later->max) {
		close(fd);
		return;
	}
	if (later->n == later->max)
		close(later->fds[--later->n]);
	memmove(later->fds + at + 1, later->fds + at, (later->n - at) * sizeof(*later->fds));
	memmove(later->ages + at + 1, later->ages + at, (later->n - at) * sizeof(*later->ages));
	later->fds[at] = fd;
	later->ages[at] = *age;
	later->n++;
}

static bool keep_later(void *context, const struct log_dir_entry *entry)
{
	struct later *later = context;
	struct stat st;
	struct age age;
	int fd;

	if (entry->form.packed || !is_rotated(entry))
		return false;
	fd = open_entry(entry, &st);
	if (fd < 0)
		return false;
	if (age_of(fd, &age) && is_later(later, &age))
		insert(later, fd, &age);
	else
		close(fd);
	return false;
}

size_t rotation_after(const char *path, int fd, const struct rotation_known *known, int *fds,
		      size_t max)
{
	struct later later = { .known = known, .fds = fds, .max = max };

	later.ages = calloc(max, sizeof(*later.ages));
	if (!later.ages || !age_of(fd, &later.than)) {
		free(later.ages);
		return 0;
	}
	log_dir_scan(path, keep_later, &later);
	free(later.ages);
	return later.n;
}
