/* SPDX-License-Identifier: MIT */
/* tcp_counts with real sockets on loopback. */
#include "unit.h"

#include "net/tcp_counts.c"

#include <netinet/in.h>
#include <unistd.h>

enum { CLIENTS = 5, TAKEN = 3 };

static int listener(int family, uint16_t *port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	bool is4 = family == AF_INET;
	struct sockaddr *name = is4 ? (void *)&four : (void *)&six;
	socklen_t n = is4 ? sizeof(four) : sizeof(six);
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, name, n) < 0 || listen(fd, CLIENTS) < 0 ||
	    getsockname(fd, name, &n) < 0)
		return -1;
	*port = ntohs(is4 ? four.sin_port : six.sin6_port);
	return fd;
}

static int client(int family, uint16_t port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_addr = in6addr_loopback,
				    .sin6_port = htons(port) };
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				    .sin_port = htons(port) };
	int fd = socket(family, SOCK_STREAM, 0);

	if (family == AF_INET)
		assert_int_equal(connect(fd, (void *)&four, sizeof(four)), 0);
	else
		assert_int_equal(connect(fd, (void *)&six, sizeof(six)), 0);
	return fd;
}

static void sessions_are_counted(int family)
{
	struct tcp_counts count;
	uint16_t ports[2] = { 1, 0 };
	int server = listener(family, &ports[1]), clients[CLIENTS], taken[TAKEN];

	if (server < 0)
		skip();
	assert_int_equal(tcp_counts_read(ports, 2, &count), 0);
	assert_int_equal(count.sessions, 0);
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = client(family, ports[1]);
	for (int i = 0; i < TAKEN; i++)
		taken[i] = accept(server, NULL, NULL);
	assert_int_equal(tcp_counts_read(ports, 2, &count), 0);
	assert_int_equal(count.sessions, CLIENTS);
	assert_int_equal(count.waiting, CLIENTS - TAKEN);
	close(clients[0]); /* half closed: the server process still holds it */
	close(taken[1]);
	assert_int_equal(tcp_counts_read(ports, 2, &count), 0);
	assert_int_equal(count.sessions, CLIENTS - 1);
	assert_int_equal(tcp_counts_read(ports, 1, &count), 0);
	assert_int_equal(count.sessions, 0);
	for (int i = 1; i < CLIENTS; i++)
		close(clients[i]);
	close(taken[0]);
	close(taken[2]);
	close(server);
}

static void of_ipv4(void **state)
{
	(void)state;
	sessions_are_counted(AF_INET);
}

static void of_ipv6(void **state)
{
	(void)state;
	sessions_are_counted(AF_INET6);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(of_ipv4), cmocka_unit_test(of_ipv6) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
