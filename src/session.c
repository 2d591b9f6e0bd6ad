/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <errno.h>
#include <stdlib.h>

#include "table.h"

/* A rule's index and the weight of its hits that wait for their client. */
struct pended {
	uint16_t rule, weight; /* weight 0: unused */
};

enum { PENDED = 4 };

struct entry {
	struct table_node node;
	struct addr client;
	uint32_t credit;
	bool known; /* of a queue id: the client is */
	bool accepted;
	struct pended pended[PENDED];
};

struct session {
	struct table *table;
	struct seed seed, other_seed;
	uint64_t evicted;
};

enum entry_kind {
	KIND_QUEUE_ID,
	KIND_CREDIT,
};

int session_new(struct session **out, size_t bytes, const struct seed *seed)
{
	size_t capacity = bytes / table_cost(sizeof(struct entry));
	struct session *session;
	int r;

	if (capacity == 0)
		return -EINVAL;
	if (capacity > UINT32_MAX / 4)
		capacity = UINT32_MAX / 4;
	session = calloc(1, sizeof(*session));
	if (!session)
		return -ENOMEM;
	session->seed = *seed;
	session->other_seed = (struct seed){ ~seed->k0, seed->k1 };
	r = table_new(&session->table, sizeof(struct entry), (uint32_t)capacity, 1, seed);
	if (r < 0) {
		free(session);
		return r;
	}
	*out = session;
	return 0;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	table_free(session->table);
	free(session);
}

uint64_t session_evicted(const struct session *session)
{
	return session->evicted;
}

/* What a key is made of, put together before it is hashed. Long names are cut: no server has them. */
struct material {
	size_t n;
	char bytes[512];
};

static void add_bytes(struct material *m, const void *p, size_t n)
{
	if (n > 160)
		n = 160;
	if (n > sizeof(m->bytes) - m->n - 1)
		n = sizeof(m->bytes) - m->n - 1;
	if (n > 0)
		memcpy(m->bytes + m->n, p, n);
	m->n += n;
	m->bytes[m->n++] = '\0';
}

static void add_span(struct material *m, struct span s)
{
	add_bytes(m, s.p, s.n);
}

/* 128 bits of keyed hash stand for the names: nobody outside can make two of them meet. */
static struct table_key digest(const struct session *session, const struct material *m,
			       enum entry_kind kind)
{
	return (struct table_key){ .a = siphash(&session->seed, m->bytes, m->n),
				   .b = siphash(&session->other_seed, m->bytes, m->n),
				   .kind = kind };
}

/* The part of a program's name that its family shares: queue ids are known to all of Postfix. */
static struct span family(struct span program)
{
	const char *slash = program.n ? memchr(program.p, '/', program.n) : NULL;

	if (slash)
		program.n = (size_t)(slash - program.p);
	return program;
}

static struct table_key queue_key(const struct session *session, const struct record *record,
				  const struct match *match)
{
	struct material m = { 0 };

	add_span(&m, record->host);
	add_span(&m, family(record->program));
	add_span(&m, match->qid);
	return digest(session, &m, KIND_QUEUE_ID);
}

static struct table_key credit_key(const struct session *session, const struct rule *weak,
				   const struct record *record, const struct match *match)
{
	struct material m = { 0 };

	add_bytes(&m, &weak->index, sizeof(weak->index));
	add_span(&m, record->host);
	add_bytes(&m, match->addr.b, sizeof(match->addr.b));
	if (weak->visit == VISIT_PROCESS) {
		add_span(&m, record->program);
		add_bytes(&m, &record->pid, sizeof(record->pid));
	} else if (weak->visit == VISIT_PORT) {
		add_bytes(&m, &match->port, sizeof(match->port));
	}
	return digest(session, &m, KIND_CREDIT);
}

static struct entry *entry_get(struct session *session, const struct table_key *key, int64_t now)
{
	struct entry *entry = table_find(session->table, key);

	if (entry && now - entry->node.touched > SESSION_TTL) {
		table_remove(session->table, entry);
		return NULL;
	}
	return entry;
}

static struct entry *entry_make(struct session *session, const struct table_key *key, int64_t now)
{
	struct entry *entry = entry_get(session, key, now);

	if (entry) {
		table_touch(session->table, entry, now);
		return entry;
	}
	if (table_full(session->table)) {
		table_remove(session->table, table_oldest(session->table, NULL));
		session->evicted++;
	}
	return table_insert(session->table, key, now);
}

void session_open(struct session *session, const struct record *record, const struct match *match)
{
	struct table_key key = queue_key(session, record, match);
	struct entry *entry = entry_make(session, &key, record->time);

	entry->client = match->addr;
	entry->known = true;
	entry->accepted = false;
}

int session_accept(struct session *session, const struct record *record, const struct match *match,
		   struct addr *client)
{
	struct table_key key = queue_key(session, record, match);
	struct entry *entry = entry_get(session, &key, record->time);

	/* The queue manager names a mail again at every retry; it was accepted once. */
	if (!entry || !entry->known || entry->accepted)
		return 0;
	entry->accepted = true;
	*client = entry->client;
	return 1;
}

static void pend(struct entry *entry, uint32_t rule, uint32_t weight)
{
	for (unsigned i = 0; i < PENDED; i++) {
		struct pended *p = &entry->pended[i];

		if (p->weight > 0 && p->rule != rule)
			continue;
		p->rule = (uint16_t)rule;
		p->weight = weight > (uint32_t)(UINT16_MAX - p->weight)
				    ? UINT16_MAX
				    : (uint16_t)(p->weight + weight);
		return;
	}
}

int session_pend(struct session *session, const struct record *record, const struct match *match,
		 struct addr *client)
{
	struct table_key key = queue_key(session, record, match);
	struct entry *entry = entry_make(session, &key, record->time);

	if (!entry->known) {
		pend(entry, match->rule->index, match->weight);
		return 0;
	}
	*client = entry->client;
	return 1;
}

int session_pended(struct session *session, const struct record *record, const struct match *match,
		   uint32_t *rule, uint32_t *weight)
{
	struct table_key key = queue_key(session, record, match);
	struct entry *entry = entry_get(session, &key, record->time);

	for (unsigned i = 0; entry && i < PENDED; i++) {
		struct pended *p = &entry->pended[i];

		if (p->weight == 0)
			continue;
		*rule = p->rule;
		*weight = p->weight;
		p->weight = 0;
		return 1;
	}
	return 0;
}

void session_close(struct session *session, const struct record *record, const struct match *match)
{
	struct table_key key = queue_key(session, record, match);
	struct entry *entry = table_find(session->table, &key);

	if (entry)
		table_remove(session->table, entry);
}

void session_credit(struct session *session, const struct record *record, const struct match *match)
{
	for (size_t i = 0; i < match->rule->weak_n; i++) {
		struct table_key key = credit_key(session, match->rule->weak[i], record, match);
		struct entry *entry = entry_make(session, &key, record->time);

		if (entry->credit < RECORD_MOST_REPEATS)
			entry->credit += match->weight;
	}
}

uint32_t session_uncredited(struct session *session, const struct record *record,
			    const struct match *match)
{
	struct table_key key = credit_key(session, match->rule, record, match);
	struct entry *entry = entry_get(session, &key, record->time);
	uint32_t used;

	if (!entry)
		return match->weight;
	used = entry->credit < match->weight ? entry->credit : match->weight;
	entry->credit -= used;
	return match->weight - used;
}

void session_expire(struct session *session, int64_t now)
{
	struct entry *entry = table_oldest_in(session->table, 0);

	while (entry && now - entry->node.touched > SESSION_TTL) {
		table_remove(session->table, entry);
		entry = table_oldest_in(session->table, 0);
	}
}
