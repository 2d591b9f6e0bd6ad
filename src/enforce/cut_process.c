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
	LINE = 8192,	    /* longest command line; processes with a longer one are skipped */
	COMM = 15,	    /* bytes of a process name that the kernel keeps */
	CANDIDATES = 16384, /* most processes in one scan */
	DETAIL = 160,
};

/* A process whose command line names a client. */
struct candidate {
	pid_t pid;
	struct addr client;
};

struct cut_process {
	int proc; /* open directory */
	const struct cut_process_conf *conf;
	bool dry_run, scanned;
	const struct cut_process_ops *ops;
	struct candidate *candidates;
	size_t n;
	char detail[DETAIL];
};

const struct cut_process_ops cut_process_kernel = { pidfd_open, pidfd_send_signal };

int cut_process_new(struct cut_process **out, const char *proc, const struct cut_process_conf *conf,
		    bool dry_run, const struct cut_process_ops *ops)
{
	struct cut_process *cut = calloc(1, sizeof(*cut));
	int r = 0;

	if (!cut)
		return -ENOMEM;
	*cut = (struct cut_process){ .conf = conf, .dry_run = dry_run, .ops = ops };
	cut->candidates = calloc(CANDIDATES, sizeof(*cut->candidates));
	cut->proc = open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!cut->candidates)
		r = -ENOMEM;
	else if (cut->proc < 0)
		r = -errno;
	if (r < 0)
		cut_process_free(cut);
	else
		*out = cut;
	return r;
}

void cut_process_free(struct cut_process *cut)
{
	if (!cut)
		return;
	if (cut->proc >= 0)
		close(cut->proc);
	free(cut->candidates);
	free(cut);
}

void cut_process_refresh(struct cut_process *cut)
{
	cut->scanned = false;
}

const char *cut_process_detail(const struct cut_process *cut)
{
	return cut->detail;
}

/* ---- /proc ---- */

/* Reads a small file of a process. Returns its length, or -errno; -E2BIG when it does not fit. */
static ssize_t read_file(const struct cut_process *cut, pid_t pid, const char *name, char *buf,
			 size_t size)
{
	char path[64];
	size_t n = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
	fd = openat(cut->proc, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
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

/* Whether the process has this name; compares the first COMM bytes. */
static bool is_named(const struct cut_process *cut, pid_t pid, const char *name)
{
	size_t want = strnlen(name, COMM);
	char comm[COMM + 3];
	ssize_t n = read_file(cut, pid, "comm", comm, sizeof(comm));

	if (n > 0 && comm[n - 1] == '\n')
		n--;
	return n == (ssize_t)want && memcmp(comm, name, want) == 0;
}

/* Reads the parent and the state of a process. Returns 0 or -errno. */
static int read_stat(const struct cut_process *cut, pid_t pid, pid_t *parent, char *state)
{
	char text[1024];
	ssize_t n = read_file(cut, pid, "stat", text, sizeof(text) - 1);
	const char *after;
	long ppid;
	char *end;

	if (n < 0)
		return (int)n;
	text[n] = '\0';
	/* "42 (name) S 41 ...": the name may contain parentheses, nothing after it does */
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

static void scan(struct cut_process *cut)
{
	int fd = openat(cut->proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char line[LINE];

	cut->n = 0;
	cut->scanned = true;
	if (!dir && fd >= 0)
		close(fd);
	while (dir && cut->n < CANDIDATES && (entry = readdir(dir)) != NULL) {
		struct candidate *candidate = &cut->candidates[cut->n];
		ssize_t n;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		candidate->pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (candidate->pid <= 1 || !is_named(cut, candidate->pid, cut->conf->name))
			continue;
		n = read_file(cut, candidate->pid, "cmdline", line, sizeof(line));
		if (n > 0 && cut_process_client(line, (size_t)n, &candidate->client) == 0)
			cut->n++;
	}
	if (dir)
		closedir(dir);
}

/* ---- checks, in order ---- */

__attribute__((format(printf, 3, 4))) static int set_detail(struct cut_process *cut, int result,
							    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(cut->detail, sizeof(cut->detail), format, args);
	va_end(args);
	return result;
}

/* The holder of the connection: pid or one of its ancestors. 0 when there is none. */
static pid_t holder_of(const struct cut_process *cut, pid_t pid)
{
	char state;

	for (int64_t depth = 0; depth <= cut->conf->depth && pid > 1; depth++) {
		if (is_named(cut, pid, cut->conf->holder))
			return pid;
		if (read_stat(cut, pid, &pid, &state) < 0)
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

/* Whether the process holds the socket. Returns 1 or 0, or -errno when its files cannot be read. */
static int holds(const struct cut_process *cut, pid_t pid, uint32_t inode)
{
	char path[64], wanted[64];
	const struct dirent *entry;
	int fd, found = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%d/fd", (int)pid);
	snprintf(wanted, sizeof(wanted), "socket:[%u]", inode);
	fd = openat(cut->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
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

/* The caller has a pidfd: should the pid be reused from now on, the new process does not get the signal. */
static int check_holder(struct cut_process *cut, pid_t pid, const struct sock_diag_socket *socket)
{
	const struct cut_process_conf *conf = cut->conf;
	pid_t parent;
	char state;
	int r = read_stat(cut, pid, &parent, &state);

	if (r < 0)
		return set_detail(cut, r == -ENOENT ? -ESRCH : r, "pid %d has ended", (int)pid);
	if (config_never_signalled(conf->holder, conf->even_smtpd) ||
	    !is_named(cut, pid, conf->holder))
		return set_detail(cut, CUT_PROCESS_REFUSED, "pid %d is not a %s", (int)pid,
				  conf->holder);
	if (!is_named(cut, parent, conf->parent))
		return set_detail(cut, CUT_PROCESS_REFUSED, "pid %d is a %s, but not a child of %s",
				  (int)pid, conf->holder, conf->parent);
	if (state == 'Z')
		return set_detail(cut, -ESRCH, "pid %d has ended", (int)pid);
	r = socket->inode ? holds(cut, pid, socket->inode) : 0;
	if (r < 0)
		return set_detail(cut, r, "cannot read the open files of pid %d", (int)pid);
	if (r == 0)
		return set_detail(cut, CUT_PROCESS_REFUSED, "pid %d does not hold this connection",
				  (int)pid);
	return 0;
}

static int signal_holder(struct cut_process *cut, pid_t pid, const struct sock_diag_socket *socket)
{
	int fd, r;

	if (pid <= 1 || pid == getpid())
		return set_detail(cut, CUT_PROCESS_REFUSED,
				  "no %s among the ancestors of the process that names the client",
				  cut->conf->holder);
	fd = cut->ops->open(pid, 0);
	if (fd < 0)
		return set_detail(cut, -errno, "pid %d: %s", (int)pid, strerror(errno));
	r = check_holder(cut, pid, socket);
	if (r == 0 && !cut->dry_run && cut->ops->signal(fd, SIGTERM, NULL, 0) < 0)
		r = set_detail(cut, -errno, "SIGTERM to pid %d: %s", (int)pid, strerror(errno));
	else if (r == 0)
		set_detail(cut, 0, "SIGTERM to pid %d (%s)", (int)pid, cut->conf->holder);
	close(fd);
	return r;
}

/* The result to report: success first, then a refusal or an error, then -ESRCH. */
static int better(int a, int b)
{
	return a == 0 || b == -ESRCH ? a : b;
}

int cut_process_end(struct cut_process *cut, const struct sock_diag_socket *socket)
{
	int r = set_detail(cut, -ESRCH, "no %s names this client", cut->conf->name);

	if (!cut->scanned)
		scan(cut);
	for (size_t i = 0; r != 0 && i < cut->n; i++) {
		const struct candidate *candidate = &cut->candidates[i];

		if (addr_equal(&candidate->client, &socket->peer))
			r = better(signal_holder(cut, holder_of(cut, candidate->pid), socket), r);
	}
	return r;
}
