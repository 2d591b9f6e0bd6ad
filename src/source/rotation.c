/* SPDX-License-Identifier: MIT */
#include "rotation.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "logline/log_name.h"
#include "util/array.h"

/* What is done for each entry of a directory; true ends the search. */
typedef bool (*entry_fn)(void *context, int directory, const struct dirent *entry,
			 const char *base);

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_packed(const char *name)
{
	static const char *const ends[] = { ".gz", ".bz2", ".xz", ".zst", ".lz4", ".Z" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (ends_with(name, ends[i]))
			return true;
	return false;
}

bool rotation_name(const char *name, const char *base)
{
	char own[LOG_NAME_TEXT], wanted[LOG_NAME_TEXT];

	log_name_stem(name, own);
	log_name_stem(base, wanted);
	return strcmp(own, wanted) == 0 && strcmp(name, base) != 0;
}

static bool scan(const char *path, entry_fn each, void *context)
{
	char directory[PATH_MAX];
	const char *base = strrchr(path, '/');
	struct dirent *entry;
	bool done = false;
	DIR *dir;

	snprintf(directory, sizeof(directory), "%.*s", base ? (int)(base - path + 1) : 2,
		 base ? path : "./");
	base = base ? base + 1 : path;
	dir = opendir(directory);
	if (!dir)
		return false;
	while (!done && (entry = readdir(dir)))
		done = each(context, dirfd(dir), entry, base);
	closedir(dir);
	return done;
}

/* The directory of the name; then that of the file, if it is another. */
static void scan_all(const char *path, entry_fn each, void *context)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	bool done = scan(path, each, context);

	if (!done && n > 0 && realpath(path, target))
		scan(target, each, context);
}

static int open_entry(int directory, const char *name, struct stat *st)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);

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

static bool try_entry(void *context, int directory, const struct dirent *entry, const char *base)
{
	struct search *search = context;
	struct stat st;
	bool wanted;

	if (is_packed(entry->d_name)) {
		search->packed |= rotation_name(entry->d_name, base);
		return false;
	}
	wanted = search->by_inode ? entry->d_ino == search->place->inode
				  : search->place->offset > 0 && rotation_name(entry->d_name, base);
	if (!wanted)
		return false;
	search->fd = open_entry(directory, entry->d_name, &st);
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

	scan_all(path, try_entry, &search);
	if (search.fd < 0) {
		search.by_inode = false;
		scan_all(path, try_entry, &search);
	}
	*packed = search.packed;
	return search.fd;
}

struct age {
	uint64_t inode;
	int64_t born, written; /* nanoseconds; born 0: the filesystem does not know */
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

/* In the order of birth; a file that is not older by that may have been written first. */
static int compare(const struct age *a, const struct age *b)
{
	if (a->born != b->born && a->born && b->born)
		return a->born < b->born ? -1 : 1;
	return a->written < b->written ? -1 : a->written > b->written;
}

static bool is_later(const struct later *later, const struct age *age)
{
	int than = compare(age, &later->than);

	for (size_t i = 0; i < later->n; i++)
		if (later->ages[i].inode == age->inode)
			return false; /* renamed while we look */
	/* where the filesystem's clock does not tell them apart, only what was read already is left out */
	for (size_t i = 0; than == 0 && i < later->known->n; i++)
		if (later->known->inodes[i] == age->inode)
			return false;
	return age->inode != later->than.inode && than >= 0;
}

/* Keeps the list in order; when it is full the newest goes. */
static void insert(struct later *later, int fd, const struct age *age)
{
	size_t at = later->n;

	while (at > 0 && compare(&later->ages[at - 1], age) > 0)
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

static bool keep_later(void *context, int directory, const struct dirent *entry, const char *base)
{
	struct later *later = context;
	struct stat st;
	struct age age;
	int fd;

	if (is_packed(entry->d_name) || !rotation_name(entry->d_name, base))
		return false;
	fd = open_entry(directory, entry->d_name, &st);
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
	scan_all(path, keep_later, &later);
	free(later.ages);
	return later.n;
}
