/* SPDX-License-Identifier: MIT */
/*
 * The daemon where each of its own allocations fails in turn: a process for each, which starts, reads lines, reloads, reads more
 * lines and ends. It may refuse to start or to reload, but it must end in peace, with nothing leaked (a sanitizer's build tells).
 * Linked with --wrap, so the libraries' own allocations do not fail.
 *
 * usage: nomem DIRECTORY        with relaydam.conf and an empty mail.log in it
 *        nomem DIRECTORY N      the N-th alone, to be looked at
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"

enum { NOT_REACHED = 42, SANITIZER = 99, PATIENCE = 20 };

static atomic_long allocations, fail_at;

static bool fails(void)
{
	if (atomic_fetch_add(&allocations, 1) + 1 != fail_at)
		return false;
	errno = ENOMEM;
	return true;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t n);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t n)
{
	return fails() ? NULL : __real_realloc(old, n);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, n, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
	return fails() ? NULL : __real_strndup(text, n);
}

static void write_lines(void)
{
	static int n;
	int fd = open("mail.log", O_WRONLY | O_APPEND | O_CLOEXEC);
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	for (int i = 0; i < 6; i++, n++)
		dprintf(fd, "%s mx told[1]: told 192.0.2.%d\n", stamp, 1 + n / 2);
	close(fd);
}

/* What happens to it, one thing every few milliseconds. */
static int happen(sd_event_source *source, uint64_t usec, void *context)
{
	int *step = context;

	switch ((*step)++) {
	case 0:
	case 2:
		write_lines();
		break;
	case 1:
		kill(getpid(), SIGHUP);
		break;
	default:
		kill(getpid(), SIGTERM);
		return 0;
	}
	sd_event_source_set_time(source, usec + 8000);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int run(long n)
{
	char *arguments[] = { "run", "-c", "relaydam.conf", NULL };
	sd_event_source *source;
	sd_event *event;
	uint64_t now;
	int step = 0, r;

	if (sd_event_default(&event) < 0 || sd_event_now(event, CLOCK_MONOTONIC, &now) < 0 ||
	    sd_event_add_time(event, &source, CLOCK_MONOTONIC, now + 30000, 1000, happen, &step) <
		    0)
		return 1;
	fail_at = n;
	r = cmd_run(3, arguments);
	fail_at = 0;
	sd_event_source_unref(source);
	sd_event_unref(event);
	return allocations < n ? NOT_REACHED : r;
}

static int in_a_process(long n)
{
	pid_t pid;
	int status;

	unlink("state/ledger.db");
	unlink("state/ledger.db-wal");
	unlink("state/ledger.db-shm");
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int fd = open("said", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		dup2(fd, STDERR_FILENO);
		alarm(PATIENCE);
		exit(run(n));
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The sanitizer's words; where it has none, the daemon's. */
static void show(void)
{
	char line[512];
	FILE *said = fopen("said", "re");

	for (int n = 0; said && n < 24 && fgets(line, sizeof(line), said); n++)
		fputs(line, stdout);
	if (said)
		fclose(said);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *every = getenv("NOMEM_EVERY");
	long step = every ? atol(every) : 1, n = 1;
	int got, bad = 0, peace = 0, refused = 0;

	if (argc < 2 || chdir(argv[1]) < 0)
		return 2;
	if (argc > 2)
		return run(atol(argv[2]));
	/* with a step, every tenth or so; the steps vary, for allocations come in patterns */
	for (; (got = in_a_process(n)) != NOT_REACHED; n += step > 1 ? step + n % 3 - 1 : 1) {
		peace += got == EXIT_DONE;
		refused += got == EXIT_CONFIG || got == EXIT_ENVIRONMENT;
		if (got == EXIT_DONE || got == EXIT_CONFIG || got == EXIT_ENVIRONMENT)
			continue;
		printf("FAILED: allocation %ld: %d\n", n, got);
		fflush(stdout);
		show();
		if (++bad == 20)
			break;
	}
	printf("nomem: %d went on, %d refused with a message, %d failed\n", peace, refused, bad);
	return bad > 0 || refused == 0 || peace == 0;
}
