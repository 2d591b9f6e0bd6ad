/* SPDX-License-Identifier: MIT */
/* With real connections over lo: which of them a query finds. */
#include "unit.h"

#include "net/sock_diag.c"

#include <netinet/in.h>

static struct sock_diag *diag;

struct tail_link {
	int listener, client, server;
	uint16_t port;
};

static struct prefix prefix(const char *text)
{
	struct prefix out;

	assert_int_equal(prefix_parse(text, strlen(text), &out), PREFIX_OK);
	return out;
}

static int bound(int family, const char *text, struct sockaddr_in6 *at)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), off = 0;
	socklen_t len = sizeof(*at);

	*at = (struct sockaddr_in6){ .sin6_family = (sa_family_t)family };
	if (family == AF_INET) {
		inet_pton(family, text, &((struct sockaddr_in *)(void *)at)->sin_addr);
	} else {
		inet_pton(family, text, &at->sin6_addr);
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	}
	if (bind(fd, (struct sockaddr *)at, sizeof(*at)) < 0) {
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)at, &len);
	return fd;
}

/* A listener at `to`, and a connection to it from `from`. */
static bool link_up(struct tail_link *link, int to_family, const char *to, int family,
		    const char *from, const char *address)
{
	struct sockaddr_in6 at, self, target = { .sin6_family = (sa_family_t)family };

	*link = (struct tail_link){ -1, -1, -1, 0 };
	link->listener = bound(to_family, to, &at);
	if (link->listener < 0)
		return false;
	assert_int_equal(listen(link->listener, 5), 0);
	link->port = ntohs(at.sin6_port); /* where sockaddr_in has it, too */
	link->client = bound(family, from, &self);
	assert_true(link->client >= 0);
	target.sin6_port = at.sin6_port;
	inet_pton(family, address,
		  family == AF_INET ? (void *)&((struct sockaddr_in *)(void *)&target)->sin_addr
				    : (void *)&target.sin6_addr);
	assert_int_equal(connect(link->client, (struct sockaddr *)&target, sizeof(target)), 0);
	link->server = accept(link->listener, NULL, NULL);
	assert_true(link->server >= 0);
	return true;
}

static void link_down(struct tail_link *link)
{
	close(link->client);
	close(link->server);
	close(link->listener);
}

static struct sock_diag_socket found[64];
static size_t found_n;

static void keep(void *context, const struct sock_diag_socket *socket)
{
	(void)context;
	if (found_n < 64)
		found[found_n++] = *socket;
}

static size_t find(const struct prefix *peers, size_t n, const uint16_t *ports, size_t ports_n)
{
	struct sock_diag_query query = { peers, n, ports, ports_n };

	found_n = 0;
	assert_int_equal(sock_diag_find(diag, &query, keep, NULL), 0);
	return found_n;
}

static size_t find_one(const char *peer, uint16_t port)
{
	struct prefix p = prefix(peer);

	return find(&p, 1, &port, 1);
}

static void known_sockets(void **state)
{
	struct prefix both[2] = { prefix("127.9.8.7"), prefix("127.9.8.9") };
	uint16_t ports[3];
	struct tail_link a, b;

	(void)state;
	assert_true(link_up(&a, AF_INET, "127.0.0.1", AF_INET, "127.9.8.7", "127.0.0.1"));
	assert_true(link_up(&b, AF_INET, "127.0.0.1", AF_INET, "127.9.8.9", "127.0.0.1"));
	assert_int_equal(find_one("127.9.8.7", a.port), 1);
	assert_int_equal(found[0].state, TCP_ESTABLISHED);
	assert_int_equal(found[0].local_port, a.port);
	assert_int_equal(found[0].queued, 0);
	assert_int_not_equal(found[0].inode, 0);
	assert_true(sock_diag_within(&both[0], &found[0].peer));
	assert_int_equal(find_one("127.9.8.7", b.port), 0);
	assert_int_equal(find_one("127.9.8.8", a.port), 0);
	assert_int_equal(find_one("127.9.8.0/24", a.port), 1);
	assert_int_equal(find_one("127.9.9.0/24", a.port), 0);
	assert_int_equal(find_one("::/0", a.port), 0);
	ports[0] = 1, ports[1] = b.port, ports[2] = a.port;
	assert_int_equal(find(both, 2, ports, 3), 2);
	assert_int_equal(find(both + 1, 1, ports, 3), 1);
	assert_int_equal(find(both, 2, ports + 2, 1), 1);
	link_down(&a);
	link_down(&b);
}

/* The largest query: all jumps are valid, and the bounds hold. */
static void many(void **state)
{
	static struct prefix peers[SOCK_DIAG_PEERS + 1];
	static uint16_t ports[SOCK_DIAG_PORTS + 1];
	struct tail_link link;

	(void)state;
	assert_true(link_up(&link, AF_INET, "127.0.0.1", AF_INET, "127.9.8.7", "127.0.0.1"));
	for (size_t i = 0; i < SOCK_DIAG_PEERS; i++) {
		char text[64];

		snprintf(text, sizeof(text), i % 2 ? "192.0.2.%zu" : "2001:db8::%zx", i);
		peers[i] = prefix(text);
	}
	for (size_t i = 0; i < SOCK_DIAG_PORTS; i++)
		ports[i] = (uint16_t)(i + 1);
	ports[0] = link.port;
	for (size_t i = 0; i < SOCK_DIAG_PEERS; i += i < 4 ? 1 : 83) {
		struct prefix before = peers[i];

		peers[i] = prefix("127.9.8.7");
		assert_int_equal(find(peers, SOCK_DIAG_PEERS, ports, SOCK_DIAG_PORTS), 1);
		peers[i] = before;
	}
	assert_int_equal(find(peers, SOCK_DIAG_PEERS, ports, SOCK_DIAG_PORTS), 0);
	peers[0] = prefix("127.9.8.7");
	for (size_t i = 0; i < SOCK_DIAG_PORTS; i += 93) {
		ports[0] = 1;
		ports[i] = link.port;
		assert_int_equal(find(peers, 3, ports, SOCK_DIAG_PORTS), 1);
		ports[i] = 1;
	}
	link_down(&link);
	assert_int_equal(
		sock_diag_find(diag,
			       &(struct sock_diag_query){ peers, SOCK_DIAG_PEERS + 1, ports, 1 },
			       keep, NULL),
		-EINVAL);
	assert_int_equal(
		sock_diag_find(diag,
			       &(struct sock_diag_query){ peers, 1, ports, SOCK_DIAG_PORTS + 1 },
			       keep, NULL),
		-EINVAL);
}

static void both_families(void **state)
{
	struct prefix peers[2] = { prefix("127.9.8.7"), prefix("::1") };
	struct tail_link mapped, six;

	(void)state;
	if (!link_up(&mapped, AF_INET6, "::", AF_INET, "127.9.8.7", "127.0.0.1"))
		skip();
	assert_int_equal(find_one("127.9.8.7", mapped.port), 1);
	assert_int_equal(found[0].family, AF_INET6);
	assert_true(addr_is_v4(&found[0].peer));
	/* ::ffff:127.9.8.7 is in ::/64, but an IPv6 ban does not apply to it */
	assert_int_equal(find_one("::/64", mapped.port), 0);
	assert_true(link_up(&six, AF_INET6, "::", AF_INET6, "::1", "::1"));
	assert_int_equal(find(peers, 2, &six.port, 1), 1);
	assert_int_equal(find_one("::/64", six.port), 1);
	assert_int_equal(find_one("0.0.0.0/0", six.port), 0);
	link_down(&mapped);
	link_down(&six);
}

static void what_is_queued(void **state)
{
	static const char text[65536];
	struct tail_link link;

	(void)state;
	assert_true(link_up(&link, AF_INET, "127.0.0.1", AF_INET, "127.9.8.7", "127.0.0.1"));
	assert_int_equal(send(link.server, "250 ok\r\n", 8, 0), 8);
	assert_int_equal(find_one("127.9.8.7", link.port), 1);
	assert_int_equal(found[0].queued, 0); /* acknowledged, on lo, at once */
	assert_true(found[0].idle < 500000);
	while (send(link.server, text, sizeof(text), MSG_DONTWAIT) > 0)
		;
	assert_int_equal(find_one("127.9.8.7", link.port), 1);
	assert_true(found[0].queued > 0);
	link_down(&link);
}

static void destroyed(void **state)
{
	struct sock_diag_socket socket;
	struct tail_link link, other;
	char byte;
	int r;

	(void)state;
	assert_true(link_up(&link, AF_INET, "127.0.0.1", AF_INET, "127.9.8.7", "127.0.0.1"));
	assert_int_equal(find_one("127.9.8.7", link.port), 1);
	socket = found[0];
	r = sock_diag_probe(diag) == 0 ? sock_diag_destroy(diag, &socket) : -EOPNOTSUPP;
	if (r == -EPERM || r == -EOPNOTSUPP) {
		link_down(&link);
		skip();
	}
	assert_int_equal(r, 0);
	assert_int_equal(recv(link.server, &byte, 1, 0), -1);
	assert_int_equal(recv(link.client, &byte, 1, 0), -1);
	assert_int_equal(find_one("127.9.8.7", link.port), 0);
	/* again, while the listener exists: it must not be ended */
	assert_int_equal(sock_diag_destroy(diag, &socket), -ENOENT);
	socket.state = TCP_LISTEN;
	assert_int_equal(sock_diag_destroy(diag, &socket), -EINVAL);
	close(link.client);
	link.client = bound(AF_INET, "127.9.8.7", &(struct sockaddr_in6){ 0 });
	assert_int_equal(connect(link.client,
				 (struct sockaddr *)&(struct sockaddr_in){
					 .sin_family = AF_INET,
					 .sin_port = htons(link.port),
					 .sin_addr = { htonl(INADDR_LOOPBACK) } },
				 sizeof(struct sockaddr_in)),
			 0);
	link_down(&link);
	assert_true(link_up(&other, AF_INET, "127.0.0.1", AF_INET, "127.9.8.9", "127.0.0.1"));
	assert_int_equal(find_one("127.9.8.9", other.port), 1);
	link_down(&other);
}

static void count_answer(void *context, const struct nlmsghdr *answer)
{
	assert_true(netlink_has(answer, sizeof(struct inet_diag_msg)));
	++*(int *)context;
}

/* Malformed answers: all are rejected, and nothing is read beyond their end. */
static void odd_answers(void **state)
{
	static struct sock_diag asked = { .sequence = 7 };
	struct {
		struct nlmsghdr head;
		struct inet_diag_msg diag;
	} answer = { { sizeof(answer), SOCK_DIAG_BY_FAMILY, 0, 7, 0 },
		     { .idiag_family = AF_INET } };
	uint16_t port = 25;
	struct prefix all = prefix("0.0.0.0/0");
	struct sock_diag_query query = { &all, 1, &port, 1 };
	struct sock_diag_socket out;
	struct reader reader = { count_answer, NULL };
	int n = 0;

	(void)state;
	answer.diag.id.idiag_sport = htons(25);
	answer.diag.idiag_state = TCP_ESTABLISHED;
	assert_true(read_socket(&answer.head, &query, &out));
	answer.diag.idiag_state = TCP_LISTEN;
	assert_false(read_socket(&answer.head, &query, &out));
	answer.diag.idiag_state = 255;
	assert_false(read_socket(&answer.head, &query, &out));
	answer.diag.idiag_state = TCP_ESTABLISHED;
	answer.diag.id.idiag_sport = htons(26);
	assert_false(read_socket(&answer.head, &query, &out));
	answer.diag.id.idiag_sport = htons(25);
	answer.diag.idiag_family = AF_UNIX;
	assert_false(read_socket(&answer.head, &query, &out));
	answer.diag.idiag_family = AF_INET;
	answer.diag.id.idiag_cookie[0] = answer.diag.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	assert_false(read_socket(&answer.head, &query, &out));
	reader.context = &n;
	memcpy(asked.answer, &answer, sizeof(answer));
	assert_int_equal(parse(&asked, sizeof(answer), &reader), 0);
	assert_int_equal(n, 1);
	answer.head.nlmsg_len = NLMSG_LENGTH(8);
	memcpy(asked.answer, &answer, sizeof(answer));
	assert_int_equal(parse(&asked, sizeof(answer), &reader), 0);
	assert_int_equal(n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sockets), cmocka_unit_test(many),
		cmocka_unit_test(both_families), cmocka_unit_test(what_is_queued),
		cmocka_unit_test(destroyed),	 cmocka_unit_test(odd_answers),
	};
	int r;

	if (sock_diag_open(&diag) < 0)
		return 77;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	sock_diag_close(diag);
	return r;
}
