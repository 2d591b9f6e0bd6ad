/* SPDX-License-Identifier: MIT */
#include "correlation.h"

#include <errno.h>
#include <stdlib.h>

#include "util/lru_table.h"

/* Hits of a rule that wait until a line names their client: index of the rule, sum of weights. */
struct pended {
	uint16_t rule, weight; /* weight 0: unused */
};

enum { PENDED = 4 };

struct entry {
	struct lru_table_node node;
	struct addr client;
	uint32_t credit;
	bool known; /* of a queue id: `client` is set */
	bool accepted;
	struct pended pended[PENDED];
};

enum { NAME_MOST = 160 }; /* longer names are truncated: no server has them */

/* Two names and their digest. A cache: consecutive lines often have the same names. */
struct names {
	bool known;
	size_t n[2];
	char text[2][NAME_MOST];
	struct digest digest;
};

struct correlation {
	struct lru_table *table;
	struct seed seed;
	struct names place;   /* host and program family, for queue ids */
	struct names process; /* host and program, for companions */
	struct entry *opened; /* the entry of the last correlation_open() */
};

enum entry_kind {
	KIND_QUEUE_ID,
	KIND_CREDIT,
};

int correlation_new(struct correlation **out, size_t bytes, const struct seed *seed)
{
	size_t capacity = bytes / lru_table_cost(sizeof(struct entry));
	struct correlation *correlation;
	int r;

	if (capacity == 0)
		return -EINVAL;
	if (capacity > UINT32_MAX / 4)
		capacity = UINT32_MAX / 4;
	correlation = calloc(1, sizeof(*correlation));
	if (!correlation)
		return -ENOMEM;
	correlation->seed = *seed;
	r = lru_table_new(&correlation->table, sizeof(struct entry), (uint32_t)capacity, 1);
	if (r < 0) {
		free(correlation);
		return r;
	}
	*out = correlation;
	return 0;
}

void correlation_free(struct correlation *correlation)
{
	if (!correlation)
		return;
	lru_table_free(correlation->table);
	free(correlation);
}

uint64_t correlation_evicted(const struct correlation *correlation)
{
	return lru_table_evicted(correlation->table);
}

static struct span truncated(struct span name)
{
	return (struct span){ name.p, name.n < NAME_MOST ? name.n : NAME_MOST };
}

/* Returns the digest of both names, which it keeps in *last. */
static struct digest digest_of(const struct correlation *correlation, struct names *last,
			       struct span one, struct span other)
{
	const struct span names[] = { truncated(one), truncated(other) };
	char text[sizeof(names[0].n) + 2 * NAME_MOST];
	size_t n = sizeof(names[0].n);

	if (last->known && span_equal(names[0], (struct span){ last->text[0], last->n[0] }) &&
	    span_equal(names[1], (struct span){ last->text[1], last->n[1] }))
		return last->digest;
	memcpy(text, &names[0].n, n);
	for (int i = 0; i < 2; i++) {
		last->n[i] = names[i].n;
		if (names[i].n == 0)
			continue;
		memcpy(last->text[i], names[i].p, names[i].n);
		memcpy(text + n, names[i].p, names[i].n);
		n += names[i].n;
	}
	last->known = true;
	last->digest = siphash128(&correlation->seed, text, n);
	return last->digest;
}

/* A keyed hash of 128 bits replaces the names: clients cannot construct collisions. */
static struct lru_table_key key_of(const struct correlation *correlation, const void *material,
				   size_t n, enum entry_kind kind)
{
	struct digest digest = siphash128(&correlation->seed, material, n);

	return (struct lru_table_key){
		.a = digest.a, .b = digest.b, .hash = (uint32_t)digest.a, .kind = (uint16_t)kind
	};
}

/* The part of a program's name before the slash: all programs of Postfix share queue ids. */
static struct span program_family(struct span program)
{
	const char *slash = program.n ? memchr(program.p, '/', program.n) : NULL;

	if (slash)
		program.n = (size_t)(slash - program.p);
	return program;
}

static struct lru_table_key queue_key(struct correlation *correlation, const struct record *record,
				      const struct match *match)
{
	struct {
		struct digest place;
		char qid[NAME_MOST];
	} material;
	struct span qid = truncated(match->qid);

	material.place = digest_of(correlation, &correlation->place, record->host,
				   program_family(record->program));
	if (qid.n > 0)
		memcpy(material.qid, qid.p, qid.n);
	return key_of(correlation, &material, sizeof(material.place) + qid.n, KIND_QUEUE_ID);
}

static struct lru_table_key credit_key(struct correlation *correlation, const struct rule *weak,
				       const struct record *record, const struct match *match)
{
	struct {
		struct digest process;
		struct addr addr;
		uint32_t rule, number;
	} material = { .addr = match->addr, .rule = weak->index };
	struct span program = { 0 };

	if (weak->visit == VISIT_PROCESS) {
		program = record->program;
		material.number = record->pid;
	} else if (weak->visit == VISIT_PORT) {
		material.number = match->port;
	}
	material.process = digest_of(correlation, &correlation->process, record->host, program);
	return key_of(correlation, &material, sizeof(material), KIND_CREDIT);
}

static struct entry *entry_get(struct correlation *correlation, const struct lru_table_key *key,
			       int64_t now)
{
	struct entry *entry = lru_table_find(correlation->table, key);

	if (entry && now - entry->node.touched > CORRELATION_TTL) {
		lru_table_remove(correlation->table, entry);
		return NULL;
	}
	return entry;
}

static struct entry *entry_make(struct correlation *correlation, const struct lru_table_key *key,
				int64_t now)
{
	struct entry *entry = entry_get(correlation, key, now);

	if (entry) {
		lru_table_touch(correlation->table, entry, now);
		return entry;
	}
	return lru_table_insert_evict(correlation->table, key, now, NULL, NULL);
}

void correlation_open(struct correlation *correlation, const struct record *record,
		      const struct match *match)
{
	struct lru_table_key key = queue_key(correlation, record, match);
	struct entry *entry = entry_make(correlation, &key, record->time);

	entry->client = match->addr;
	entry->known = true;
	entry->accepted = false;
	correlation->opened = entry;
}

int correlation_accept(struct correlation *correlation, const struct record *record,
		       const struct match *match, struct addr *client)
{
	struct lru_table_key key = queue_key(correlation, record, match);
	struct entry *entry = entry_get(correlation, &key, record->time);

	/* The queue manager logs a mail again at every retry; it was accepted once. */
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

int correlation_pend(struct correlation *correlation, const struct record *record,
		     const struct match *match, struct addr *client)
{
	struct lru_table_key key = queue_key(correlation, record, match);
	struct entry *entry = entry_make(correlation, &key, record->time);

	if (!entry->known) {
		pend(entry, match->rule->index, match->weight);
		return 0;
	}
	*client = entry->client;
	return 1;
}

int correlation_pended(struct correlation *correlation, uint32_t *rule, uint32_t *weight)
{
	struct entry *entry = correlation->opened;

	for (unsigned i = 0; entry && i < PENDED; i++) {
		struct pended *p = &entry->pended[i];

		if (p->weight == 0)
			continue;
		*rule = p->rule;
		*weight = p->weight;
		p->weight = 0;
		return 1;
	}
	correlation->opened = NULL;
	return 0;
}

void correlation_close(struct correlation *correlation, const struct record *record,
		       const struct match *match)
{
	struct lru_table_key key = queue_key(correlation, record, match);
	struct entry *entry = lru_table_find(correlation->table, &key);

	if (entry)
		lru_table_remove(correlation->table, entry);
}

void correlation_credit(struct correlation *correlation, const struct record *record,
			const struct match *match)
{
	for (size_t i = 0; i < match->rule->weak_n; i++) {
		struct lru_table_key key =
			credit_key(correlation, match->rule->weak[i], record, match);
		struct entry *entry = entry_make(correlation, &key, record->time);

		if (entry->credit < RECORD_MOST_REPEATS)
			entry->credit += match->weight;
	}
}

uint32_t correlation_uncredited(struct correlation *correlation, const struct record *record,
				const struct match *match)
{
	struct lru_table_key key = credit_key(correlation, match->rule, record, match);
	struct entry *entry = entry_get(correlation, &key, record->time);
	uint32_t used;

	if (!entry)
		return match->weight;
	used = entry->credit < match->weight ? entry->credit : match->weight;
	entry->credit -= used;
	return match->weight - used;
}

bool correlation_expire(struct correlation *correlation, int64_t now)
{
	for (uint32_t n = 0; n < CORRELATION_EXPIRE; n++) {
		struct entry *entry = lru_table_oldest_in(correlation->table, 0);

		if (!entry || now - entry->node.touched <= CORRELATION_TTL)
			return false;
		lru_table_remove(correlation->table, entry);
	}
	return true;
}
