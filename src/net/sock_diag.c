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
	/* states in which a process may hold the socket; must never include TCP_LISTEN */
	STATES = 1 << TCP_ESTABLISHED | 1 << TCP_CLOSE_WAIT,
	RECEIVE = 128 * 1024, /* buffer size; the kernel makes its datagrams up to this large */
};

struct request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 diag;
	struct rtattr attr;
	uint8_t code[INET_DIAG_FILTER_MOST];
};

struct sock_diag {
	int fd; /* -1: closed after a failure, to be opened again */
	uint32_t sequence;
	struct request request;
	_Alignas(struct nlmsghdr) char answer[RECEIVE];
};

static int open_socket(struct sock_diag *diag)
{
	struct timeval timeout = { .tv_sec = SOCK_DIAG_TIMEOUT };

	if (diag->fd >= 0)
		return 0;
	diag->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (diag->fd < 0)
		return -errno;
	setsockopt(diag->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return 0;
}

/* After a failure the rest of the answer may still arrive. A new socket does not receive it. */
static int abandon(struct sock_diag *diag, int error)
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

static int send_request(struct sock_diag *diag, uint16_t type, uint16_t flags, size_t len)
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
		return abandon(diag, -errno);
	return 0;
}

/* The next datagram from the kernel. Returns its length or -errno. */
static ssize_t receive(struct sock_diag *diag)
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

/* Time since the last byte was sent, from the one attribute that was requested. */
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

static bool matches(const struct sock_diag_query *query, const struct sock_diag_socket *socket)
{
	size_t i = 0;

	while (i < query->ports_n && query->ports[i] != socket->local_port)
		i++;
	if (i == query->ports_n)
		return false;
	for (i = 0; i < query->peers_n; i++)
		if (sock_diag_within(&query->peers[i], &socket->peer))
			return true;
	return false;
}

/* Checks the socket again although the kernel filtered it: a socket that this accepts may be ended. */
static bool read_socket(const struct nlmsghdr *answer, const struct sock_diag_query *query,
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
	return matches(query, out);
}

/* Callback for the answers of the kernel. Each has a complete struct inet_diag_msg. */
struct reader {
	void (*each)(void *context, const struct nlmsghdr *answer);
	void *context;
};

/* Parses one datagram. Returns 1 at the end of the answer, 0 when more follows, or -errno. */
static int parse(struct sock_diag *diag, ssize_t got, const struct reader *reader)
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
		if (reader->each && head->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
		    netlink_has(head, sizeof(struct inet_diag_msg)))
			reader->each(reader->context, head);
	}
	return 0;
}

static int read_answer(struct sock_diag *diag, const struct reader *reader)
{
	ssize_t n;
	int r = 0;

	while (r == 0) {
		n = receive(diag);
		r = n < 0 ? (int)n : parse(diag, n, reader);
	}
	return r < 0 ? r : 0;
}

/* Dumps the sockets. With code_n > 0 the kernel filters by the code_n bytes in diag->request.code. */
static int dump(struct sock_diag *diag, const struct inet_diag_req_v2 *req, size_t code_n,
		const struct reader *reader)
{
	struct request *request = &diag->request;
	size_t len = offsetof(struct request, attr);
	int r;

	request->diag = *req;
	if (code_n) {
		request->attr = (struct rtattr){ .rta_type = INET_DIAG_REQ_BYTECODE,
						 .rta_len = (uint16_t)RTA_LENGTH(code_n) };
		len = offsetof(struct request, code) + code_n;
	}
	r = send_request(diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, len);
	if (r == 0)
		r = read_answer(diag, reader);
	if (r < 0 && diag->fd >= 0)
		abandon(diag, r);
	return r;
}

int sock_diag_dump(struct sock_diag *diag, uint8_t family, uint32_t states,
		   void (*each)(void *context, const struct nlmsghdr *answer), void *context)
{
	struct inet_diag_req_v2 req = { .sdiag_family = family,
					.sdiag_protocol = IPPROTO_TCP,
					.idiag_states = states };

	return dump(diag, &req, 0, &(struct reader){ each, context });
}

struct search {
	const struct sock_diag_query *query;
	void (*seen)(void *context, const struct sock_diag_socket *socket);
	void *context;
};

static void check_socket(void *context, const struct nlmsghdr *answer)
{
	const struct search *search = context;
	struct sock_diag_socket socket;

	if (read_socket(answer, search->query, &socket))
		search->seen(search->context, &socket);
}

static int find_family(struct sock_diag *diag, uint8_t family, struct search *search)
{
	struct inet_diag_req_v2 req = { .sdiag_family = family,
					.sdiag_protocol = IPPROTO_TCP,
					.idiag_ext = 1 << (INET_DIAG_INFO - 1),
					.idiag_states = STATES };
	size_t n = inet_diag_filter_write(diag->request.code, family, search->query);
	int r;

	if (n == 0)
		return 0;
	r = dump(diag, &req, n, &(struct reader){ check_socket, search });
	return r == -ENOENT ? 0 : r; /* the kernel does not have the family */
}

int sock_diag_find(struct sock_diag *diag, const struct sock_diag_query *query,
		   void (*seen)(void *context, const struct sock_diag_socket *socket),
		   void *context)
{
	struct search search = { query, seen, context };
	int r;

	if (query->peers_n == 0 || query->peers_n > SOCK_DIAG_PEERS || query->ports_n == 0 ||
	    query->ports_n > SOCK_DIAG_PORTS)
		return -EINVAL;
	r = find_family(diag, AF_INET, &search);
	if (r == 0)
		r = find_family(diag, AF_INET6, &search);
	return r;
}

static int destroy(struct sock_diag *diag, uint8_t family, const struct inet_diag_sockid *id)
{
	static const struct reader none = { 0 };
	int r;

	diag->request.diag = (struct inet_diag_req_v2){ .sdiag_family = family,
							.sdiag_protocol = IPPROTO_TCP,
							.idiag_states = STATES,
							.id = *id };
	r = send_request(diag, SOCK_DESTROY, NLM_F_ACK, offsetof(struct request, attr));
	if (r == 0)
		r = read_answer(diag, &none);
	if (r == -ETIMEDOUT || r == -EBADMSG)
		abandon(diag, r);
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
	/* no connection has port 0, and no socket a cookie this high */
	struct inet_diag_sockid nothing = { .idiag_cookie = { UINT32_MAX - 1, UINT32_MAX - 1 } };
	int r = destroy(diag, AF_INET, &nothing);

	return r == -ENOENT ? 0 : r;
}
