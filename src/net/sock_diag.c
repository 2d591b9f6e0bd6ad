/* SPDX-License-Identifier: MIT */
#include "net/sock_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "inet_diag_filter.h"
#include "netlink.h"
#include "util/units.h"

enum {
	/* what a process can still hold; TCP_LISTEN must never be here */
	STATES = 1 << TCP_ESTABLISHED | 1 << TCP_CLOSE_WAIT,
	RECEIVE = 128 * 1024, /* the kernel fills its answers up to the size of this */
};

struct request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 diag;
	struct rtattr attr;
	uint8_t code[INET_DIAG_FILTER_MOST];
};

struct sock_diag {
	int fd; /* -1: to be opened again */
	uint32_t sequence;
	struct request request;
	_Alignas(struct nlmsghdr) char answer[RECEIVE];
};

static int open_socket(struct sock_diag *diag)
{
	struct timeval patience = { .tv_sec = SOCK_DIAG_PATIENCE };

	if (diag->fd >= 0)
		return 0;
	diag->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (diag->fd < 0)
		return -errno;
	setsockopt(diag->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return 0;
}

/* After a failure the rest of an old answer may still come: another socket never sees it. */
static int give_up(struct sock_diag *diag, int error)
{
	close(diag->fd);
	diag->fd = -1;
	return error;
}

int sock_diag_open(struct sock_diag **out)
{
	struct sock_diag *diag = calloc(1, sizeof(*diag));
	int r;

	if (!diag)
		return -ENOMEM;
	diag->fd = -1;
	r = open_socket(diag);
	if (r < 0)
		free(diag);
	else
		*out = diag;
	return r;
}

void sock_diag_close(struct sock_diag *diag)
{
	if (!diag)
		return;
	if (diag->fd >= 0)
		close(diag->fd);
	free(diag);
}

bool sock_diag_within(const struct prefix *prefix, const struct addr *addr)
{
	struct prefix one = { *addr, 128 };

	return addr_is_v4(&prefix->addr) == addr_is_v4(addr) && prefix_overlaps(prefix, &one);
}

static int ask(struct sock_diag *diag, uint16_t type, uint16_t flags, size_t len)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct request *request = &diag->request;
	int r = open_socket(diag);

	if (r < 0)
		return r;
	request->head = (struct nlmsghdr){ .nlmsg_len = (uint32_t)len,
					   .nlmsg_type = type,
					   .nlmsg_flags = NLM_F_REQUEST | flags,
					   .nlmsg_seq = ++diag->sequence };
	if (sendto(diag->fd, request, len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return give_up(diag, -errno);
	return 0;
}

/* The next datagram of the kernel's. Returns its length or -errno. */
static ssize_t hear(struct sock_diag *diag)
{
	struct sockaddr_nl from = { 0 };
	struct iovec to = { diag->answer, sizeof(diag->answer) };
	struct msghdr message = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &to, .msg_iovlen = 1
	};
	ssize_t n;

	do
		n = recvmsg(diag->fd, &message, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (from.nl_pid != 0 || message.msg_flags & MSG_TRUNC)
		return -EBADMSG;
	return n;
}

static struct addr addr_of(uint8_t family, const __be32 words[4])
{
	struct addr addr = { 0 };

	if (family == AF_INET) {
		addr.b[10] = addr.b[11] = 0xff;
		memcpy(addr.b + 12, words, 4);
	} else {
		memcpy(addr.b, words, 16);
	}
	return addr;
}

/* When it last sent something, from the one attribute that was asked for. */
static int64_t idle_of(const struct nlmsghdr *head)
{
	const char *stop, *at = netlink_behind(head, sizeof(struct inet_diag_msg), &stop);
	const struct nlattr *attribute;
	struct tcp_info info = { 0 };

	while ((attribute = netlink_attribute(&at, stop))) {
		size_t n = netlink_size(attribute);

		if (attribute->nla_type != INET_DIAG_INFO ||
		    n < offsetof(struct tcp_info, tcpi_pmtu))
			continue;
		memcpy(&info, netlink_value(attribute), n < sizeof(info) ? n : sizeof(info));
		return (int64_t)info.tcpi_last_data_sent * 1000;
	}
	return INT64_MAX;
}

static bool is_wanted(const struct sock_diag_want *want, const struct sock_diag_socket *socket)
{
	size_t i = 0;

	while (i < want->ports_n && want->ports[i] != socket->local_port)
		i++;
	if (i == want->ports_n)
		return false;
	for (i = 0; i < want->peers_n; i++)
		if (sock_diag_within(&want->peers[i], &socket->peer))
			return true;
	return false;
}

/* Looked at again, whatever the filter let through: what comes out of here may be ended. */
static bool read_socket(const struct nlmsghdr *answer, const struct sock_diag_want *want,
			struct sock_diag_socket *out)
{
	const struct inet_diag_msg *m = NLMSG_DATA(answer);

	if ((m->idiag_family != AF_INET && m->idiag_family != AF_INET6) || m->idiag_state > 31 ||
	    !((unsigned)STATES >> m->idiag_state & 1) ||
	    (m->id.idiag_cookie[0] == INET_DIAG_NOCOOKIE &&
	     m->id.idiag_cookie[1] == INET_DIAG_NOCOOKIE))
		return false;
	*out = (struct sock_diag_socket){ .family = m->idiag_family,
					  .state = m->idiag_state,
					  .local = addr_of(m->idiag_family, m->id.idiag_src),
					  .peer = addr_of(m->idiag_family, m->id.idiag_dst),
					  .local_port = ntohs(m->id.idiag_sport),
					  .peer_port = ntohs(m->id.idiag_dport),
					  .inode = m->idiag_inode,
					  .uid = m->idiag_uid,
					  .queued = m->idiag_wqueue,
					  .idle = idle_of(answer),
					  .id = m->id };
	return is_wanted(want, out);
}

/* Whoever reads the kernel's answers: each has a struct inet_diag_msg. */
struct ear {
	void (*heard)(void *context, const struct nlmsghdr *answer);
	void *context;
};

/* One datagram. Returns 1 at the end of the answer, 0 when more comes, or -errno. */
static int take(struct sock_diag *diag, ssize_t got, const struct ear *ear)
{
	const char *at = diag->answer;
	const struct nlmsghdr *head;

	while ((head = netlink_message(&at, diag->answer + got))) {
		if (head->nlmsg_seq != diag->sequence)
			continue;
		if (head->nlmsg_type == NLMSG_DONE)
			return 1;
		if (head->nlmsg_type == NLMSG_ERROR) {
			int error = netlink_error(head);

			return error < 0 ? error : 1;
		}
		if (ear->heard && head->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
		    netlink_has(head, sizeof(struct inet_diag_msg)))
			ear->heard(ear->context, head);
	}
	return 0;
}

static int answered(struct sock_diag *diag, const struct ear *ear)
{
	ssize_t n;
	int r = 0;

	while (r == 0) {
		n = hear(diag);
		r = n < 0 ? (int)n : take(diag, n, ear);
	}
	return r < 0 ? r : 0;
}

/* Goes through the connections; those alone that the code_n bytes of code in diag->request let through, when there are any. */
static int dump(struct sock_diag *diag, const struct inet_diag_req_v2 *question, size_t code_n,
		const struct ear *ear)
{
	struct request *request = &diag->request;
	size_t len = offsetof(struct request, attr);
	int r;

	request->diag = *question;
	if (code_n) {
		request->attr = (struct rtattr){ .rta_type = INET_DIAG_REQ_BYTECODE,
						 .rta_len = (uint16_t)RTA_LENGTH(code_n) };
		len = offsetof(struct request, code) + code_n;
	}
	r = ask(diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, len);
	if (r == 0)
		r = answered(diag, ear);
	if (r < 0 && diag->fd >= 0)
		give_up(diag, r);
	return r;
}

int sock_diag_dump(struct sock_diag *diag, uint8_t family, uint32_t states,
		   void (*heard)(void *context, const struct nlmsghdr *answer), void *context)
{
	struct inet_diag_req_v2 question = { .sdiag_family = family,
					     .sdiag_protocol = IPPROTO_TCP,
					     .idiag_states = states };

	return dump(diag, &question, 0, &(struct ear){ heard, context });
}

struct search {
	const struct sock_diag_want *want;
	void (*seen)(void *context, const struct sock_diag_socket *socket);
	void *context;
};

static void look_at(void *context, const struct nlmsghdr *answer)
{
	const struct search *search = context;
	struct sock_diag_socket socket;

	if (read_socket(answer, search->want, &socket))
		search->seen(search->context, &socket);
}

static int find_family(struct sock_diag *diag, uint8_t family, struct search *search)
{
	struct inet_diag_req_v2 question = { .sdiag_family = family,
					     .sdiag_protocol = IPPROTO_TCP,
					     .idiag_ext = 1 << (INET_DIAG_INFO - 1),
					     .idiag_states = STATES };
	size_t n = inet_diag_filter_write(diag->request.code, family, search->want);
	int r;

	if (n == 0)
		return 0;
	r = dump(diag, &question, n, &(struct ear){ look_at, search });
	return r == -ENOENT ? 0 : r; /* a kernel without that family */
}

int sock_diag_find(struct sock_diag *diag, const struct sock_diag_want *want,
		   void (*seen)(void *context, const struct sock_diag_socket *socket),
		   void *context)
{
	struct search search = { want, seen, context };
	int r;

	if (want->peers_n == 0 || want->peers_n > SOCK_DIAG_PEERS || want->ports_n == 0 ||
	    want->ports_n > SOCK_DIAG_PORTS)
		return -EINVAL;
	r = find_family(diag, AF_INET, &search);
	if (r == 0)
		r = find_family(diag, AF_INET6, &search);
	return r;
}

static int destroy(struct sock_diag *diag, uint8_t family, const struct inet_diag_sockid *id)
{
	static const struct ear nobody = { 0 };
	int r;

	diag->request.diag = (struct inet_diag_req_v2){ .sdiag_family = family,
							.sdiag_protocol = IPPROTO_TCP,
							.idiag_states = STATES,
							.id = *id };
	r = ask(diag, SOCK_DESTROY, NLM_F_ACK, offsetof(struct request, attr));
	if (r == 0)
		r = answered(diag, &nobody);
	if (r == -ETIMEDOUT || r == -EBADMSG)
		give_up(diag, r);
	return r;
}

int sock_diag_destroy(struct sock_diag *diag, const struct sock_diag_socket *socket)
{
	if (socket->state == TCP_LISTEN || socket->peer_port == 0)
		return -EINVAL;
	return destroy(diag, socket->family, &socket->id);
}

int sock_diag_probe(struct sock_diag *diag)
{
	/* nothing has port 0, and no socket a cookie this high */
	struct inet_diag_sockid nothing = { .idiag_cookie = { UINT32_MAX - 1, UINT32_MAX - 1 } };
	int r = destroy(diag, AF_INET, &nothing);

	return r == -ENOENT ? 0 : r;
}
