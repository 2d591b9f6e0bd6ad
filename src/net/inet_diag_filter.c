/* SPDX-License-Identifier: MIT */
/*
 * Each operation has two offsets, in bytes from its own start: control continues at `yes` when its condition holds,
 * else at `no`. A connection matches when control reaches the end of the code; it does not match when control jumps
 * four bytes beyond the end. "a or b" compiles to
 *
 *     a   yes: the jump after a      no: b
 *     jump to the end
 *     b   yes: the end               no: beyond the end
 *
 * The kernel requires that each offset leads to the start of an operation (inet_diag_bc_audit()).
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

/* Appends a condition; returns its offset. prefix NULL: any address. port -1: any port. */
static size_t append(struct program *program, uint8_t code, const struct prefix *prefix, int port)
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

/* Appends a jump for the condition at `at`, which another of its kind follows: taken when it holds, skipped when not. */
static void append_or(struct program *program, size_t at)
{
	*op_at(program, program->n) =
		(struct inet_diag_bc_op){ .code = INET_DIAG_BC_JMP, .yes = OP };
	program->n += OP;
	op_at(program, at)->no = (uint16_t)(program->n - at);
}

/* Directs all jumps at or after offset `from` to the current end. They belong to one kind of condition. */
static void resolve_jumps(const struct program *program, size_t from)
{
	for (size_t at = from; at < program->n; at += op_at(program, at)->yes)
		if (op_at(program, at)->code == INET_DIAG_BC_JMP)
			op_at(program, at)->no = (uint16_t)(program->n - at);
}

/* Conditions without a `no` are the last of their kind: on mismatch they jump beyond the end. */
static void resolve_mismatch(const struct program *program)
{
	for (size_t at = 0; at < program->n; at += op_at(program, at)->yes)
		if (op_at(program, at)->no == 0)
			op_at(program, at)->no = (uint16_t)(program->n - at + OP);
}

size_t inet_diag_filter_write(uint8_t code[static INET_DIAG_FILTER_MOST], int family,
			      const struct sock_diag_query *query)
{
	struct program program = { code, 0 };
	size_t last = 0, peers = 0, from;

	for (size_t i = 0; i < query->ports_n; i++) {
		if (i > 0)
			append_or(&program, last);
		last = append(&program, INET_DIAG_BC_S_COND, NULL, query->ports[i]);
	}
	resolve_jumps(&program, 0);
	from = program.n;
	for (size_t i = 0; i < query->peers_n; i++) {
		if (family == AF_INET && !addr_is_v4(&query->peers[i].addr))
			continue;
		if (peers++ > 0)
			append_or(&program, last);
		last = append(&program, INET_DIAG_BC_D_COND, &query->peers[i], -1);
	}
	resolve_jumps(&program, from);
	resolve_mismatch(&program);
	return peers > 0 ? program.n : 0;
}
