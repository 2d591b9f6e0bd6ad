/* SPDX-License-Identifier: MIT */
#include "util/spawn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char path_setting[] = "PATH=/usr/sbin:/sbin:/usr/bin:/bin";
static char locale_setting[] = "LC_ALL=C";

static void become(const char *const argv[], const int fds[3])
{
	char *const environment[] = { path_setting, locale_setting, NULL };

	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			_exit(SPAWN_NOT_THERE);
	if (setenv("PATH", path_setting + strlen("PATH="), 1) == 0)
		execvpe(argv[0], (char *const *)argv, environment);
	_exit(SPAWN_NOT_THERE);
}

/* Files in memory instead of pipes: with pipes we would have to read and write alternately. */
static int memory_file(const char *text)
{
	int fd = memfd_create("relaydam", MFD_CLOEXEC);

	for (size_t left = strlen(text); fd >= 0 && left > 0;) {
		ssize_t n = write(fd, text, left);

		if (n <= 0) {
			close(fd);
			return -1;
		}
		text += n;
		left -= (size_t)n;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static char *read_all(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = size < 0 ? NULL : malloc((size_t)size + 1);
	ssize_t n = text ? pread(fd, text, (size_t)size, 0) : -1;

	if (n < 0) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

static int wait_for(pid_t pid, int *code)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

static int spawn_and_wait(const char *const argv[], const int fds[3], struct spawn_result *result)
{
	pid_t pid = fork();
	int r;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(argv, fds);
	r = wait_for(pid, &result->code);
	if (r < 0)
		return r;
	result->output = read_all(fds[1]);
	result->error = read_all(fds[2]);
	if (result->output && result->error)
		return 0;
	spawn_free(result);
	return -ENOMEM;
}

int spawn_run(const char *const argv[], const char *input, struct spawn_result *result)
{
	int fds[3] = { memory_file(input), memory_file(""), memory_file("") };
	int r = -ENOMEM;

	*result = (struct spawn_result){ 0 };
	fflush(NULL);
	if (fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0)
		r = spawn_and_wait(argv, fds, result);
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return r;
}

void spawn_free(struct spawn_result *result)
{
	free(result->output);
	free(result->error);
	*result = (struct spawn_result){ 0 };
}
