/* SPDX-License-Identifier: MIT */
/* On a fake /proc: processes are directories, their sockets dangling links. */
#include "unit.h"

#include "enforce/cut_process.c"

#include <ftw.h>
#include <sys/stat.h>

static char root[] = "/tmp/test-cut-process-XXXXXX";
static char dir[64];
static struct cut_process *cut;
static int opened, signalled, last;
static bool gone, forbidden;
static struct cut_process_conf conf = { .name = (char[]){ "submit" },
					.holder = (char[]){ "courieresmtpd" },
					.parent = (char[]){ "couriertcpd" },
					.depth = 2 };

static int fake_open(pid_t pid, unsigned flags)
{
	(void)flags;
	opened++;
	last = pid;
	if (gone) {
		errno = ESRCH;
		return -1;
	}
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int fake_signal(int pidfd, int sig, siginfo_t *info, unsigned flags)
{
	(void)pidfd;
	(void)info;
	(void)flags;
	assert_int_equal(sig, SIGTERM);
	if (forbidden) {
		errno = EPERM;
		return -1;
	}
	signalled++;
	return 0;
}

static const struct cut_process_ops fakes = { fake_open, fake_signal };

static void put(int pid, const char *name, const char *text, size_t n)
{
	char path[128];
	FILE *to;

	snprintf(path, sizeof(path), "%s/%d/%s", dir, pid, name);
	to = fopen(path, "w");
	assert_non_null(to);
	fwrite(text, 1, n, to);
	fclose(to);
}

static void process(int pid, int parent, const char *comm, const char *line, size_t line_n,
		    unsigned inode)
{
	char path[128], text[256];

	snprintf(path, sizeof(path), "%s/%d", dir, pid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%d/fd", dir, pid);
	mkdir(path, 0700);
	snprintf(text, sizeof(text), "%s\n", comm);
	put(pid, "comm", text, strlen(text));
	snprintf(text, sizeof(text), "%d (%s) S %d 1 1 0", pid, comm, parent);
	put(pid, "stat", text, strlen(text));
	put(pid, "cmdline", line, line_n);
	snprintf(path, sizeof(path), "%s/%d/fd/0", dir, pid);
	unlink(path);
	snprintf(text, sizeof(text), "socket:[%u]", inode);
	if (inode)
		assert_int_equal(symlink(text, path), 0);
}

#define LINE(text) "submit\0esmtp\0dns; " text, sizeof("submit\0esmtp\0dns; " text)

/* tcpd 100, esmtpd 200 with a connection of inode 7000, submit 300 */
static void family(const char *line, size_t line_n)
{
	process(100, 1, "couriertcpd", "x", 1, 6000);
	process(200, 100, "courieresmtpd", "x", 1, 7000);
	process(300, 200, "submit", line, line_n, 0);
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int begin(void **state)
{
	(void)state;
	opened = signalled = last = 0;
	gone = forbidden = false;
	snprintf(dir, sizeof(dir), "%s", root);
	return mkdtemp(dir) && cut_process_new(&cut, dir, &conf, false, &fakes) == 0 ? 0 : -1;
}

static int end_test(void **state)
{
	(void)state;
	cut_process_free(cut);
	return nftw(dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int cut_it(const char *peer, uint32_t inode)
{
	struct sock_diag_socket socket = { .inode = inode };

	assert_int_equal(addr_parse(peer, strlen(peer), &socket.peer), 0);
	cut_process_refresh(cut);
	return cut_process_end(cut, &socket);
}

static void the_right_one(void **state)
{
	(void)state;
	family(LINE("x.example (mail.example [::ffff:192.0.2.7])"));
	assert_int_equal(cut_it("192.0.2.7", 7000), 0);
	assert_int_equal(signalled, 1);
	assert_int_equal(last, 200);
	assert_int_equal(cut_it("192.0.2.8", 7000), -ESRCH);
	assert_int_equal(cut_it("192.0.2.7", 7001),
			 CUT_PROCESS_REFUSED); /* the connection of another process */
	assert_int_equal(cut_it("192.0.2.7", 0), CUT_PROCESS_REFUSED);
	assert_int_equal(signalled, 1);
}

/* The HELO contains another address. */
static void forged_names(void **state)
{
	(void)state;
	family(LINE("x (good.test [::ffff:198.51.100.7]) (mail.example [::ffff:192.0.2.7])"));
	assert_int_equal(cut_it("198.51.100.7", 7000), -ESRCH);
	assert_int_equal(opened, 0);
	assert_int_equal(cut_it("192.0.2.7", 7000), 0);
	/* even if that address were used: this process does not hold its connection */
	family(LINE("x (good.test [::ffff:198.51.100.7])"));
	assert_int_equal(cut_it("198.51.100.7", 7777), CUT_PROCESS_REFUSED);
	assert_int_equal(signalled, 1);
}

static void hostile_lines(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *addr;
	} lines[] = {
#define TEXT(text) text, sizeof(text) - 1
		{ TEXT("dns; x ([192.0.2.7])"), "192.0.2.7" },
		{ TEXT("dns; x (y [192.0.2.7])\0\0\0"), "192.0.2.7" },
		{ TEXT("dns; x (y [::ffff:192.0.2.7])"), "192.0.2.7" },
		{ TEXT("dns; x (y [2001:db8::1])"), "2001:db8::1" },
		{ TEXT("dns; [198.51.100.7] (y [192.0.2.7])"), "192.0.2.7" },
		{ TEXT("dns; x [192.0.2.7]"), "192.0.2.7" },
		{ TEXT("dns; x (y [192.0.2.7]) "), NULL },
		{ TEXT("dns; x (y [192.0.2.7]) more"), NULL },
		{ TEXT("dns; x (y [192.0.2.7]))"), NULL },
		{ TEXT("dns; x (y [192.0.2.7"), NULL },
		{ TEXT("dns; x (y 192.0.2.7])"), NULL },
		{ TEXT("[192.0.2.\0007])"), NULL },
		{ TEXT("[192.0.2.7]\0x"), NULL },
		{ TEXT("[]"), NULL },
		{ TEXT("]"), NULL },
		{ TEXT(")"), NULL },
		{ TEXT(""), NULL },
		{ TEXT("\0\0"), NULL },
		{ TEXT("[[192.0.2.7]"), "192.0.2.7" },
		{ TEXT("[192.0.2.7]]"), NULL },
		{ TEXT("[192.0.2.7\n]"), NULL },
		{ TEXT("[999.0.2.7]"), NULL },
#undef TEXT
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[ADDR_TEXT], *copy = malloc(lines[i].n + !lines[i].n);
		struct addr addr;
		int r;

		memcpy(copy, lines[i].text, lines[i].n);
		r = cut_process_client(copy, lines[i].n, &addr);
		assert_int_equal(r, lines[i].addr ? 0 : -EINVAL);
		if (lines[i].addr)
			assert_string_equal(addr_format(&addr, text), lines[i].addr);
		free(copy);
	}
}

static void too_long(void **state)
{
	static char line[LINE + 100];

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line + sizeof(line) - 12, "[192.0.2.7])", 12);
	family(line, sizeof(line));
	assert_int_equal(cut_it("192.0.2.7", 7000), -ESRCH);
}

static void wrong_family(void **state)
{
	(void)state;
	family(LINE("x (y [192.0.2.7])"));
	/* a holder with another parent; the name contains parentheses, like the stat line */
	process(100, 1, "bash) S 1", "x", 1, 0);
	assert_int_equal(cut_it("192.0.2.7", 7000), CUT_PROCESS_REFUSED);
	/* no holder among its ancestors */
	family(LINE("x (y [192.0.2.7])"));
	process(200, 100, "courieresmtpx", "x", 1, 7000);
	assert_int_equal(cut_it("192.0.2.7", 7000), CUT_PROCESS_REFUSED);
	/* more levels than `depth` */
	family(LINE("x (y [192.0.2.7])"));
	process(301, 200, "one", "x", 1, 0);
	process(302, 301, "two", "x", 1, 0);
	process(300, 302, "submit", LINE("x (y [192.0.2.7])"), 0);
	assert_int_equal(cut_it("192.0.2.7", 7000), CUT_PROCESS_REFUSED);
	/* a child of init, a loop */
	process(300, 1, "submit", LINE("x (y [192.0.2.7])"), 0);
	assert_int_equal(cut_it("192.0.2.7", 7000), CUT_PROCESS_REFUSED);
	process(300, 300, "submit", LINE("x (y [192.0.2.7])"), 0);
	assert_int_equal(cut_it("192.0.2.7", 7000), CUT_PROCESS_REFUSED);
	put(300, "stat", "300 (submit", 11);
	assert_int_equal(cut_it("192.0.2.7", 7000), CUT_PROCESS_REFUSED);
	put(300, "stat", "300 (submit) S -5 1", 19);
	assert_int_equal(cut_it("192.0.2.7", 7000), CUT_PROCESS_REFUSED);
	assert_int_equal(signalled, 0);
}

static void gone_or_dead(void **state)
{
	(void)state;
	family(LINE("x (y [192.0.2.7])"));
	put(200, "stat", "200 (courieresmtpd) Z 100 1", 27);
	assert_int_equal(cut_it("192.0.2.7", 7000), -ESRCH);
	put(200, "stat", "200 (courieresmtpd) S 100 1", 27);
	gone = true;
	assert_int_equal(cut_it("192.0.2.7", 7000), -ESRCH);
	gone = false;
	forbidden = true;
	assert_int_equal(cut_it("192.0.2.7", 7000), -EPERM);
	assert_non_null(strstr(cut_process_detail(cut), "SIGTERM"));
	assert_int_equal(signalled, 0);
}

/* Two processes name the client; one of them because its own client sent that name. */
static void the_liar_and_the_other(void **state)
{
	(void)state;
	family(LINE("x (y [192.0.2.7])"));
	process(201, 100, "courieresmtpd", "x", 1, 7001);
	process(301, 201, "submit", LINE("x (y [192.0.2.7])"), 0);
	assert_int_equal(cut_it("192.0.2.7", 7001), 0);
	assert_int_equal(last, 201);
	assert_int_equal(signalled, 1);
}

static void who_is_never_cut(void **state)
{
	struct cut_process_conf bad = conf;
	static const char *const names[] = { "master", "couriertcpd", "systemd", "smtpd" };
	struct cut_process *other;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s", names[i]);
		bad.holder = name;
		family(LINE("x (y [192.0.2.7])"));
		process(200, 100, name, "x", 1, 7000);
		assert_int_equal(cut_process_new(&other, dir, &bad, false, &fakes), 0);
		assert_int_equal(
			cut_process_end(other,
					&(struct sock_diag_socket){
						.inode = 7000,
						.peer = { { [10] = 0xff, 0xff, 192, 0, 2, 7 } } }),
			CUT_PROCESS_REFUSED);
		cut_process_free(other);
	}
	assert_true(config_never_signalled("smtpd", false));
	assert_false(config_never_signalled("smtpd", true));
	assert_true(config_never_signalled("master", true));
	assert_int_equal(signalled, 0);
}

static void dry_run(void **state)
{
	struct cut_process *dry;
	struct sock_diag_socket socket = { .inode = 7000,
					   .peer = { { [10] = 0xff, 0xff, 192, 0, 2, 7 } } };

	(void)state;
	family(LINE("x (y [192.0.2.7])"));
	assert_int_equal(cut_process_new(&dry, dir, &conf, true, &fakes), 0);
	assert_int_equal(cut_process_end(dry, &socket), 0);
	cut_process_free(dry);
	assert_int_equal(signalled, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_right_one), TEST(forged_names),	   TEST(hostile_lines),
		TEST(too_long),	     TEST(wrong_family),	   TEST(gone_or_dead),
		TEST(dry_run),	     TEST(the_liar_and_the_other), TEST(who_is_never_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
