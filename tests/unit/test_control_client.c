/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "control/control_client.c"

#include <signal.h>
#include <sys/wait.h>

/* A server that sends a fixed text for every request, and then sleeps or closes. */
struct liar {
	char path[64], dir[48];
	pid_t pid;
};

static void liar_serve(int listening, const char *bytes, size_t n, unsigned seconds)
{
	int fd = accept(listening, NULL, NULL);
	char buf[256];

	if (recv(fd, buf, sizeof(buf), 0) < 0)
		_exit(1);
	while (n > 0) {
		ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

		if (sent <= 0)
			break;
		bytes += sent;
		n -= (size_t)sent;
	}
	sleep(seconds);
	_exit(0);
}

static void liar_start(struct liar *liar, const char *bytes, size_t n, unsigned seconds)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(liar->dir, "/tmp/relaydam-call-XXXXXX");
	assert_non_null(mkdtemp(liar->dir));
	snprintf(liar->path, sizeof(liar->path), "%s/sock", liar->dir);
	strcpy(name.sun_path, liar->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(fd, 1), 0);
	liar->pid = fork();
	if (liar->pid == 0)
		liar_serve(fd, bytes, n, seconds);
	close(fd);
}

static void liar_stop(struct liar *liar)
{
	kill(liar->pid, SIGKILL);
	waitpid(liar->pid, NULL, 0);
	unlink(liar->path);
	rmdir(liar->dir);
}

static void count(void *context, const json_t *object)
{
	(void)object;
	++*(unsigned *)context;
}

/* Like control_call(); sets *n to the number of objects received. */
static int call(const char *bytes, size_t size, unsigned seconds, unsigned *n, char *error)
{
	json_t *request = json_pack("{s:s}", "command", "list"), *answer = NULL;
	struct liar liar;
	int r;

	*n = 0;
	error[0] = '\0';
	liar_start(&liar, bytes, size, seconds);
	r = control_call(liar.path, request, count, n, &answer, error);
	liar_stop(&liar);
	assert_int_equal(r == 0, answer != NULL);
	assert_int_equal(r == 0, *error == '\0');
	assert_null(strchr(error, '\n'));
	json_decref(answer);
	json_decref(request);
	return r;
}

static void test_answers(void **state)
{
	static const struct {
		const char *bytes;
		int r;
		unsigned n;
	} cases[] = {
		{ "{\"ok\":true}\n", 0, 1 },
		{ "{\"a\":1}\n{\"b\":2}\n{\"ok\":false}\n", 0, 3 },
		{ "{\"ok\":true}\n{\"ok\":true}\n", 0, 1 },
		{ "{\"ok\":1}\n", -EPROTO, 0 },
		{ "{\"a\":1}\n220 mx ESMTP\r\n", -EPROTO, 1 },
		{ "\n", -EPROTO, 0 },
		{ "[]\n", -EPROTO, 0 },
		{ "{\"ok\":true,\"ok\":false}\n", -EPROTO, 0 },
		{ "{\"ok\":true}", -EPIPE, 0 },
		{ "{\"a\":1}\n", -EPIPE, 1 },
		{ "", -EPIPE, 0 },
	};
	char error[CONTROL_ERROR];
	unsigned n;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(call(cases[i].bytes, strlen(cases[i].bytes), 0, &n, error),
				 cases[i].r);
		assert_int_equal(n, cases[i].n);
	}
}

static void test_endless(void **state)
{
	const size_t size = 17 << 20;
	char *bytes = calloc(1, size);
	char error[CONTROL_ERROR];
	unsigned n;

	(void)state;
	memset(bytes, '[', size);
	assert_int_equal(call(bytes, size, 0, &n, error), -EPROTO);
	bytes[size / 2] = '\n';
	assert_int_equal(call(bytes, size, 0, &n, error), -EPROTO);
	free(bytes);
}

static void test_silent(void **state)
{
	char error[CONTROL_ERROR];
	unsigned n;

	(void)state;
	timeout = 1;
	assert_int_equal(call("{\"a\":1}\n{", 9, 30, &n, error), -ETIMEDOUT);
	assert_int_equal(n, 1);
	assert_non_null(strstr(error, "did not answer for 1 s"));
}

static void test_nobody(void **state)
{
	json_t *request = json_pack("{s:s}", "command", "list"), *answer = NULL;
	char error[CONTROL_ERROR], path[300];
	unsigned n = 0;

	(void)state;
	assert_int_equal(control_call("/nonexistent/sock", request, count, &n, &answer, error),
			 -ENOENT);
	assert_non_null(strstr(error, "relaydam is not running"));
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(control_call(path, request, count, &n, &answer, error), -ENAMETOOLONG);
	json_decref(request);
}

static void expect_path(const char *configured, const char *environment, const char *path)
{
	char *got;

	if (environment)
		setenv("RUNTIME_DIRECTORY", environment, 1);
	else
		unsetenv("RUNTIME_DIRECTORY");
	got = control_path(configured);
	assert_string_equal(got, path);
	free(got);
}

static void test_path(void **state)
{
	(void)state;
	expect_path(NULL, NULL, "/run/relaydam/control.sock");
	expect_path(NULL, "", "/run/relaydam/control.sock");
	expect_path(NULL, "/run/a:/run/b", "/run/a/control.sock");
	expect_path("/srv/a:b", "/run/a:/run/b", "/srv/a:b/control.sock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers), cmocka_unit_test(test_endless),
		cmocka_unit_test(test_silent),	cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
