/* SPDX-License-Identifier: MIT */
/*
 * Any answer as the kernel's: xt_recent's lists, the sets of nftables, the connections that there are. The calls that ask it
 * are the ones below (see run.sh: --wrap). The first byte says whom is asked; then come, for a list, texts
 * ended by NUL; for netlink two bytes of length, with the bits below, and an answer, as often as one is asked for; no length: nothing is there.
 *
 * What is behind an answer in its buffer is poisoned, for it is that of the answer before.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "../lab/tree.h"
#include "enforce/block_list.h"
#include "net/sock_diag.h"
#include "net/tcp_counts.h"
#include "util/units.h"

enum { XT, NFT, DIAG, COUNT, ALL };
enum { INTERRUPTED = 0x8000, STRANGER = 0x4000, TRUNCATED = 0x2000, LENGTH = 0x1fff };
enum { FAKE = 1000 }; /* a descriptor */
enum { BANS4 = 4, BANS6 = 2, FILES = 3 };
#define NOW (INT64_C(1700000000) * UNITS_SECOND)

static const uint8_t *input, *input_end;
static const char *beyond; /* what is poisoned */
static size_t beyond_n;
static char proc[64], *paths[FILES];

/* ---- the kernel ---- */

int __real_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t n);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t n);
int __real_close(int fd);
int __wrap_close(int fd);
ssize_t __wrap_send(int fd, const void *data, size_t n, int flags);
ssize_t __wrap_sendto(int fd, const void *data, size_t n, int flags, const struct sockaddr *to,
		      socklen_t to_n);
ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);

static void forget(void)
{
	ASAN_UNPOISON_MEMORY_REGION(beyond, beyond_n);
	beyond_n = 0;
}

/* *flags: the bits that came with the length. */
static ssize_t answer(void *buf, size_t size, unsigned *flags)
{
	size_t n;

	forget();
	if (input_end - input < 2) {
		errno = EAGAIN;
		return -1;
	}
	*flags = (unsigned)(input[0] | input[1] << 8);
	input += 2;
	if (*flags & INTERRUPTED) {
		errno = EINTR;
		return -1;
	}
	n = *flags & LENGTH;
	if (n == 0) {
		errno = EAGAIN; /* the end of what is there now */
		return -1;
	}
	if (n > (size_t)(input_end - input))
		n = (size_t)(input_end - input);
	if (n > size)
		abort();
	memcpy(buf, input, n);
	input += n;
	beyond = (const char *)buf + n;
	beyond_n = size - n;
	ASAN_POISON_MEMORY_REGION(beyond, beyond_n);
	return (ssize_t)n;
}

int __wrap_socket(int family, int type, int protocol)
{
	return family == AF_NETLINK ? FAKE : __real_socket(family, type, protocol);
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t n)
{
	(void)to;
	(void)n;
	return fd == FAKE ? 0 : -1;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t n)
{
	(void)level;
	(void)name;
	(void)value;
	(void)n;
	return fd == FAKE ? 0 : -1;
}

int __wrap_close(int fd)
{
	forget();
	return fd == FAKE ? 0 : __real_close(fd);
}

ssize_t __wrap_send(int fd, const void *data, size_t n, int flags)
{
	(void)fd;
	(void)data;
	(void)flags;
	forget();
	return (ssize_t)n;
}

ssize_t __wrap_sendto(int fd, const void *data, size_t n, int flags, const struct sockaddr *to,
		      socklen_t to_n)
{
	(void)to;
	(void)to_n;
	return __wrap_send(fd, data, n, flags);
}

ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags)
{
	unsigned odd;

	(void)fd;
	(void)flags;
	return answer(buf, size, &odd);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	struct sockaddr_nl *from = message->msg_name;
	unsigned odd = 0;
	ssize_t n = answer(message->msg_iov->iov_base, message->msg_iov->iov_len, &odd);

	(void)fd;
	(void)flags;
	from->nl_pid = odd & STRANGER ? 1 : 0;
	message->msg_flags = odd & TRUNCATED ? MSG_TRUNC : 0;
	return n;
}

/* ---- a list of bans ---- */

static void put(const char *path, const uint8_t *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n || __real_close(fd) < 0)
		abort();
}

/* The next text of the input. */
static void put_next(const char *path)
{
	const uint8_t *text = input, *end;

	if (input == input_end) {
		put(path, (const uint8_t *)"", 0);
		return;
	}
	end = memchr(input, '\0', (size_t)(input_end - input));
	input = end ? end + 1 : input_end;
	put(path, text, (size_t)((end ? end : input_end) - text));
}

static struct addr client(unsigned i)
{
	struct addr addr = { .b = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, (uint8_t)i, [15] = 1 } };

	if (i < BANS4)
		addr = (struct addr){ .b = { [10] = 0xff, 0xff, 192, 0, 2, (uint8_t)i } };
	return addr;
}

static void run(struct block_list *list, int64_t now)
{
	struct block_list_counts counts;
	uint32_t sum = 0;

	if (block_list_run(list, now) <= now)
		abort();
	counts = block_list_counts(list);
	for (int family = 0; family < BLOCKER_FAMILIES; family++) {
		sum += counts.held[family] + counts.waiting[family];
		if (counts.missing[family] && counts.held[family] > 0)
			abort();
		if (counts.capacity[family] > 0 && counts.held[family] > counts.capacity[family])
			abort();
	}
	for (unsigned i = 0; i < BANS4 + BANS6; i++) {
		struct addr addr = client(i);

		sum += block_list_ask(list, &addr, NULL) == BLOCK_LIST_REFUSED;
	}
	if (sum != BANS4 + BANS6)
		abort();
}

/* Bans are made, and three times it is looked what became of them. */
static void ban(struct blocker *blocker)
{
	static const struct seed seed = { 1, 2 };
	static const struct block_list_callbacks callbacks = { 0 };
	bool xt = blocker->ops == &blocker_xt;
	struct block_list *list;
	struct addr addr;
	int64_t now = NOW;

	if (block_list_new(&list, blocker, BANS4 + BANS6, &seed, &callbacks) < 0)
		return;
	block_list_start(list, now);
	for (unsigned i = 0; i < BANS4 + BANS6; i++) {
		addr = client(i);
		block_list_add(list, &addr, i % 2, now + 3600 * UNITS_SECOND, now);
	}
	for (unsigned look = 0; look < 4; look++) {
		run(list, now);
		now += 31 * UNITS_SECOND;
		for (int i = 0; xt && i < 2; i++)
			put_next(paths[i]);
	}
	for (unsigned i = 0; i < BANS4 + BANS6; i += 3) {
		addr = client(i);
		if (block_list_end(list, &addr, i % 2, now) != 0 ||
		    block_list_ask(list, &addr, NULL) != BLOCK_LIST_NONE)
			abort();
	}
	block_list_run(list, now);
	block_list_free(list);
}

/* ---- connections ---- */

static const uint16_t ports[] = { 25, 26 };
static struct sock_diag_query query = { .ports = ports, .ports_n = 2 };

static void see(void *context, const struct sock_diag_socket *socket)
{
	if ((socket->state != TCP_ESTABLISHED && socket->state != TCP_CLOSE_WAIT) ||
	    (socket->local_port != 25 && socket->local_port != 26) || socket->idle < 0 ||
	    (!sock_diag_within(&query.peers[0], &socket->peer) &&
	     !sock_diag_within(&query.peers[1], &socket->peer)))
		abort();
	memcpy(context, socket, sizeof(*socket));
}

static void find(void)
{
	struct sock_diag_socket found = { .state = TCP_LISTEN };
	struct prefix peers[2];
	struct sock_diag *diag;

	if (prefix_parse("127.0.0.0/8", 11, &peers[0]) < 0 ||
	    prefix_parse("::1/128", 7, &peers[1]) < 0 || sock_diag_open(&diag) < 0)
		abort();
	query.peers = peers;
	query.peers_n = 2;
	if (sock_diag_find(diag, &query, see, &found) > 0 || sock_diag_destroy(diag, &found) > 0 ||
	    sock_diag_probe(diag) > 0)
		abort();
	sock_diag_close(diag);
}

static void count(void)
{
	struct tcp_counts n;
	int r = tcp_counts_read(ports, 2, &n);

	if (r > 0 || n.waiting > n.sessions || (r < 0 && n.sessions > 0))
		abort();
}

static void clean(void)
{
	tree_remove(proc);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const names[] = { "net/xt_recent/mx", "net/xt_recent/mx6",
					     "module/xt_recent/parameters/ip_list_tot" };

	(void)argc;
	(void)argv;
	snprintf(proc, sizeof(proc), "/dev/shm/relaydam.kernel.%d", getpid());
	if (mkdir(proc, 0700) < 0)
		abort();
	atexit(clean);
	for (int i = 0; i < FILES; i++) {
		if (asprintf(&paths[i], "%s/%s", proc, names[i]) < 0)
			abort();
		for (char *slash = paths[i] + strlen(proc) + 1; (slash = strchr(slash, '/'));
		     slash++) {
			*slash = '\0';
			mkdir(paths[i], 0700);
			*slash = '/';
		}
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char list[] = "mx", list6[] = "mx6";
	static struct blocker_conf conf = { .list = list,
					    .list6 = list6,
					    .seconds = 600 * UNITS_SECOND,
					    .prefix4 = 32,
					    .prefix6 = 64 };
	struct blocker blocker = { .conf = &conf, .proc = proc, .sys = proc };

	if (size == 0)
		return 0;
	input = data + 1;
	input_end = data + size;
	switch (data[0] % ALL) {
	case XT:
		blocker.ops = &blocker_xt;
		put_next(paths[2]);
		put(paths[0], data, 0);
		put(paths[1], data, 0);
		ban(&blocker);
		break;
	case NFT:
		blocker.ops = &blocker_nft;
		ban(&blocker);
		break;
	case DIAG:
		find();
		break;
	default:
		count();
	}
	forget();
	return 0;
}
