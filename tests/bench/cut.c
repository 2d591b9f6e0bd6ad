/* SPDX-License-Identifier: MIT */
/*
 * What ending a session costs, with N sessions on the machine, each in a process of its own as Postfix's and Courier's are: in
 * a network namespace of its own, as root. usage: cut [SESSIONS]...; default 300 and 3000
 *
 * Each way ends one session alone (median of ALONE) and a hundred in one turn (per session). What the sessions' processes
 * do then is not in the figure.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "enforce/cut_process.h"

enum { ALONE = 21, TURN = 100, PORT = 2525 };

struct correlation {
	int client;
	pid_t pid;
	struct addr addr;
	char text[ADDR_TEXT];
};

static struct correlation *sessions;
static size_t sessions_n;
static int listener;
static struct sock_diag *diag;
static char *self;

static void die(const char *what)
{
	perror(what);
	exit(4);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- the sessions ---- */

static void enter(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct rlimit files = { 20000, 20000 };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd, on = 1;

	if (unshare(CLONE_NEWNET) < 0)
		die("cut: unshare, as root");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		die("cut: lo");
	close(fd);
	setrlimit(RLIMIT_NOFILE, &files);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(listener, 4096) < 0)
		die("cut: listen");
}

/* A process whose command line names the client, and that does nothing but hold the connection, as fd 0. */
static pid_t serve(int fd, const char *text)
{
	pid_t pid = fork();
	char line[128];

	if (pid != 0)
		return pid;
	snprintf(line, sizeof(line), "dns; x (unknown [%s])", text);
	dup2(fd, STDIN_FILENO);
	execl(self, "cut", "hold", line, NULL);
	_exit(1);
}

static void open_session(struct correlation *session, size_t i)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd;

	at.sin_addr.s_addr = htonl(0x7f010001U + (uint32_t)(i << 8));
	inet_ntop(AF_INET, &at.sin_addr, session->text, sizeof(session->text));
	addr_parse(session->text, strlen(session->text), &session->addr);
	session->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(session->client, (struct sockaddr *)&at, sizeof(at)) < 0)
		die("cut: bind");
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons(PORT);
	if (connect(session->client, (struct sockaddr *)&at, sizeof(at)) < 0)
		die("cut: connect");
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	session->pid = serve(fd, session->text);
	close(fd);
	if (session->pid < 0)
		die("cut: fork");
}

static void close_session(struct correlation *session)
{
	if (session->pid > 0) {
		kill(session->pid, SIGKILL);
		waitpid(session->pid, NULL, 0);
		close(session->client);
	}
	session->pid = 0;
}

/* The first n sessions are ended, however far that has got, and begun anew. */
static void renew(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		close_session(&sessions[i]);
		open_session(&sessions[i], i);
	}
	usleep(200000); /* until they have all become what they are to be */
}

/* ---- the ways ---- */

static struct sock_diag_socket found[TURN * 2];
static size_t found_n;

static void keep(void *context, const struct sock_diag_socket *socket)
{
	(void)context;
	if (found_n < TURN * 2)
		found[found_n++] = *socket;
}

static void find(size_t first, size_t n)
{
	static const uint16_t port = PORT;
	struct prefix peers[TURN];
	struct sock_diag_query query = { peers, n, &port, 1 };

	for (size_t i = 0; i < n; i++)
		peers[i] = (struct prefix){ sessions[first + i].addr, 128 };
	found_n = 0;
	if (sock_diag_find(diag, &query, keep, NULL) < 0)
		die("cut: sock_diag");
}

/* relaydam: cut = "socket" */
static size_t by_socket(size_t first, size_t n)
{
	size_t ended = 0;

	find(first, n);
	for (size_t i = 0; i < found_n; i++)
		ended += sock_diag_destroy(diag, &found[i]) == 0;
	return ended;
}

/* relaydam: cut = "signal" */
static size_t by_signal(size_t first, size_t n)
{
	static char name[] = "cut";
	static struct cut_process_conf conf = { .name = name, .holder = name, .parent = name };
	static struct cut_process *cut;
	size_t ended = 0;

	if (!cut && cut_process_new(&cut, "/proc", &conf, false, &cut_process_kernel) < 0)
		die("cut: /proc");
	find(first, n);
	cut_process_refresh(cut);
	for (size_t i = 0; i < found_n; i++)
		ended += cut_process_end(cut, &found[i]) == 0;
	return ended;
}

/* One `ss -K` for all of them. */
static size_t by_ss(size_t first, size_t n)
{
	char *text = NULL;
	size_t size;
	FILE *command = open_memstream(&text, &size);
	int r;

	fprintf(command, "exec ss -tHKn 'sport = :%d and ( dst %s", PORT, sessions[first].text);
	for (size_t i = 1; i < n; i++)
		fprintf(command, " or dst %s", sessions[first + i].text);
	fputs(" )' > /dev/null", command);
	fclose(command);
	r = system(text);
	free(text);
	return r == 0 ? n : 0;
}

/* The pid is known, as from a log line; each of its sockets is looked at. */
static size_t by_getfd(size_t first, size_t n)
{
	size_t ended = 0;

	for (size_t i = first; i < first + n; i++) {
		int pidfd = pidfd_open(sessions[i].pid, 0);
		char path[64];
		DIR *dir;

		snprintf(path, sizeof(path), "/proc/%d/fd", (int)sessions[i].pid);
		dir = opendir(path);
		for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
			struct sockaddr_in peer;
			socklen_t len = sizeof(peer);
			char link[32] = "", text[ADDR_TEXT];
			int fd;

			if (readlinkat(dirfd(dir), e->d_name, link, sizeof(link) - 1) < 7 ||
			    strncmp(link, "socket:", 7) != 0)
				continue;
			fd = pidfd_getfd(pidfd, (int)strtol(e->d_name, NULL, 10), 0);
			if (fd >= 0 && getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
			    inet_ntop(AF_INET, &peer.sin_addr, text, sizeof(text)) &&
			    strcmp(text, sessions[i].text) == 0)
				ended += shutdown(fd, SHUT_RDWR) == 0;
			if (fd >= 0)
				close(fd);
		}
		if (dir)
			closedir(dir);
		close(pidfd);
	}
	return ended;
}

/* As the script of 2009: every command line of the machine, for each client. */
static size_t by_scan(size_t first, size_t n)
{
	size_t ended = 0;

	for (size_t i = first; i < first + n; i++) {
		DIR *dir = opendir("/proc");
		char wanted[64];

		snprintf(wanted, sizeof(wanted), "[%s])", sessions[i].text);
		for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
			char path[280], line[4096];
			FILE *from;
			size_t got;

			if (e->d_name[0] < '0' || e->d_name[0] > '9')
				continue;
			snprintf(path, sizeof(path), "/proc/%s/cmdline", e->d_name);
			from = fopen(path, "r");
			got = from ? fread(line, 1, sizeof(line), from) : 0;
			if (from)
				fclose(from);
			if (got > 0 && memmem(line, got, wanted, strlen(wanted)))
				ended += kill((pid_t)strtol(e->d_name, NULL, 10), SIGTERM) == 0;
		}
		if (dir)
			closedir(dir);
	}
	return ended;
}

/* ---- measuring ---- */

static int upwards(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const char *name, size_t (*way)(size_t first, size_t n))
{
	double alone[ALONE], turn;
	size_t ended = 0;

	for (size_t i = 0; i < ALONE; i++) {
		double start = now_us();

		ended += way(i, 1);
		alone[i] = now_us() - start;
	}
	renew(ALONE);
	turn = now_us();
	ended += way(0, TURN);
	turn = now_us() - turn;
	renew(TURN);
	qsort(alone, ALONE, sizeof(alone[0]), upwards);
	printf("%8zu  %-28s %10.0f %12.1f%s\n", sessions_n, name, alone[ALONE / 2], turn / TURN,
	       ended == ALONE + TURN ? "" : "   not all were ended");
	fflush(stdout);
}

static void bench(size_t n)
{
	sessions = calloc(n, sizeof(*sessions));
	sessions_n = n;
	if (!sessions || n < TURN)
		exit(2);
	renew(n);
	measure("cut = \"socket\"", by_socket);
	measure("cut = \"signal\"", by_signal);
	measure("ss -K", by_ss);
	measure("pidfd_getfd and shutdown", by_getfd);
	measure("/proc scan and SIGTERM", by_scan);
	for (size_t i = 0; i < n; i++)
		close_session(&sessions[i]);
	free(sessions);
}

int main(int argc, char **argv)
{
	/* does not wake at the end of its connection: its own work is not what is measured */
	if (argc > 1 && strcmp(argv[1], "hold") == 0)
		return pause();
	self = realpath("/proc/self/exe", NULL);
	enter();
	if (sock_diag_open(&diag) < 0)
		die("cut: sock_diag");
	puts("sessions  way                          us, alone  us, of a 100");
	for (int i = 1; i < argc; i++)
		bench(strtoul(argv[i], NULL, 10));
	if (argc == 1) {
		bench(300);
		bench(3000);
	}
	sock_diag_close(diag);
	free(self);
	return 0;
}
