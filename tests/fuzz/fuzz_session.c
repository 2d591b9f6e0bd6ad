/* SPDX-License-Identifier: MIT */
/*
 * Bytes as calls of a session over few hosts, queue ids and clients, beside a model that is a plain
 * list with the same rules. Times step on, over the time to live too, and a little back.
 */
#include <stdlib.h>

#include "engine/correlation.h"
#include "util/lru_table.h"

enum { MEMORY = 2000, RULES = 8, PENDED = 4, MOST = 64 };

/* 0 is strong, 1 to 3 are its companions; any may be pending. */
static struct rule rules[RULES];
static const struct rule *weak[] = { &rules[1], &rules[2], &rules[3] };

/* What a key is made of, as numbers; what does not belong to it is 0. */
struct key {
	uint8_t credit, rule, host, family, qid, addr, program, pid, port;
};

struct model_entry {
	struct key key;
	int64_t touched;
	bool known, accepted;
	uint8_t client;
	uint32_t credit;
	uint32_t pended[RULES];
};

/* The one touched last stands last. */
struct model {
	struct model_entry list[MOST];
	size_t n, capacity;
	uint64_t evicted;
};

struct call {
	uint8_t host, program, qid, addr, pid, port, rule;
	uint32_t weight;
	int64_t now;
};

static void drop(struct model *model, size_t i)
{
	memmove(&model->list[i], &model->list[i + 1], (model->n - i - 1) * sizeof(model->list[0]));
	model->n--;
}

static struct model_entry *find(struct model *model, struct key key)
{
	for (size_t i = 0; i < model->n; i++)
		if (memcmp(&model->list[i].key, &key, sizeof(key)) == 0)
			return &model->list[i];
	return NULL;
}

static struct model_entry *get(struct model *model, struct key key, int64_t now)
{
	struct model_entry *entry = find(model, key);

	if (!entry || now - entry->touched <= CORRELATION_TTL)
		return entry;
	drop(model, (size_t)(entry - model->list));
	return NULL;
}

static struct model_entry *make(struct model *model, struct key key, int64_t now)
{
	struct model_entry *entry = get(model, key, now);
	struct model_entry copy = { .key = key };

	if (entry) {
		copy = *entry;
		drop(model, (size_t)(entry - model->list));
	} else if (model->n == model->capacity) {
		drop(model, 0);
		model->evicted++;
	}
	copy.touched = now;
	model->list[model->n] = copy;
	return &model->list[model->n++];
}

static const char *const programs[] = { "postfix/smtpd", "postfix/qmgr", "sendmail", "" };
static const uint8_t families[] = { 1, 1, 2, 3 };

static struct key queue_key(const struct call *c)
{
	return (struct key){ .host = c->host, .family = families[c->program], .qid = c->qid };
}

static struct key credit_key(const struct call *c, const struct rule *rule)
{
	struct key key = {
		.credit = 1, .rule = (uint8_t)rule->index, .host = c->host, .addr = c->addr
	};

	if (rule->visit == VISIT_PROCESS) {
		key.program = (uint8_t)(c->program + 1);
		key.pid = c->pid;
	} else if (rule->visit == VISIT_PORT) {
		key.port = c->port;
	}
	return key;
}

static struct record record_of(const struct call *c)
{
	static const char *const hosts[] = { "mx1", "mx2", "" };

	return (struct record){ .host = span_of(hosts[c->host]),
				.program = span_of(programs[c->program]),
				.pid = c->pid,
				.time = c->now };
}

static struct match match_of(const struct call *c)
{
	static const char *const qids[] = { "A1", "A2", "B1", "" };

	return (struct match){ .rule = &rules[c->rule],
			       .has_addr = true,
			       .addr = { .b = { 0x20, c->addr } },
			       .port = c->port,
			       .weight = c->weight,
			       .qid = span_of(qids[c->qid]) };
}

static void same(bool is)
{
	if (!is)
		abort();
}

/* As the engine does: what waited is taken when the client has become known. */
static void try_open(struct correlation *session, struct model *model, const struct call *c)
{
	struct record record = record_of(c);
	struct match match = match_of(c);
	struct model_entry *entry = make(model, queue_key(c), c->now);
	uint32_t got[RULES] = { 0 }, rule, weight;

	correlation_open(session, &record, &match);
	entry->known = true;
	entry->accepted = false;
	entry->client = c->addr;
	while (correlation_pended(session, &rule, &weight) > 0) {
		same(rule < RULES && weight > 0 && got[rule] == 0);
		got[rule] = weight;
	}
	same(memcmp(got, entry->pended, sizeof(got)) == 0);
	memset(entry->pended, 0, sizeof(entry->pended));
}

static void try_accept(struct correlation *session, struct model *model, const struct call *c)
{
	struct record record = record_of(c);
	struct match match = match_of(c);
	struct model_entry *entry = get(model, queue_key(c), c->now);
	struct addr client = { 0 };
	bool want = entry && entry->known && !entry->accepted;

	same(correlation_accept(session, &record, &match, &client) == want);
	if (!want)
		return;
	same(client.b[1] == entry->client);
	entry->accepted = true;
}

static void model_pend(struct model_entry *entry, const struct call *c)
{
	unsigned used = 0;

	for (unsigned i = 0; i < RULES; i++)
		used += entry->pended[i] > 0;
	if (entry->pended[c->rule] == 0 && used == PENDED)
		return;
	entry->pended[c->rule] += c->weight;
	if (entry->pended[c->rule] > UINT16_MAX)
		entry->pended[c->rule] = UINT16_MAX;
}

static void try_pend(struct correlation *session, struct model *model, const struct call *c)
{
	struct record record = record_of(c);
	struct match match = match_of(c);
	struct model_entry *entry = make(model, queue_key(c), c->now);
	struct addr client = { 0 };

	same(correlation_pend(session, &record, &match, &client) == entry->known);
	if (entry->known)
		same(client.b[1] == entry->client);
	else
		model_pend(entry, c);
}

static void try_close(struct correlation *session, struct model *model, const struct call *c)
{
	struct record record = record_of(c);
	struct match match = match_of(c);
	struct model_entry *entry = find(model, queue_key(c));

	correlation_close(session, &record, &match);
	if (entry)
		drop(model, (size_t)(entry - model->list));
}

static void try_credit(struct correlation *session, struct model *model, struct call c)
{
	struct record record = record_of(&c);
	struct match match;

	c.rule = 0;
	match = match_of(&c);
	correlation_credit(session, &record, &match);
	for (size_t i = 0; i < 3; i++) {
		struct model_entry *entry = make(model, credit_key(&c, weak[i]), c.now);

		if (entry->credit < RECORD_MOST_REPEATS)
			entry->credit += c.weight;
	}
}

static void try_uncredited(struct correlation *session, struct model *model, struct call c)
{
	struct record record = record_of(&c);
	struct model_entry *entry;
	struct match match;
	uint32_t used = 0;

	c.rule = (uint8_t)(1 + c.rule % 3);
	match = match_of(&c);
	entry = get(model, credit_key(&c, &rules[c.rule]), c.now);
	if (entry) {
		used = entry->credit < c.weight ? entry->credit : c.weight;
		entry->credit -= used;
	}
	same(correlation_uncredited(session, &record, &match) == c.weight - used);
}

static void try_expire(struct correlation *session, struct model *model, int64_t now)
{
	correlation_expire(session, now);
	while (model->n > 0 && now - model->list[0].touched > CORRELATION_TTL)
		drop(model, 0);
}

static struct call call_of(const uint8_t *p, int64_t *now)
{
	static const int64_t steps[] = { 0, 0, 0, 1, 200, 400, 601, -2 };
	static const uint32_t weights[] = { 1, 2, 40000, RECORD_MOST_REPEATS };

	*now += steps[p[0] >> 5] * INT64_C(1000000);
	return (struct call){ .host = p[1] % 3,
			      .program = (p[1] >> 2) % 4,
			      .qid = (p[1] >> 4) % 4,
			      .addr = p[1] >> 6,
			      .pid = p[2] % 3,
			      .port = (p[2] >> 2) % 2,
			      .rule = (p[2] >> 3) % RULES,
			      .weight = weights[p[2] >> 6],
			      .now = *now };
}

static void try_call(struct correlation *session, struct model *model, const uint8_t *p,
		     int64_t *now)
{
	struct call c = call_of(p, now);

	switch (p[0] % 8) {
	case 0:
	case 1:
		try_open(session, model, &c);
		break;
	case 2:
		try_accept(session, model, &c);
		break;
	case 3:
		try_pend(session, model, &c);
		break;
	case 4:
		try_close(session, model, &c);
		break;
	case 5:
		try_credit(session, model, c);
		break;
	case 6:
		try_uncredited(session, model, c);
		break;
	default:
		try_expire(session, model, *now);
	}
	same(correlation_evicted(session) == model->evicted);
}

/* How many entries there is room for: as many queue ids as can be opened before one goes. */
static size_t capacity_of(size_t bytes, const struct seed *seed)
{
	struct record record = { .host = span_of("mx") };
	struct correlation *session;
	size_t n = 0;
	char qid[1];

	if (correlation_new(&session, bytes, seed) < 0)
		abort();
	for (; correlation_evicted(session) == 0; n++) {
		struct match match = { .qid = { qid, 1 } };

		qid[0] = (char)n;
		correlation_open(session, &record, &match);
	}
	correlation_free(session);
	return n - 1;
}

static void make_rules(void)
{
	static const enum visit visits[] = { VISIT_PROCESS, VISIT_PORT, VISIT_CLIENT };

	for (uint32_t i = 0; i < RULES; i++)
		rules[i] = (struct rule){ .index = i, .visit = visits[i % 3] };
	rules[0].weak = weak;
	rules[0].weak_n = 3;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct seed seed = { 1, 2 };
	static size_t capacities[2];
	bool large = size > 0 && data[0] % 2;
	size_t bytes = MEMORY * (large ? 3 : 1);
	struct model model = { 0 };
	struct correlation *session;
	int64_t now = INT64_C(1000000000) * 1000000;

	if (capacities[large] == 0)
		capacities[large] = capacity_of(bytes, &seed);
	model.capacity = capacities[large];
	same(model.capacity > 0 && model.capacity < MOST);
	make_rules();
	if (correlation_new(&session, bytes, &seed) < 0)
		return 0;
	for (size_t i = 1; i + 3 <= size; i += 3)
		try_call(session, &model, data + i, &now);
	correlation_free(session);
	return 0;
}
