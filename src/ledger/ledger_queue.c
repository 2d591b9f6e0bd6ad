/* SPDX-License-Identifier: MIT */
/* A record is packed as a struct, which has a fixed size, then its texts, each after its length. */
#include "ledger_queue.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

enum { SLIM_LINE = 512 }; /* bytes kept of a line when there is little room */

struct packed {
	uint32_t size; /* of the whole record, texts included; a multiple of 8 */
	uint8_t kind, hits_n;
	struct ledger_ban ban; /* the pointers in its spans are not valid */
};

static struct span truncated(struct span s, size_t most)
{
	return (struct span){ s.p, s.n < most ? s.n : most };
}

int ledger_record_ban(struct ledger_record *record, const struct ledger_ban *ban)
{
	if (ban->jail.n == 0 || ban->prefix.bits > 128)
		return -EINVAL;
	record->ban = *ban;
	record->ban.jail = truncated(ban->jail, LEDGER_NAME);
	record->ban.rule = truncated(ban->rule, LEDGER_NAME);
	record->ban.end = (struct ledger_end){ .at.source = -1 };
	if (ban->at.source < 0)
		record->ban.at.place = (struct ledger_place){ 0 };
	return 0;
}

void ledger_record_lines(struct ledger_record *record, struct span line,
			 const struct ledger_hit *hits, size_t n)
{
	size_t skip = n > LEDGER_HITS ? n - LEDGER_HITS : 0;

	record->line = truncated(line, LEDGER_LINE);
	record->hits_n = n - skip;
	for (size_t i = 0; i < record->hits_n; i++)
		record->hits[i] =
			(struct ledger_hit){ hits[skip + i].time,
					     truncated(hits[skip + i].rule, LEDGER_NAME),
					     truncated(hits[skip + i].line, LEDGER_HIT_LINE) };
}

void ledger_record_slim(struct ledger_record *record)
{
	record->hits_n = 0;
	record->line = truncated(record->line, SLIM_LINE);
}

int ledger_queue_init(struct ledger_queue *queue, size_t size)
{
	*queue = (struct ledger_queue){ .data = malloc(size), .size = size };
	return queue->data ? 0 : -ENOMEM;
}

void ledger_queue_done(struct ledger_queue *queue)
{
	free(queue->data);
	*queue = (struct ledger_queue){ 0 };
}

/* The last member, `end`, is stored for an unban only. */
static size_t fixed_size(enum record_kind kind)
{
	return kind == RECORD_UNBAN ? sizeof(struct packed) : offsetof(struct packed, ban.end);
}

static size_t text_size(struct span s)
{
	return sizeof(uint16_t) + s.n;
}

static size_t packed_size(const struct ledger_record *record)
{
	const struct ledger_ban *ban = &record->ban;
	size_t n = fixed_size(record->kind) + text_size(ban->jail) + text_size(ban->rule) +
		   text_size(ban->at.place.cursor) + text_size(ban->end.at.place.cursor) +
		   text_size(record->line);

	for (size_t i = 0; i < record->hits_n; i++)
		n += sizeof(int64_t) + text_size(record->hits[i].rule) +
		     text_size(record->hits[i].line);
	return (n + 7) & ~(size_t)7;
}

static char *put_bytes(char *to, const void *from, size_t n)
{
	if (n)
		memcpy(to, from, n);
	return to + n;
}

static char *put_text(char *to, struct span s)
{
	uint16_t n = (uint16_t)s.n;

	return put_bytes(put_bytes(to, &n, sizeof(n)), s.p, s.n);
}

int ledger_queue_put(struct ledger_queue *queue, const struct ledger_record *record, size_t limit)
{
	size_t size = packed_size(record);
	struct packed packed = { .size = (uint32_t)size,
				 .kind = (uint8_t)record->kind,
				 .hits_n = (uint8_t)record->hits_n,
				 .ban = record->ban };
	char *to = queue->data + queue->used;

	if (queue->used + size > limit || queue->used + size > queue->size)
		return -ENOBUFS;
	to = put_bytes(to, &packed, fixed_size(record->kind));
	to = put_text(to, record->ban.jail);
	to = put_text(to, record->ban.rule);
	to = put_text(to, record->ban.at.place.cursor);
	to = put_text(to, record->ban.end.at.place.cursor);
	to = put_text(to, record->line);
	for (size_t i = 0; i < record->hits_n; i++) {
		to = put_bytes(to, &record->hits[i].time, sizeof(int64_t));
		to = put_text(to, record->hits[i].rule);
		to = put_text(to, record->hits[i].line);
	}
	queue->used += size;
	return 0;
}

void ledger_queue_seal(struct ledger_queue *queue)
{
	queue->sealed = queue->used;
}

void ledger_queue_empty(struct ledger_queue *queue)
{
	queue->used = queue->sealed = 0;
}

void ledger_queue_move(struct ledger_queue *from, struct ledger_queue *to)
{
	char *spare = to->data;

	*to = (struct ledger_queue){ from->data, from->size, from->sealed, from->sealed };
	from->used -= from->sealed;
	from->data = put_bytes(spare, to->data + to->sealed, from->used) - from->used;
	from->sealed = 0;
}

static const char *take_text(const char *from, struct span *s)
{
	uint16_t n;

	memcpy(&n, from, sizeof(n));
	*s = (struct span){ from + sizeof(n), n };
	return s->p + n;
}

int ledger_queue_next(const struct ledger_queue *queue, size_t *at, struct ledger_record *record)
{
	const char *from = queue->data + *at;
	struct packed packed;

	if (*at >= queue->sealed)
		return 0;
	memcpy(&packed, from, offsetof(struct packed, ban.end));
	if (packed.kind == RECORD_UNBAN)
		memcpy(&packed, from, sizeof(packed));
	else
		packed.ban.end = (struct ledger_end){ .at.source = -1 };
	*at += packed.size;
	record->kind = (enum record_kind)packed.kind;
	record->ban = packed.ban;
	record->hits_n = packed.hits_n;
	from = take_text(from + fixed_size(record->kind), &record->ban.jail);
	from = take_text(from, &record->ban.rule);
	from = take_text(from, &record->ban.at.place.cursor);
	from = take_text(from, &record->ban.end.at.place.cursor);
	from = take_text(from, &record->line);
	for (size_t i = 0; i < record->hits_n; i++) {
		memcpy(&record->hits[i].time, from, sizeof(int64_t));
		from = take_text(from + sizeof(int64_t), &record->hits[i].rule);
		from = take_text(from, &record->hits[i].line);
	}
	return 1;
}
