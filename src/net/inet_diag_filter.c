/* SPDX-License-Identifier: MIT */
/*
 * A condition that holds goes on at its `yes`, one that does not at its `no`, both in bytes from its own
 * start. Whoever comes to the very end is taken; whoever jumps four bytes beyond it is not. So "a or b" is
 *
 *     a   yes: the jump behind it    no: behind that jump
 *     jump to behind the last
 *     b   yes: behind it             no: beyond the end
 *
 * The kernel wants each jump to end at the beginning of a step (inet_diag_bc_audit()).
 */
#include "inet_diag_filter.h"

#include <sys/socket.h>

enum {
	OP = sizeof(struct inet_diag_bc_op),
	HOST = sizeof(struct inet_diag_hostcond),
};

struct program {
	uint8_t *code;
	size_t n;
};

static struct inet_diag_bc_op *op_at(const struct program *program, size_t at)
{
	return (struct inet_diag_bc_op *)(void *)(program->code + at);
}

/* Puts a condition at the end, and returns where it begins. prefix NULL: any address. port -1: any port. */
static size_t put(struct program *program, uint8_t code, const struct prefix *prefix, int port)
{
	bool v4 = prefix && addr_is_v4(&prefix->addr);
	size_t at = program->n, len = !prefix ? 0 : v4 ? 4 : 16;
	struct inet_diag_hostcond host = { .family = AF_UNSPEC, .port = port };

	if (prefix) {
		host.family = v4 ? AF_INET : AF_INET6;
		host.prefix_len = (uint8_t)(v4 ? prefix->bits - ADDR_V4_BITS : prefix->bits);
		memcpy(program->code + at + OP + HOST, prefix->addr.b + 16 - len, len);
	}
	memcpy(program->code + at + OP, &host, sizeof(host));
	program->n += OP + HOST + len;
	*op_at(program, at) =
		(struct inet_diag_bc_op){ .code = code, .yes = (uint8_t)(program->n - at) };
	return at;
}

/* The condition at `at` is not the last of its kind: when it fails the next is tried, when it holds they are skipped. */
static size_t go_on(struct program *program, size_t at)
{
	size_t jump = program->n;

	*op_at(program, jump) = (struct inet_diag_bc_op){ .code = INET_DIAG_BC_JMP, .yes = OP };
	program->n += OP;
	op_at(program, at)->no = (uint16_t)(program->n - at);
	return jump;
}

/* All jumps from `from` on, and there are only those of one kind, go to the end as it is now. */
static void land(const struct program *program, size_t from)
{
	for (size_t at = from; at < program->n; at += op_at(program, at)->yes)
		if (op_at(program, at)->code == INET_DIAG_BC_JMP)
			op_at(program, at)->no = (uint16_t)(program->n - at);
}

/* Conditions whose `no` is still open are the last of their kind: they lead beyond the end. */
static void close_open(const struct program *program)
{
	for (size_t at = 0; at < program->n; at += op_at(program, at)->yes)
		if (op_at(program, at)->no == 0)
			op_at(program, at)->no = (uint16_t)(program->n - at + OP);
}

size_t inet_diag_filter_write(uint8_t code[static INET_DIAG_FILTER_MOST], int family,
			      const struct sock_diag_want *want)
{
	struct program program = { code, 0 };
	size_t last = 0, peers = 0, from;

	for (size_t i = 0; i < want->ports_n; i++) {
		if (i > 0)
			go_on(&program, last);
		last = put(&program, INET_DIAG_BC_S_COND, NULL, want->ports[i]);
	}
	land(&program, 0);
	from = program.n;
	for (size_t i = 0; i < want->peers_n; i++) {
		if (family == AF_INET && !addr_is_v4(&want->peers[i].addr))
			continue;
		if (peers++ > 0)
			go_on(&program, last);
		last = put(&program, INET_DIAG_BC_D_COND, &want->peers[i], -1);
	}
	land(&program, from);
	close_open(&program);
	return peers > 0 ? program.n : 0;
}
