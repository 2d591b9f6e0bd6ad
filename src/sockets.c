/* SPDX-License-Identifier: MIT */
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK = 32 * 1024 }; /* what the kernel puts into one answer at most */

struct dump {
	const uint16_t *ports;
	size_t n;
	struct sockets_count *out;
};

static int request(int fd, unsigned char family)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} ask = { .head = { .nlmsg_len = sizeof(ask),
			    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		  .body = { .sdiag_family = family,
			    .sdiag_protocol = IPPROTO_TCP,
			    .idiag_states = 1U << TCP_ESTABLISHED | 1U << TCP_CLOSE_WAIT |
					    1U << TCP_LISTEN } };

	return send(fd, &ask, sizeof(ask), 0) < 0 ? -errno : 0;
}

static void count(const struct dump *dump, const struct inet_diag_msg *socket)
{
	uint16_t port = ntohs(socket->id.idiag_sport);
	size_t i = 0;

	while (i < dump->n && dump->ports[i] != port)
		i++;
	if (i == dump->n)
		return;
	if (socket->idiag_state == TCP_LISTEN)
		dump->out->waiting += socket->idiag_rqueue; /* its accept queue */
	else
		dump->out->sessions++;
}

/* One answer of the kernel. Returns 1 when it was the last, 0, or -errno. */
static int take(const struct dump *dump, const char *answer, size_t n)
{
	const struct nlmsghdr *head = (const struct nlmsghdr *)(const void *)answer;

	for (; NLMSG_OK(head, n); head = NLMSG_NEXT(head, n)) {
		if (head->nlmsg_type == NLMSG_DONE)
			return 1;
		if (head->nlmsg_type == NLMSG_ERROR)
			return head->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr))
				       ? ((const struct nlmsgerr *)NLMSG_DATA(head))->error
				       : -EBADMSG;
		if (head->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
		    head->nlmsg_len >= NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
			count(dump, NLMSG_DATA(head));
	}
	return 0;
}

static int dump_family(int fd, unsigned char family, const struct dump *dump)
{
	_Alignas(struct nlmsghdr) char answer[BLOCK];
	int r = request(fd, family);

	while (r == 0) {
		ssize_t n = recv(fd, answer, sizeof(answer), 0);

		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -errno : n == 0 ? -EBADMSG : take(dump, answer, (size_t)n);
	}
	return r < 0 ? r : 0;
}

int sockets_count(const uint16_t *ports, size_t n, struct sockets_count *out)
{
	struct dump dump = { .ports = ports, .n = n, .out = out };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), r;

	*out = (struct sockets_count){ 0 };
	if (fd < 0)
		return -errno;
	r = dump_family(fd, AF_INET, &dump);
	if (r == 0) {
		r = dump_family(fd, AF_INET6, &dump);
		if (r == -ENOENT || r == -EAFNOSUPPORT) /* a kernel without IPv6 */
			r = 0;
	}
	close(fd);
	if (out->waiting > out->sessions) /* between the two looks at it */
		out->waiting = out->sessions;
	if (r < 0)
		*out = (struct sockets_count){ 0 };
	return r;
}
