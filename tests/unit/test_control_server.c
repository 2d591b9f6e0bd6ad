/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "control/control_server.c"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>

struct fake {
	sd_event *event;
	struct control *control;
	char dir[64], path[96];
	struct control_handler handler;
	struct control_reply *held; /* of an unban */
	unsigned handled, refused, notes;
	size_t objects; /* of a list */
	size_t bytes;	/* of each of them */
	bool pulled;	/* the list is produced with control_reply_pull() */
	size_t next;
	unsigned released;
	pid_t pid;
	char note[256];
};

static void fake_note(void *context, int priority, const char *text)
{
	struct fake *fake = context;

	(void)priority;
	fake->notes++;
	snprintf(fake->note, sizeof(fake->note), "%s", text);
}

static void fake_list(struct fake *fake, struct control_reply *reply)
{
	char *text = calloc(1, fake->bytes + 1);

	memset(text, 'x', fake->bytes);
	for (size_t i = 0; i < fake->objects; i++)
		if (control_reply_add(reply, json_pack("{s:i, s:s}", "n", (int)i, "x", text)) < 0)
			fake->refused++;
	control_reply_add(reply, json_pack("{s:b}", "ok", 1));
	control_reply_end(reply);
	free(text);
}

static int fake_more(void *state, struct control_reply *reply)
{
	struct fake *fake = state;

	for (size_t end = fake->next + 100; fake->next < end; fake->next++) {
		if (fake->next == fake->objects) {
			control_reply_add(reply, json_pack("{s:b}", "ok", 1));
			return 0;
		}
		control_reply_add(reply, json_pack("{s:i, s:s}", "n", (int)fake->next, "x",
						   "0123456789012345678901234567890123456789"));
	}
	return 1;
}

static void fake_release(void *state)
{
	struct fake *fake = state;

	fake->released++;
}

static void fake_handle(void *context, const json_t *request, const struct ucred *peer,
			struct control_reply *reply)
{
	const char *command = json_string_value(json_object_get(request, "command"));
	struct fake *fake = context;

	fake->handled++;
	fake->pid = peer->pid;
	if (strcmp(command, "list") == 0 && fake->pulled) {
		fake->next = 0;
		control_reply_pull(reply, fake_more, fake_release, fake);
	} else if (strcmp(command, "list") == 0) {
		fake_list(fake, reply);
	} else if (strcmp(command, "unban") == 0) {
		fake->held = reply;
	} else if (strcmp(command, "reload") == 0) {
		control_reply_end(reply);
	} else if (strcmp(command, "ban") == 0) {
		control_reply_refuse(reply, 1, "no");
	} else {
		control_reply_add(reply, json_pack("{s:b, s:i}", "ok", 1, "n", (int)fake->handled));
		control_reply_end(reply);
	}
}

static int setup(void **state)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	strcpy(fake->dir, "/tmp/relaydam-control-XXXXXX");
	assert_non_null(mkdtemp(fake->dir));
	snprintf(fake->path, sizeof(fake->path), "%s/run/control.sock", fake->dir);
	fake->handler = (struct control_handler){ fake_handle, fake_note, fake };
	assert_true(sd_event_new(&fake->event) >= 0);
	assert_int_equal(control_new(&fake->control, fake->event, fake->path, &fake->handler), 0);
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	struct fake *fake = *state;
	char path[128];

	control_free(fake->control);
	assert_int_equal(access(fake->path, F_OK), -1);
	sd_event_unref(fake->event);
	snprintf(path, sizeof(path), "%s.lock", fake->path);
	unlink(path);
	snprintf(path, sizeof(path), "%s/run", fake->dir);
	assert_int_equal(rmdir(path), 0);
	rmdir(fake->dir);
	free(fake);
	return 0;
}

/* Runs the loop until there are no events; this must end. */
static void spin(struct fake *fake)
{
	for (unsigned i = 0; i < 100000; i++)
		if (sd_event_run(fake->event, 0) == 0)
			return;
	fail_msg("the loop does not come to rest");
}

static void spin_for(struct fake *fake, int64_t us)
{
	uint64_t now, end;

	sd_event_now(fake->event, CLOCK_MONOTONIC, &now);
	for (end = now + (uint64_t)us; now < end; sd_event_now(fake->event, CLOCK_MONOTONIC, &now))
		sd_event_run(fake->event, 5000);
	spin(fake);
}

static int dial(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(name.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	return fd;
}

static void put(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);

		assert_true(sent > 0);
		text += sent;
		n -= (size_t)sent;
	}
}

/* Reads what is available, as a string. Returns its length, or -1 at the end of the stream. */
static ssize_t get(int fd, char *buf, size_t size)
{
	ssize_t n = recv(fd, buf, size - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	return n == 0 ? -1 : n < 0 && errno != EAGAIN ? -1 : n < 0 ? 0 : n;
}

static void ask(struct fake *fake, int fd, const char *request, const char *answer)
{
	char buf[4096];

	put(fd, request, strlen(request));
	spin(fake);
	get(fd, buf, sizeof(buf));
	assert_string_equal(buf, answer);
}

#define STATUS "{\"command\":\"status\"}\n"
#define LIST "{\"command\":\"list\"}\n"
#define UNBAN "{\"command\":\"unban\",\"all\":true}\n"

static void test_answers(void **state)
{
	struct fake *fake = *state;
	int fd = dial(fake->path);

	ask(fake, fd, STATUS, "{\"ok\":true,\"n\":1}\n");
	assert_int_equal(fake->pid, getpid());
	ask(fake, fd, "{\"comm", "");
	ask(fake, fd, "and\":\"status\"}\n", "{\"ok\":true,\"n\":2}\n");
	ask(fake, fd, STATUS STATUS "{\"command\":\"ban\",\"addr\":\"192.0.2.7\"}\r\n",
	    "{\"ok\":true,\"n\":3}\n{\"ok\":true,\"n\":4}\n{\"ok\":false,\"error\":\"no\",\"exit\":1}\n");
	ask(fake, fd, "{\"command\":\"reload\"}\n",
	    "{\"ok\":false,\"error\":\"the daemon has no answer to this\",\"exit\":4}\n");
	close(fd);
	spin(fake);
	assert_int_equal(fake->control->clients_n, 0);
	assert_int_equal(fake->control->buffered, 0);
	assert_int_equal(fake->notes, 0);
}

static void test_half_closed(void **state)
{
	struct fake *fake = *state;
	int fd = dial(fake->path);
	char buf[64];

	put(fd, STATUS STATUS, strlen(STATUS STATUS) - 1); /* the last has no newline */
	shutdown(fd, SHUT_WR);
	spin(fake);
	assert_true(get(fd, buf, sizeof(buf)) > 0);
	assert_string_equal(buf, "{\"ok\":true,\"n\":1}\n{\"ok\":true,\"n\":2}\n");
	assert_int_equal(get(fd, buf, sizeof(buf)), -1);
	close(fd);
	/* disconnected without waiting: the request is executed nevertheless */
	fd = dial(fake->path);
	put(fd, STATUS, strlen(STATUS));
	close(fd);
	spin(fake);
	assert_int_equal(fake->handled, 3);
	assert_int_equal(fake->control->clients_n, 0);
}

static void test_long_answer(void **state)
{
	struct fake *fake = *state;
	int fd = dial(fake->path);
	size_t lines = 0, bytes = 0;
	static char buf[65536];

	fake->objects = 20000;
	fake->bytes = 200;
	put(fd, LIST STATUS, strlen(LIST STATUS));
	for (unsigned turn = 0; lines < 20002 && turn < 100000; turn++) {
		ssize_t n;

		spin(fake);
		n = get(fd, buf, 1 + unit_below(sizeof(buf) - 1) + 1);
		assert_true(n > 0);
		bytes += (size_t)n;
		for (ssize_t i = 0; i < n; i++)
			lines += buf[i] == '\n';
	}
	assert_int_equal(lines, 20002);
	assert_true(bytes > 20000 * 200);
	assert_int_equal(fake->refused, 0);
	assert_int_equal(fake->control->buffered, 0);
	close(fd);
}

/* A slow reader: memory stays small, and the numbers arrive in order. */
static void test_pulled(void **state)
{
	struct fake *fake = *state;
	int fd = dial(fake->path);
	static char buf[4096];
	size_t lines = 0, most = 0;

	fake->pulled = true;
	fake->objects = 20000;
	put(fd, LIST STATUS, strlen(LIST STATUS));
	for (unsigned turn = 0; lines < 20002 && turn < 100000; turn++) {
		ssize_t n;

		spin(fake);
		if (fake->control->buffered > most)
			most = fake->control->buffered;
		n = get(fd, buf, sizeof(buf));
		for (ssize_t i = 0; i < n; i++)
			lines += buf[i] == '\n';
	}
	assert_int_equal(lines, 20002);
	assert_true(most <= 4 * PULL_BELOW);
	assert_int_equal(fake->released, 1);
	assert_int_equal(fake->control->buffered, 0);
	/* disconnected in the middle; and the server freed before the first piece */
	put(fd, LIST, strlen(LIST));
	spin(fake);
	assert_int_equal(fake->released, 1);
	close(fd);
	spin(fake);
	assert_int_equal(fake->released, 2);
	fd = dial(fake->path);
	ask(fake, fd, UNBAN, "");
	control_reply_pull(fake->held, fake_more, fake_release, fake);
	control_free(fake->control);
	fake->control = NULL;
	assert_int_equal(fake->released, 3);
	close(fd);
}

static void test_pulled_slowly(void **state)
{
	struct fake *fake = *state;
	int fd = dial(fake->path);

	fake->control->timeout = 100000;
	fake->pulled = true;
	fake->objects = 100000;
	put(fd, LIST, strlen(LIST));
	spin_for(fake, 300000);
	assert_int_equal(fake->released, 1);
	assert_int_equal(fake->control->clients_n, 0);
	close(fd);
}

/* Unread replies are bounded in total; other clients are still served. */
static void test_too_much(void **state)
{
	struct fake *fake = *state;
	int fd = dial(fake->path), other = dial(fake->path);

	fake->objects = 70;
	fake->bytes = 1 << 20;
	put(fd, LIST, strlen(LIST));
	spin(fake);
	assert_true(fake->refused > 0);
	assert_true(fake->control->buffered <= CONTROL_OUTPUT_MOST);
	ask(fake, other, STATUS, "{\"ok\":true,\"n\":2}\n");
	close(fd);
	spin(fake);
	assert_int_equal(fake->control->clients_n, 1);
	assert_int_equal(fake->control->buffered, 0);
	close(other);
}

static void test_later(void **state)
{
	struct fake *fake = *state;
	int fd = dial(fake->path);

	fake->control->timeout = 30000;
	ask(fake, fd, UNBAN STATUS, "");
	assert_non_null(fake->held);
	spin_for(fake, 100000); /* a client that waits for its reply is not idle */
	assert_int_equal(fake->control->clients_n, 1);
	assert_int_equal(fake->handled, 1);
	assert_int_equal(control_reply_add(fake->held, json_pack("{s:b}", "ok", 1)), 0);
	control_reply_end(fake->held);
	ask(fake, fd, "", "{\"ok\":true}\n{\"ok\":true,\"n\":2}\n");
	/* disconnected before the reply */
	ask(fake, fd, UNBAN, "");
	close(fd);
	spin(fake);
	assert_int_equal(fake->control->clients_n, 0);
	assert_int_equal(control_reply_add(fake->held, json_pack("{s:b}", "ok", 1)), -ECONNRESET);
	control_reply_end(fake->held);
	/* an object that could not be allocated */
	fd = dial(fake->path);
	ask(fake, fd, UNBAN, "");
	assert_int_equal(control_reply_add(fake->held, NULL), -ENOMEM);
	control_reply_end(fake->held);
	ask(fake, fd, "", "{\"ok\":false,\"error\":\"out of memory\",\"exit\":4}\n");
	/* the server is freed first */
	ask(fake, fd, UNBAN, "");
	control_free(fake->control);
	fake->control = NULL;
	control_reply_refuse(fake->held, 1, "too late");
	close(fd);
}

static void test_timeout(void **state)
{
	struct fake *fake = *state;
	int idle, slow, good;
	char buf[1024];

	fake->control->timeout = 200000;
	fake->objects = 20000;
	fake->bytes = 100;
	idle = dial(fake->path);
	slow = dial(fake->path);
	good = dial(fake->path);
	put(idle, "{", 1);
	put(slow, LIST, strlen(LIST));
	for (unsigned i = 0; i < 50 && fake->control->clients_n != 1; i++) {
		put(good, STATUS, strlen(STATUS));
		spin_for(fake, 20000);
		assert_true(get(good, buf, sizeof(buf)) > 0);
	}
	assert_int_equal(fake->control->clients_n, 1);
	close(idle);
	close(slow);
	close(good);
}

static void test_hostile(void **state)
{
	static const char *const lines[] = {
		"",
		"{",
		"}",
		"null",
		"[]",
		"1",
		"\"status\"",
		"{}",
		"{\"command\":1}",
		"{\"command\":\"stop\"}",
		"{\"command\":\"status\",\"command\":\"list\"}",
		"{\"command\":\"status\"} {}",
		"{\"command\":\"sta\\u0000tus\"}",
		"{\"command\":\"status\",\"addr\":1}",
		"{\"command\":\"status\",\"addr\":\"x\"}",
		"{\"command\":\"status\",\"addr\":\"192.0.2.7/24\"}",
		"{\"command\":\"status\",\"all\":true}",
		"{\"command\":\"list\",\"addr\":\"::1\"}",
		"{\"command\":\"ban\"}",
		"{\"command\":\"ban\",\"addr\":\"::1\",\"for\":3600}",
		"{\"command\":\"ban\",\"addr\":\"::1\",\"for\":\"99999999999999999999w\"}",
		"{\"command\":\"ban\",\"addr\":\"::1\",\"jail\":\"\"}",
		"{\"command\":\"unban\"}",
		"{\"command\":\"unban\",\"all\":false}",
		"{\"command\":\"unban\",\"all\":true,\"addr\":\"::1\"}",
		"{\"command\":\"status\",\"x\":1e999999}",
		"{\"command\":\"status\",\"x\":123456789012345678901234567890}",
		"{\"command\":\"status\",\"\xff\":1}",
		"\x1b[2J",
	};
	struct fake *fake = *state;
	int fd = dial(fake->path);
	char buf[4096];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ssize_t n;

		put(fd, lines[i], strlen(lines[i]));
		put(fd, "\n", 1);
		spin(fake);
		n = get(fd, buf, sizeof(buf));
		assert_true(n > 0);
		if (strncmp(buf, "{\"ok\":false,\"error\":\"", 21) != 0)
			fail_msg("%s: %s", lines[i], buf);
		assert_ptr_equal(strchr(buf, '\n'), buf + n - 1);
	}
	put(fd, "{\"command\":\"status\0\"}\n", 22);
	spin(fake);
	assert_true(get(fd, buf, sizeof(buf)) > 0);
	assert_int_equal(fake->handled, 0);
	ask(fake, fd, STATUS, "{\"ok\":true,\"n\":1}\n");
	close(fd);
}

static void test_deep_and_long(void **state)
{
	struct fake *fake = *state;
	static char big[CONTROL_REQUEST + 2], buf[4096];
	int fd = dial(fake->path);

	memset(big, '[', sizeof(big));
	big[CONTROL_REQUEST] = '\n';
	put(fd, big, CONTROL_REQUEST + 1);
	spin(fake);
	assert_true(get(fd, buf, sizeof(buf)) > 0);
	assert_non_null(strstr(buf, "not a JSON object"));
	/* the longest request */
	memset(big, ' ', sizeof(big));
	memcpy(big, STATUS, strlen(STATUS) - 1);
	big[CONTROL_REQUEST] = '\n';
	put(fd, big, CONTROL_REQUEST + 1);
	spin(fake);
	assert_true(get(fd, buf, sizeof(buf)) > 0);
	assert_string_equal(buf, "{\"ok\":true,\"n\":1}\n");
	/* too long: an error, then the connection is closed */
	big[CONTROL_REQUEST] = ' ';
	put(fd, big, CONTROL_REQUEST + 1);
	spin(fake);
	assert_true(get(fd, buf, sizeof(buf)) > 0);
	assert_non_null(strstr(buf, "longer than 64 KiB"));
	assert_int_equal(get(fd, buf, sizeof(buf)), -1);
	assert_int_equal(fake->control->clients_n, 0);
	close(fd);
}

static void test_many_clients(void **state)
{
	struct fake *fake = *state;
	int fds[CLIENTS + 1];
	char buf[256];

	for (size_t i = 0; i <= CLIENTS; i++) {
		fds[i] = dial(fake->path);
		spin(fake);
	}
	assert_int_equal(fake->control->clients_n, CLIENTS);
	assert_true(get(fds[CLIENTS], buf, sizeof(buf)) > 0);
	assert_non_null(strstr(buf, "too many commands are running"));
	assert_int_equal(get(fds[CLIENTS], buf, sizeof(buf)), -1);
	ask(fake, fds[0], STATUS, "{\"ok\":true,\"n\":1}\n");
	for (size_t i = 0; i <= CLIENTS; i++)
		close(fds[i]);
	spin(fake);
	assert_int_equal(fake->control->clients_n, 0);
}

/* Random bytes in random pieces: the replies are lines with an "ok", and the loop does not spin. */
static void test_random(void **state)
{
	static const char *const pieces[] = { STATUS, LIST,   "\n",  "{",    "}",  "\"command\":",
					      "\"",   "\\u0", "\0x", "\xff", "[[", "status" };
	struct fake *fake = *state;
	static char buf[65536];

	for (unsigned round = 0; round < 300; round++) {
		int fd = dial(fake->path);

		for (uint32_t i = unit_below(40); i > 0; i--) {
			const char *piece = pieces[unit_below(12)];

			if (send(fd, piece, strlen(piece) + (unit_below(20) == 0), MSG_NOSIGNAL) <
			    0)
				break;
			if (unit_below(3) == 0)
				spin(fake);
		}
		if (unit_below(2))
			shutdown(fd, SHUT_WR);
		spin(fake);
		if (get(fd, buf, sizeof(buf)) > 0)
			assert_true(strncmp(buf, "{\"ok\":", 6) == 0);
		close(fd);
	}
	spin(fake);
	assert_int_equal(fake->control->clients_n, 0);
	assert_int_equal(fake->control->buffered, 0);
}

static void test_one_daemon(void **state)
{
	struct fake *fake = *state;
	struct control *second = NULL;
	char lock[128], wanted[64];

	assert_int_equal(control_new(&second, fake->event, fake->path, &fake->handler),
			 -EADDRINUSE);
	snprintf(wanted, sizeof(wanted), "is running already (pid %d)", (int)getpid());
	assert_non_null(strstr(fake->note, wanted));
	/* the lock was deleted: the socket still answers */
	snprintf(lock, sizeof(lock), "%s.lock", fake->path);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(control_new(&second, fake->event, fake->path, &fake->handler),
			 -EADDRINUSE);
	assert_null(second);
	spin(fake);
	assert_int_equal(access(fake->path, F_OK), 0);
}

static void test_stale(void **state)
{
	struct fake *fake = *state;
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct stat is;
	int fd;

	control_free(fake->control);
	fake->control = NULL;
	strcpy(name.sun_path, fake->path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	close(fd);
	assert_int_equal(control_new(&fake->control, fake->event, fake->path, &fake->handler), 0);
	assert_int_equal(stat(fake->path, &is), 0);
	assert_int_equal(is.st_mode & 0117, 0); /* 0660 or 0600 */
	fd = dial(fake->path);
	ask(fake, fd, STATUS, "{\"ok\":true,\"n\":1}\n");
	close(fd);
	assert_int_equal(fake->notes, 0);
}

static void test_place(void **state)
{
	struct fake *fake = *state;
	struct control *control = NULL;
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/file", fake->dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(control_new(&control, fake->event, path, &fake->handler), -EEXIST);
	assert_non_null(strstr(fake->note, "is not a socket"));
	assert_int_equal(unlink(path), 0);
	strcat(path, ".lock");
	unlink(path);
	memset(path, 'x', 200);
	path[0] = '/';
	path[200] = '\0';
	assert_int_equal(control_new(&control, fake->event, path, &fake->handler), -ENAMETOOLONG);
	assert_int_equal(control_new(&control, fake->event, "/nonexistent/x/control.sock",
				     &fake->handler),
			 -ENOENT);
	assert_int_equal(fake->notes, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answers),	  TEST(test_half_closed),  TEST(test_long_answer),
		TEST(test_too_much),	  TEST(test_pulled),	   TEST(test_pulled_slowly),
		TEST(test_later),	  TEST(test_timeout),	   TEST(test_hostile),
		TEST(test_deep_and_long), TEST(test_many_clients), TEST(test_random),
		TEST(test_one_daemon),	  TEST(test_stale),	   TEST(test_place),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
