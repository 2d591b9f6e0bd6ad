/* SPDX-License-Identifier: MIT */
/*
 * What the rest of the system says in text: /proc of processes whose command line a client wrote half of, Postfix's main.cf,
 * what iptables-save and nft print. The first byte says which. Only who holds the connection is signalled, and what is given to
 * iptables-restore touches nothing but ours.
 *
 * For /proc: a byte for one of the files, one of length, and what that file holds; the other files stay as Courier has them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lab/tree.h"
#include "daemon/load.h"
#include "enforce/cut_process.h"
#include "enforce/firewall.h"
#include "util/units.h"

enum { PROC, MAIN_CF, IPTABLES, NFT, ALL };
enum { TCPD = 100, ESMTPD = 200, SUBMIT = 300, INODE = 7000, FILES = 9 };

static char root[64], main_cf[80];
static int opened;
static unsigned sum; /* of all that was said, so that it is read */

#define TEXT(text)                                                                                 \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static const struct file {
	int pid;
	const char *name;
	struct span text;
} files[FILES] = {
	{ TCPD, "comm", TEXT("couriertcpd\n") },
	{ TCPD, "stat", TEXT("100 (couriertcpd) S 1 1 1 0") },
	{ TCPD, "cmdline",
	  TEXT("couriertcpd\0"
	       "25\0") },
	{ ESMTPD, "comm", TEXT("courieresmtpd\n") },
	{ ESMTPD, "stat", TEXT("200 (courieresmtpd) S 100 1 1 0") },
	{ ESMTPD, "cmdline", TEXT("courieresmtpd\0") },
	{ SUBMIT, "comm", TEXT("submit\n") },
	{ SUBMIT, "stat", TEXT("300 (submit) S 200 1 1 0") },
	{ SUBMIT, "cmdline", TEXT("submit\0esmtp\0dns; x.example (x.example [192.0.2.7])\0") },
};
static struct span now[FILES]; /* what they hold */

static void put(const char *path, struct span text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n || close(fd) < 0)
		abort();
}

static void put_file(int i, struct span text)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%d/%s", root, files[i].pid, files[i].name);
	put(path, text);
	now[i] = text;
}

/* ---- processes ---- */

static int fake_open(pid_t pid, unsigned flags)
{
	(void)flags;
	opened = pid;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool is_named(int i, const char *name)
{
	struct span comm = now[i];

	if (comm.n > 0 && comm.p[comm.n - 1] == '\n')
		comm.n--;
	return span_equal(comm, span_of(name));
}

/* The parent may be another process in what the kernel says, but never one of another name. */
static int fake_signal(int pidfd, int sig, siginfo_t *info, unsigned flags)
{
	(void)pidfd;
	(void)info;
	(void)flags;
	if (sig != SIGTERM || opened != ESMTPD || !is_named(3, "courieresmtpd") ||
	    !(is_named(0, "couriertcpd") || is_named(6, "couriertcpd")))
		abort();
	return 0;
}

static void processes(const char *data, size_t size)
{
	static const struct cut_process_ops fakes = { fake_open, fake_signal };
	static char name[] = "submit", holder[] = "courieresmtpd", parent[] = "couriertcpd";
	static const struct cut_process_conf conf = {
		.name = name, .holder = holder, .parent = parent, .depth = 2
	};
	struct sock_diag_socket socket = { .inode = INODE };
	struct cut_process *cut;

	for (int i = 0; i < FILES; i++)
		if (!span_equal(now[i], files[i].text))
			put_file(i, files[i].text);
	while (size >= 2) {
		size_t n = (unsigned char)data[1] < size - 2 ? (unsigned char)data[1] : size - 2;

		put_file((unsigned char)data[0] % FILES, (struct span){ data + 2, n });
		data += n + 2;
		size -= n + 2;
	}
	if (addr_parse("192.0.2.7", 9, &socket.peer) < 0 ||
	    cut_process_new(&cut, root, &conf, false, &fakes) < 0)
		abort();
	cut_process_end(cut, &socket);
	sum += (unsigned)strlen(cut_process_detail(cut));
	cut_process_free(cut);
	for (int i = 0; i < FILES; i++) /* the input is gone when the next one comes */
		if (!span_equal(now[i], files[i].text))
			put_file(i, files[i].text);
		else
			now[i] = files[i].text;
}

/* ---- the firewall's rules ---- */

static char names[][8] = { "mx", "mx6", "login", "login6", "nft", "nft6" };
static struct blocker_conf blockers[] = {
	{ .type = BLOCKER_XT_RECENT,
	  .ports = { 25 },
	  .ports_n = 1,
	  .seconds = 600 * UNITS_SECOND,
	  .prefix4 = 24,
	  .prefix6 = 64 },
	{ .type = BLOCKER_XT_RECENT,
	  .ports = { 587, 993 },
	  .ports_n = 2,
	  .seconds = 3600 * UNITS_SECOND,
	  .prefix4 = 32,
	  .prefix6 = 128,
	  .update = true },
	{ .type = BLOCKER_NFT, .ports = { 587, 25 }, .ports_n = 2, .prefix4 = 32, .prefix6 = 64 },
};
static const struct config config = { .blockers = blockers, .blockers_n = 3 };

static void count_difference(void *context, const char *text)
{
	++*(size_t *)context;
	if (strchr(text, '\n'))
		abort();
}

/* Every line of what iptables-restore would be given. */
static void check_commands(const char *text)
{
	static const char *const begins[] = { ":relaydam-",
					      "-F relaydam-",
					      "-X relaydam-",
					      "-A relaydam-",
					      "-I INPUT 1 -j relaydam-",
					      "-D" };

	while (*text) {
		int n = (int)strcspn(text, "\n");
		struct span line = { text, (size_t)n };
		size_t i = 0;

		if (text[n] != '\n')
			abort();
		text += n + 1;
		if (span_equal(line, span_of("*filter")) || span_equal(line, span_of("COMMIT")))
			continue;
		while (i < 6 && !span_begins(line, begins[i]))
			i++;
		if (i == 6 || (i == 5 && !memmem(line.p, line.n, " -j relaydam-", 13)))
			abort();
	}
}

static void rules(const char *saved, enum blocker_family family)
{
	size_t differences = 0;
	const struct firewall_callbacks callbacks = { count_difference, &differences };
	char *commands = NULL;
	size_t n;
	FILE *out = open_memstream(&commands, &n);

	if (!out)
		abort();
	if (firewall_xt_check(&config, family, saved, &callbacks) != differences)
		abort();
	sum += firewall_xt_mask_changed(&config, family, saved);
	firewall_xt_install(out, &config, family, saved, differences % 2);
	firewall_xt_remove(out, saved);
	if (fclose(out) != 0)
		abort();
	check_commands(commands);
	free(commands);
	if (firewall_xt_any(saved) == (differences == 0))
		sum++;
}

static void table(const char *listing)
{
	size_t differences = 0;
	const struct firewall_callbacks callbacks = { count_difference, &differences };

	if (firewall_nft_check(&config, listing, &callbacks) != differences)
		abort();
}

/* ---- */

static void directory(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "%s%s", root, name);
	if (mkdir(path, 0700) < 0)
		abort();
}

static void clean(void)
{
	tree_remove(root);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const directories[] = { "", "/100", "/200", "/200/fd", "/300" };
	char path[96];

	(void)argc;
	(void)argv;
	snprintf(root, sizeof(root), "/dev/shm/relaydam.system.%d", getpid());
	snprintf(main_cf, sizeof(main_cf), "%s/main.cf", root);
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		directory(directories[i]);
	atexit(clean);
	snprintf(path, sizeof(path), "%s/200/fd/0", root);
	if (symlink("socket:[7000]", path) < 0)
		abort();
	for (size_t i = 0; i < config.blockers_n; i++) {
		blockers[i].name = blockers[i].list = names[2 * i];
		blockers[i].list6 = names[2 * i + 1];
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data + 1, size - 1 };
	char *copy;
	uint32_t limit;

	if (size == 0)
		return 0;
	copy = strndup(text.p, text.n);
	if (!copy)
		return 0;
	switch (data[0] % ALL) {
	case PROC:
		processes(text.p, text.n);
		break;
	case MAIN_CF:
		put(main_cf, text);
		limit = load_limit(main_cf);
		if (limit == 0 || limit >= 1000000)
			abort();
		break;
	case IPTABLES:
		rules(copy, data[0] & 4 ? BLOCKER_V6 : BLOCKER_V4);
		break;
	default:
		table(copy);
	}
	free(copy);
	return 0;
}
