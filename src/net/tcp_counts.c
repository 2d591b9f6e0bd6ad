/* SPDX-License-Identifier: MIT */
#include "net/tcp_counts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "net/sock_diag.h"

enum { STATES = 1 << TCP_ESTABLISHED | 1 << TCP_CLOSE_WAIT | 1 << TCP_LISTEN };

struct sum {
	const uint16_t *ports;
	size_t n;
	struct tcp_counts *out;
};

static void count(void *context, const struct nlmsghdr *answer)
{
	const struct inet_diag_msg *socket = NLMSG_DATA(answer);
	const struct sum *sum = context;
	uint16_t port = ntohs(socket->id.idiag_sport);
	size_t i = 0;

	while (i < sum->n && sum->ports[i] != port)
		i++;
	if (i == sum->n)
		return;
	if (socket->idiag_state == TCP_LISTEN)
		sum->out->waiting += socket->idiag_rqueue; /* its accept queue */
	else
		sum->out->sessions++;
}

static int count_all(struct sock_diag *diag, struct sum *sum)
{
	int r = sock_diag_dump(diag, AF_INET, STATES, count, sum);

	if (r < 0)
		return r;
	r = sock_diag_dump(diag, AF_INET6, STATES, count, sum);
	return r == -ENOENT ? 0 : r; /* the kernel does not have IPv6 */
}

int tcp_counts_read(const uint16_t *ports, size_t n, struct tcp_counts *out)
{
	struct sum sum = { .ports = ports, .n = n, .out = out };
	struct sock_diag *diag;
	int r;

	*out = (struct tcp_counts){ 0 };
	r = sock_diag_open(&diag);
	if (r < 0)
		return r;
	r = count_all(diag, &sum);
	sock_diag_close(diag);
	if (out->waiting > out->sessions) /* the table changed between the two dumps */
		out->waiting = out->sessions;
	if (r < 0)
		*out = (struct tcp_counts){ 0 };
	return r;
}
