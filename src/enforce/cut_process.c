/* SPDX-License-Identifier: MIT */
#include "enforce/cut_process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum {
	LINE = 8192,   /* a longer command line is nobody's */
	COMM = 15,     /* the kernel keeps so much of a name */
	NAMED = 16384, /* most processes that are looked at */
	SAID = 160,
};

struct named {
	pid_t pid;
	struct addr client;
};

struct cut_process {
	int proc; /* directory */
	const struct cut_process_conf *conf;
	bool dry_run, scanned;
	const struct cut_process_ops *ops;
	struct named *named;
	size_t n;
	char said[SAID];
};

const struct cut_process_ops cutproc_kernel = { pidfd_open, pidfd_send_signal };

int cut_process_new(struct cut_process **out, const char *proc, const struct cut_process_conf *conf,
		    bool dry_run, const struct cut_process_ops *ops)
{
	struct cut_process *cutproc = calloc(1, sizeof(*cutproc));
	int r = 0;

	if (!cutproc)
		return -ENOMEM;
	*cutproc = (struct cut_process){ .conf = conf, .dry_run = dry_run, .ops = ops };
	cutproc->named = calloc(NAMED, sizeof(*cutproc->named));
	cutproc->proc = open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!cutproc->named)
		r = -ENOMEM;
	else if (cutproc->proc < 0)
		r = -errno;
	if (r < 0)
		cut_process_free(cutproc);
	else
		*out = cutproc;
	return r;
}

void cut_process_free(struct cut_process *cutproc)
{
	if (!cutproc)
		return;
	if (cutproc->proc >= 0)
		close(cutproc->proc);
	free(cutproc->named);
	free(cutproc);
}

void cut_process_refresh(struct cut_process *cutproc)
{
	cutproc->scanned = false;
}

const char *cut_process_said(const struct cut_process *cutproc)
{
	return cutproc->said;
}

/* ---- what /proc says ---- */

/* A whole small file of a process. Returns its length, or -errno; -E2BIG when it is longer than fits. */
static ssize_t slurp(const struct cut_process *cutproc, pid_t pid, const char *name, char *buf,
		     size_t size)
{
	char path[64];
	size_t n = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
	fd = openat(cutproc->proc, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	do {
		got = read(fd, buf + n, size - n);
		if (got > 0)
			n += (size_t)got;
	} while (got > 0 && n < size);
	if (got < 0)
		got = -errno;
	close(fd);
	return got < 0 ? got : n == size ? -E2BIG : (ssize_t)n;
}

/* Is this the process's name, or its first COMM bytes? */
static bool is_named(const struct cut_process *cutproc, pid_t pid, const char *name)
{
	size_t want = strnlen(name, COMM);
	char comm[COMM + 3];
	ssize_t n = slurp(cutproc, pid, "comm", comm, sizeof(comm));

	if (n > 0 && comm[n - 1] == '\n')
		n--;
	return n == (ssize_t)want && memcmp(comm, name, want) == 0;
}

/* Its parent and its state. Returns 0 or -errno. */
static int read_stat(const struct cut_process *cutproc, pid_t pid, pid_t *parent, char *state)
{
	char text[1024];
	ssize_t n = slurp(cutproc, pid, "stat", text, sizeof(text) - 1);
	const char *after;
	long ppid;
	char *end;

	if (n < 0)
		return (int)n;
	text[n] = '\0';
	/* "42 (name) S 41 ...": a name may hold brackets, and nothing behind it does */
	after = strrchr(text, ')');
	if (!after || after[1] != ' ' || !after[2] || after[3] != ' ')
		return -EBADMSG;
	ppid = strtol(after + 4, &end, 10);
	if (end == after + 4 || ppid < 0 || ppid > INT32_MAX)
		return -EBADMSG;
	*state = after[2];
	*parent = (pid_t)ppid;
	return 0;
}

int cut_process_client(const char *line, size_t n, struct addr *out)
{
	size_t from, end;

	while (n > 0 && line[n - 1] == '\0')
		n--;
	if (n > 0 && line[n - 1] == ')')
		n--;
	if (n == 0 || line[n - 1] != ']')
		return -EINVAL;
	end = from = n - 1;
	while (from > 0 && line[from - 1] && line[from - 1] != '[')
		from--;
	if (from == 0 || line[from - 1] != '[')
		return -EINVAL;
	return addr_parse(line + from, end - from, out);
}

static void scan(struct cut_process *cutproc)
{
	int fd = openat(cutproc->proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char line[LINE];

	cutproc->n = 0;
	cutproc->scanned = true;
	if (!dir && fd >= 0)
		close(fd);
	while (dir && cutproc->n < NAMED && (entry = readdir(dir)) != NULL) {
		struct named *named = &cutproc->named[cutproc->n];
		ssize_t n;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		named->pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (named->pid <= 1 || !is_named(cutproc, named->pid, cutproc->conf->name))
			continue;
		n = slurp(cutproc, named->pid, "cmdline", line, sizeof(line));
		if (n > 0 && cut_process_client(line, (size_t)n, &named->client) == 0)
			cutproc->n++;
	}
	if (dir)
		closedir(dir);
}

/* ---- the checks, in their order ---- */

__attribute__((format(printf, 3, 4))) static int say(struct cut_process *cutproc, int result,
						     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(cutproc->said, sizeof(cutproc->said), format, args);
	va_end(args);
	return result;
}

/* From the process that names the client up to the one that holds the connection; 0 when there is none. */
static pid_t holder_of(const struct cut_process *cutproc, pid_t pid)
{
	char state;

	for (int64_t up = 0; up <= cutproc->conf->depth && pid > 1; up++) {
		if (is_named(cutproc, pid, cutproc->conf->holder))
			return pid;
		if (read_stat(cutproc, pid, &pid, &state) < 0)
			return 0;
	}
	return 0;
}

static bool links_to(int dir, const char *name, const char *wanted)
{
	char link[64];
	ssize_t n = readlinkat(dir, name, link, sizeof(link));

	return n > 0 && (size_t)n == strlen(wanted) && memcmp(link, wanted, (size_t)n) == 0;
}

/* Does the process hold the socket? Returns 1 or 0, or -errno when it cannot be seen. */
static int holds(const struct cut_process *cutproc, pid_t pid, uint32_t inode)
{
	char path[64], wanted[64];
	const struct dirent *entry;
	int fd, found = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%d/fd", (int)pid);
	snprintf(wanted, sizeof(wanted), "socket:[%u]", inode);
	fd = openat(cutproc->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		int error = -errno;

		if (fd >= 0)
			close(fd);
		return error;
	}
	while (found == 0 && (entry = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		errno = 0;
		if (links_to(fd, entry->d_name, wanted))
			found = 1;
		else if (errno == EACCES || errno == EPERM)
			found = -errno;
	}
	closedir(dir);
	return found;
}

/* With the pidfd in hand: whoever gets this number from now on is not who is signalled. */
static int check(struct cut_process *cutproc, pid_t pid, const struct sock_diag_socket *socket)
{
	const struct cut_process_conf *conf = cutproc->conf;
	pid_t parent;
	char state;
	int r = read_stat(cutproc, pid, &parent, &state);

	if (r < 0)
		return say(cutproc, r == -ENOENT ? -ESRCH : r, "pid %d has ended", (int)pid);
	if (config_never_signalled(conf->holder, conf->even_smtpd) ||
	    !is_named(cutproc, pid, conf->holder))
		return say(cutproc, CUT_PROCESS_REFUSED, "pid %d is no %s", (int)pid, conf->holder);
	if (!is_named(cutproc, parent, conf->parent))
		return say(cutproc, CUT_PROCESS_REFUSED, "pid %d is a %s, but no child of %s",
			   (int)pid, conf->holder, conf->parent);
	if (state == 'Z')
		return say(cutproc, -ESRCH, "pid %d has ended", (int)pid);
	r = socket->inode ? holds(cutproc, pid, socket->inode) : 0;
	if (r < 0)
		return say(cutproc, r, "the files of pid %d cannot be seen", (int)pid);
	if (r == 0)
		return say(cutproc, CUT_PROCESS_REFUSED, "pid %d does not hold this connection",
			   (int)pid);
	return 0;
}

static int end(struct cut_process *cutproc, pid_t pid, const struct sock_diag_socket *socket)
{
	int fd, r;

	if (pid <= 1 || pid == getpid())
		return say(cutproc, CUT_PROCESS_REFUSED, "no %s above the process that names it",
			   cutproc->conf->holder);
	fd = cutproc->ops->open(pid, 0);
	if (fd < 0)
		return say(cutproc, -errno, "pid %d: %s", (int)pid, strerror(errno));
	r = check(cutproc, pid, socket);
	if (r == 0 && !cutproc->dry_run && cutproc->ops->signal(fd, SIGTERM, NULL, 0) < 0)
		r = say(cutproc, -errno, "SIGTERM to pid %d: %s", (int)pid, strerror(errno));
	else if (r == 0)
		say(cutproc, 0, "SIGTERM to pid %d (%s)", (int)pid, cutproc->conf->holder);
	close(fd);
	return r;
}

/* Better a refusal that somebody can read about than "no process", and better done than either. */
static int better(int a, int b)
{
	return a == 0 || b == -ESRCH ? a : b;
}

int cut_process_end(struct cut_process *cutproc, const struct sock_diag_socket *socket)
{
	int r = say(cutproc, -ESRCH, "no %s names this client", cutproc->conf->name);

	if (!cutproc->scanned)
		scan(cutproc);
	for (size_t i = 0; r != 0 && i < cutproc->n; i++) {
		const struct named *named = &cutproc->named[i];

		if (addr_equal(&named->client, &socket->peer))
			r = better(end(cutproc, holder_of(cutproc, named->pid), socket), r);
	}
	return r;
}
