/* SPDX-License-Identifier: MIT */
/* The whole pipeline: the same bans however the bytes come in, and whatever the hash's seed. */
#include "unit.h"

#include "engine/engine.c"
#include "engine/engine_bans.h"
#include "engine/log_source.h"
#include "logline/line_buffer.h"

enum { MAX_BANS = 4096 };

struct run {
	struct filters *filters;
	struct ignore_ip *ignore;
	struct engine *engine;
	struct log_source *source;
	size_t bans, accepted;
	uint64_t hits;
	struct {
		char prefix[PREFIX_TEXT];
		int64_t since;
		uint32_t jail, hits;
		int64_t until;
		enum would would;
		bool spared;
	} ban[MAX_BANS];
	unsigned unbans, fuses;
};

static const struct zone utc = { .utc = zone_fixed_utc };

static void on_ban(void *context, const struct ban_event *event)
{
	struct run *run = context;

	assert_true(run->bans < MAX_BANS);
	prefix_format(&event->ban.prefix, run->ban[run->bans].prefix);
	run->ban[run->bans].since = event->ban.since;
	run->ban[run->bans].jail = event->ban.jail;
	run->ban[run->bans].hits = event->hits;
	run->ban[run->bans].until = event->ban.until;
	run->ban[run->bans].would = event->ban.would;
	run->ban[run->bans].spared = event->spared;
	run->bans++;
}

static void on_accepted(void *context, const struct hit *hit, bool banned)
{
	(void)hit;
	(void)banned;
	((struct run *)context)->accepted++;
}

static void on_unban(void *context, const struct ban *ban)
{
	(void)ban;
	((struct run *)context)->unbans++;
}

static void on_fuse(void *context, const struct rule *rule, const struct fuse_state *state)
{
	(void)rule;
	assert_int_not_equal(state->why, FUSE_WHOLE);
	((struct run *)context)->fuses++;
}

static uint32_t add_rule(struct run *run, const char *name, const char *match, enum offence offence,
			 enum correlation_role role)
{
	static const char *const programs[] = { "postfix*/*", NULL };
	struct rule_spec spec = { .filter = "t",
				  .name = name,
				  .match = match,
				  .programs = programs,
				  .offence = offence,
				  .role = role };
	char *error;
	size_t at;
	int r = filters_add(run->filters, &spec, &error, &at);

	assert_true(r >= 0);
	return (uint32_t)r;
}

static const struct jail default_jails[] = {
	{ .name = "a",
	  .offences = 1U << OFFENCE_UNKNOWN_USER,
	  .rule = { .maxretry = 3, .findtime = 600 * INT64_C(1000000) },
	  .bantime = 600 * INT64_C(1000000),
	  .bantime_factor = 2,
	  .bantime_max = 9000 * INT64_C(1000000),
	  .bantime_decay = 600 * INT64_C(1000000),
	  .spare = true,
	  .prefix4 = 32,
	  .prefix6 = 64 },
	{ .name = "b",
	  .offences = 1U << OFFENCE_UNKNOWN_USER | 1U << OFFENCE_AUTH,
	  .rule = { .maxretry = 6, .findtime = 3600 * INT64_C(1000000) },
	  .bantime = 60 * INT64_C(1000000),
	  .spare = true,
	  .prefix4 = 24,
	  .prefix6 = 56 },
	{ .name = "c",
	  .offences = 1U << OFFENCE_UNKNOWN_USER,
	  .rule = { .maxretry = 4, .findtime = 3000 * INT64_C(1000000) },
	  .bantime = 60 * INT64_C(1000000),
	  .distinct = DISTINCT_RECIPIENT,
	  .when_busy = true,
	  .busy_on = 60,
	  .busy_off = 50,
	  .prefix4 = 32,
	  .prefix6 = 64 },
};

static void run_start_with(struct run *run, const struct jail *jails, uint32_t jails_n,
			   struct seed seed, const char *ignored)
{
	struct prefix prefix;
	struct engine_options options = {
		.jails = jails,
		.jails_n = jails_n,
		.memory = ENGINE_LEAST_MEMORY,
		.seed = seed,
		.since = INT64_MIN,
		.until = INT64_MAX,
		.spare = { .delivered = 3, .within = 9000 * INT64_C(1000000), .factor = 3 },
		.fuse = { .spared = 1, .share = 1, .within = 9000 * INT64_C(1000000) },
		.events = { .context = run,
			    .ban = on_ban,
			    .unban = on_unban,
			    .fuse = on_fuse,
			    .accepted = on_accepted },
	};
	struct log_clock_options clock = { .zone = &utc, .year = 2026 };
	uint32_t strong, weak;

	memset(run, 0, sizeof(*run));
	assert_int_equal(filters_new(&run->filters), 0);
	add_rule(run, "user", "^NOQUEUE: reject: RCPT from <client>: 550 (?<recipient>.*+)",
		 OFFENCE_UNKNOWN_USER, CORRELATION_NO);
	strong = add_rule(run, "sasl", "^warning: <client>: SASL ", OFFENCE_AUTH, CORRELATION_NO);
	weak = add_rule(run, "lost", "^lost connection after AUTH from <client>$", OFFENCE_AUTH,
			CORRELATION_NO);
	assert_int_equal(filters_pair(run->filters, weak, strong), 0);
	add_rule(run, "opened", "^<qid>: client=<client>$", OFFENCE_MESSAGE, CORRELATION_OPEN);
	add_rule(run, "accepted", "^<qid>: from=<[^>]*>, ", OFFENCE_MESSAGE, CORRELATION_ACCEPT);
	add_rule(run, "removed", "^<qid>: removed$", OFFENCE_MESSAGE, CORRELATION_CLOSE);
	if (ignored)
		assert_int_equal(prefix_parse(ignored, strlen(ignored), &prefix), PREFIX_OK);
	assert_int_equal(ignore_ip_new(&run->ignore, &prefix, ignored ? 1 : 0), 0);
	options.filters = run->filters;
	options.ignore = run->ignore;
	assert_int_equal(engine_new(&run->engine, &options), 0);
	assert_int_equal(log_source_new(&run->source, &clock), 0);
}

static void run_start(struct run *run, struct seed seed, const char *ignored)
{
	run_start_with(run, default_jails, 3, seed, ignored);
}

static void run_end(struct run *run)
{
	engine_end(run->engine, run->source);
	run->hits = engine_counts(run->engine).hits;
	log_source_free(run->source);
	engine_free(run->engine);
	ignore_ip_free(run->ignore);
	filters_free(run->filters);
}

static void feed_line(struct run *run, const char *line)
{
	assert_int_equal(engine_line(run->engine, run->source, span_of(line), INT64_MAX), 0);
}

static void feed_all(struct run *run, struct line_buffer *buf)
{
	struct span line;

	while (line_buffer_next(buf, &line))
		engine_line(run->engine, run->source, line, INT64_MAX);
}

/* The log in reads of at most `most` bytes each. */
static void feed_split(struct run *run, const char *log, size_t n, uint32_t most)
{
	struct line_buffer *buf = NULL;
	struct span line;

	assert_int_equal(line_buffer_new(&buf), 0);
	for (size_t at = 0; at < n;) {
		size_t part = 1 + unit_below(most);

		if (part > n - at)
			part = n - at;
		memcpy(line_buffer_space(buf), log + at, part);
		line_buffer_added(buf, part);
		feed_all(run, buf);
		at += part;
	}
	if (line_buffer_last(buf, &line))
		engine_line(run->engine, run->source, line, INT64_MAX);
	line_buffer_free(buf);
}

/* A log that has everything: hits, repeats, CR LF, clocks that step, lines that are too long. */
static char *make_log(size_t *n)
{
	char *log = NULL;
	FILE *f = open_memstream(&log, n);
	uint32_t t = 0;

	assert_non_null(f);
	for (int i = 0; i < 4000; i++) {
		uint32_t kind = unit_below(40), ip = unit_below(unit_below(2) ? 60 : 6), second;

		t += unit_below(7);
		if (unit_below(900) == 0)
			t += 9000;
		second = unit_below(300) ? t : t - (t > 8000 ? 8000 : 0);
		fprintf(f, "Nov %02u %02u:%02u:%02u mx ", 1 + second / 86400, second / 3600 % 24,
			second / 60 % 60, second % 60);
		if (kind == 0)
			fprintf(f, "last message repeated %u times", 1 + unit_below(4));
		else if (kind == 1)
			fprintf(f, "postfix/smtpd[1]: %0*d", 9000, 1);
		else if (kind < 6)
			fprintf(f, "postfix/smtpd[%u]: warning: unknown[10.0.%u.%u]: SASL x", ip,
				ip % 3, ip);
		else if (kind < 9)
			fprintf(f,
				"postfix/smtpd[%u]: lost connection after AUTH from unknown[10.0.%u.%u]",
				ip, ip % 3, ip);
		else if (kind < 30)
			fprintf(f,
				"postfix/smtpd[%u]: NOQUEUE: reject: RCPT from unknown[10.0.%u.%u]: 550 x%u",
				ip, ip % 3, ip, unit_below(6));
		else if (kind < 33 && ip % 4 == 0)
			fprintf(f,
				"postfix/smtpd[%u]: A%05X: client=r.example[10.0.%u.%u]\n"
				"Nov %02u %02u:%02u:%02u mx postfix/qmgr[1]: A%05X: from=<a@b>, size=1",
				ip, i, ip % 3, ip, 1 + second / 86400, second / 3600 % 24,
				second / 60 % 60, second % 60, i);
		else
			fprintf(f, "postfix/smtpd[%u]: connect from unknown[10.0.%u.%u]", ip,
				ip % 3, ip);
		fputs(unit_below(20) ? "\n" : "\r\n", f);
	}
	fclose(f);
	return log;
}

static void test_any_split_any_seed(void **state)
{
	static const uint32_t most[] = { 1, 7, 300, 4096, 200000 };
	struct run *first = calloc(1, sizeof(*first)), *other = calloc(1, sizeof(*other));
	struct seed seed = { 1, 2 };
	size_t n;
	char *log = make_log(&n);

	(void)state;
	run_start(first, seed, NULL);
	feed_split(first, log, n, 65536);
	run_end(first);
	assert_true(first->bans > 50);
	assert_true(first->accepted > 50);
	assert_true(first->fuses > 0);
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		seed = (struct seed){ unit_random(), unit_random() };
		run_start(other, seed, NULL);
		feed_split(other, log, n, most[i]);
		run_end(other);
		assert_int_equal(other->bans, first->bans);
		assert_int_equal(other->hits, first->hits);
		assert_memory_equal(other->ban, first->ban, sizeof(first->ban));
	}
	free(first);
	free(other);
	free(log);
}

/* Records in parts, their text gone after each call, give what their lines give. */
static void test_records(void **state)
{
	struct run *first = calloc(1, sizeof(*first)), *other = calloc(1, sizeof(*other));
	struct seed seed = { 1, 2 };
	struct line_buffer *buf = NULL;
	struct span line;
	size_t n, at = 0;
	char *log = make_log(&n);

	(void)state;
	run_start(first, seed, NULL);
	feed_split(first, log, n, 65536);
	run_end(first);
	run_start(other, seed, NULL);
	assert_int_equal(line_buffer_new(&buf), 0);
	while (at < n) {
		size_t part = n - at < LINE_BUFFER_BLOCK ? n - at : LINE_BUFFER_BLOCK;

		memcpy(line_buffer_space(buf), log + at, part);
		line_buffer_added(buf, part);
		at += part;
		while (line_buffer_next(buf, &line)) {
			char *copy = malloc(line.n + 1);
			struct record record;

			memcpy(copy, line.p, line.n);
			if (record_parse((struct span){ copy, line.n }, &record) == 0)
				assert_int_equal(engine_record(other->engine, other->source,
							       &record, INT64_MAX),
						 0);
			free(copy);
		}
	}
	run_end(other);
	assert_int_equal(other->bans, first->bans);
	assert_memory_equal(other->ban, first->ban, sizeof(first->ban));
	line_buffer_free(buf);
	free(first);
	free(other);
	free(log);
}

#define REJECT(time, ip)                                                                           \
	"Nov 20 " time " mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[" ip "]: 550 x"

#define MAIL(time, id, ip)                                                                         \
	"Nov 20 " time " mx postfix/smtpd[1]: " id ": client=a.example[" ip "]",                   \
		"Nov 20 " time " mx postfix/qmgr[1]: " id ": from=<x@y>, size=1"

/* A jail that waits: told of, then carried out, then quiet again. A ban by word ends none of this. */
static void test_busy(void **state)
{
	struct run *run = calloc(1, sizeof(*run));
	struct seed seed = { 1, 2 };
	char line[200];

	(void)state;
	run_start(run, seed, NULL);
	for (int i = 0; i < 4; i++) {
		snprintf(line, sizeof(line),
			 "Nov 20 10:00:0%d mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from "
			 "unknown[192.0.2.1]: 550 %d",
			 i, i);
		feed_line(run, line);
	}
	/* the third hit was jail a's */
	assert_int_equal(run->bans, 2);
	assert_int_equal(run->ban[1].jail, 2);
	assert_int_equal(run->ban[1].would, WOULD_BUSY);
	assert_int_equal(engine_counts(run->engine).would, 1);
	engine_set_load(run->engine, 2, 60, run->ban[1].since + 1);
	assert_int_equal(run->bans, 2);
	engine_set_load(run->engine, 2, 61, run->ban[1].since + 1);
	assert_int_equal(run->bans, 3);
	assert_int_equal(run->ban[2].would, WOULD_NOT);
	assert_int_equal(run->ban[2].until, run->ban[1].until);
	assert_true(engine_jail_acts(run->engine, 2));
	engine_set_load(run->engine, 2, -1, run->ban[1].since + 2);
	assert_false(engine_jail_acts(run->engine, 2));
	run_end(run);
	free(run);
}

static const struct jail waits = { .name = "waits",
				   .offences = 1U << OFFENCE_UNKNOWN_USER,
				   .rule = { .maxretry = 2, .findtime = 600 * INT64_C(1000000) },
				   .bantime = 600 * INT64_C(1000000),
				   .bantime_factor = 2,
				   .bantime_max = 9000 * INT64_C(1000000),
				   .bantime_decay = 9000 * INT64_C(1000000),
				   .spare = true,
				   .when_busy = true,
				   .busy_on = 60,
				   .busy_off = 50,
				   .prefix4 = 32,
				   .prefix6 = 64 };

/* One client's ban is told, then another's is and that one delivers; then the server is busy. */
static void start_waiting(struct run *run, const struct jail *jail)
{
	static const char *const lines[] = {
		REJECT("10:00:00", "192.0.2.1"),	 REJECT("10:00:01", "192.0.2.1"),
		REJECT("10:00:02", "198.51.100.2"),	 REJECT("10:00:03", "198.51.100.2"),
		MAIL("10:00:04", "AAAAA1", "192.0.2.1"), MAIL("10:00:05", "AAAAA2", "192.0.2.1"),
		MAIL("10:00:06", "AAAAA3", "192.0.2.1"),
	};

	run_start_with(run, jail, 1, (struct seed){ 1, 2 }, NULL);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		feed_line(run, lines[i]);
	assert_int_equal(run->bans, 2);
	assert_int_equal(run->ban[0].would, WOULD_BUSY);
}

static bool is_banned(const struct run *run, const char *text)
{
	struct prefix prefix;
	const struct ban *ban;

	assert_int_equal(prefix_parse(text, strlen(text), &prefix), PREFIX_OK);
	ban = bans_find(engine_bans(run->engine), &prefix, 0);
	return ban && ban->would == WOULD_NOT;
}

/* Who has delivered since is banned at the limit of those who deliver, and so is not yet. */
static void test_busy_spares(void **state)
{
	struct run *run = calloc(1, sizeof(*run));
	struct jail jail = waits;

	(void)state;
	start_waiting(run, &jail);
	engine_set_load(run->engine, 0, 90, engine_last(run->engine) + 1);
	assert_int_equal(run->bans, 3);
	assert_string_equal(run->ban[2].prefix, "198.51.100.2/32");
	assert_int_equal(run->ban[2].would, WOULD_NOT);
	assert_int_equal(run->unbans, 1);
	/* spare.factor is three here */
	for (int i = 0; i < 5; i++)
		feed_line(run, REJECT("10:00:07", "192.0.2.1"));
	assert_int_equal(run->bans, 3);
	feed_line(run, REJECT("10:00:08", "192.0.2.1"));
	assert_int_equal(run->bans, 4);
	assert_true(run->ban[3].spared);
	run_end(run);
	jail.spare = false;
	start_waiting(run, &jail);
	engine_set_load(run->engine, 0, 90, engine_last(run->engine) + 1);
	assert_true(is_banned(run, "192.0.2.1/32") && is_banned(run, "198.51.100.2/32"));
	run_end(run);
	free(run);
}

/* A rule whose fuse has blown only reports, then, too; it blows by what is carried out, not by what is told. */
static void test_busy_asks_the_fuse(void **state)
{
	static const struct fuse_state blown = { .why = FUSE_SPARED, .since = 1 }, whole;
	struct run *run = calloc(1, sizeof(*run));

	(void)state;
	start_waiting(run, &waits);
	engine_set_fuse(run->engine, 0, &blown);
	engine_set_load(run->engine, 0, 90, engine_last(run->engine) + 1);
	assert_int_equal(run->ban[run->bans - 1].would, WOULD_FUSE);
	assert_int_equal(engine_counts(run->engine).bans, 0);
	assert_int_equal(engine_counts(run->engine).would, 2);
	engine_set_fuse(run->engine, 0, &whole);
	assert_int_equal(bans_count(engine_bans(run->engine)), 0);
	run_end(run);

	start_waiting(run, &waits);
	engine_set_load(run->engine, 0, 10, engine_last(run->engine) + 1);
	for (int i = 0; i < 6; i++)
		feed_line(run, REJECT("10:10:10", "192.0.2.1"));
	assert_true(run->ban[2].spared);
	assert_int_equal(run->ban[2].would, WOULD_BUSY);
	assert_int_equal(run->fuses, 0);
	engine_set_load(run->engine, 0, 90, engine_last(run->engine) + 1);
	assert_int_equal(run->fuses, 1);
	assert_int_equal(run->ban[3].would, WOULD_FUSE);
	run_end(run);
	free(run);
}

/* Bans that are carried out late grow as those that are not. */
static void test_busy_grows(void **state)
{
	static const char *const at[] = { "10:00:00", "10:20:00", "10:50:00" };
	struct run *run = calloc(1, sizeof(*run));
	char line[200];

	(void)state;
	run_start_with(run, &waits, 1, (struct seed){ 1, 2 }, NULL);
	for (size_t i = 0; i < 3; i++) {
		snprintf(line, sizeof(line), REJECT("%s", "192.0.2.1"), at[i]);
		feed_line(run, line);
		feed_line(run, line);
		engine_set_load(run->engine, 0, 90, engine_last(run->engine) + 1);
		engine_set_load(run->engine, 0, 0, engine_last(run->engine) + 2);
		assert_int_equal(run->bans, 2 * (i + 1));
		assert_int_equal(run->ban[2 * i + 1].until - run->ban[2 * i + 1].since,
				 waits.bantime << i);
	}
	run_end(run);
	free(run);
}

/* Whose bans before are forgotten for want of memory is counted with all that is. */
static void test_past_is_counted(void **state)
{
	struct run *run = calloc(1, sizeof(*run));
	struct engine_losses losses;
	char line[200];

	(void)state;
	run_start_with(run, &waits, 1, (struct seed){ 1, 2 }, NULL);
	engine_set_load(run->engine, 0, 90, 0);
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(line, sizeof(line),
			 "Nov 20 10:00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from "
			 "x[10.0.%u.%u]: 550 x",
			 i / 2 / 256, i / 2 % 256);
		feed_line(run, line);
	}
	assert_int_equal(run->bans, 1000);
	losses = engine_losses(run->engine);
	assert_in_range(losses.evicted_history, 1, 999);
	assert_int_equal(engine_evicted(&losses), losses.evicted_history + losses.evicted_bans);
	run_end(run);
	free(run);
}

/* A prefix in which somebody delivers is not banned as a whole, though nobody did when it was told. */
static void test_busy_holds_a_prefix(void **state)
{
	struct run *run = calloc(1, sizeof(*run));
	struct jail jail = waits;
	struct ban ban = { .until = INT64_MAX, .hits = 2, .would = WOULD_BUSY };

	(void)state;
	jail.prefix4 = 24;
	start_waiting(run, &jail);
	/* the prefix of who has delivered was let go when that one did; here it is as a ledger has it */
	assert_int_equal(prefix_parse("192.0.2.0/24", 12, &ban.prefix), PREFIX_OK);
	ban.since = engine_last(run->engine);
	engine_ban(run->engine, &ban);
	engine_set_load(run->engine, 0, 90, engine_last(run->engine) + 1);
	assert_false(is_banned(run, "192.0.2.0/24"));
	assert_true(is_banned(run, "198.51.100.0/24"));
	run_end(run);
	free(run);
}

/* Mails, a prefix that is released, and what reload takes along. */
static void test_spared_and_inherited(void **state)
{
	static const char *const mails[] = { MAIL("10:00:01", "AAAAA1", "192.0.2.9"),
					     MAIL("10:00:02", "AAAAA2", "192.0.2.9"),
					     MAIL("10:00:03", "AAAAA3", "192.0.2.9") };
	static const uint32_t same[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct run *run = calloc(1, sizeof(*run)), *next = calloc(1, sizeof(*next));
	struct seed seed = { 1, 2 };
	struct addr addr;
	struct prefix net;

	(void)state;
	assert_int_equal(addr_parse("192.0.2.9", 9, &addr), 0);
	net = prefix_of(&addr, 24, 56);
	run_start(run, seed, NULL);
	for (int i = 0; i < 6; i++)
		feed_line(run, REJECT("10:00:00", "192.0.2.8"));
	assert_int_equal(run->bans, 2);
	assert_true(bans_in_force(run->engine->bans, &net, 1, engine_last(run->engine)));
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++)
		feed_line(run, mails[i]);
	assert_int_equal(run->unbans, 1);
	assert_false(bans_in_force(run->engine->bans, &net, 1, engine_last(run->engine)));
	run_start(next, seed, NULL);
	engine_inherit(next->engine, run->engine, same, same, true);
	for (int i = 0; i < 8; i++)
		feed_line(next, REJECT("10:00:04", "192.0.2.9"));
	assert_int_equal(next->bans, 0);
	feed_line(next, REJECT("10:00:05", "192.0.2.9"));
	assert_int_equal(next->bans, 1);
	assert_true(next->ban[0].spared);
	run_end(run);
	run_end(next);
	free(run);
	free(next);
}

static void test_ignored_in_prefix(void **state)
{
	struct run *run = calloc(1, sizeof(*run));
	struct seed seed = { 1, 2 };

	(void)state;
	run_start(run, seed, "192.0.2.7/32");
	for (int i = 0; i < 9; i++)
		feed_line(run, REJECT("10:00:00", "192.0.2.7"));
	assert_int_equal(run->bans, 0);
	for (int i = 0; i < 6; i++)
		feed_line(run, REJECT("10:00:01", "192.0.2.8"));
	/* jail a by the address, jail b by the address, too, since its /24 holds an ignored one */
	assert_int_equal(run->bans, 2);
	assert_string_equal(run->ban[0].prefix, "192.0.2.8/32");
	assert_string_equal(run->ban[1].prefix, "192.0.2.8/32");
	run_end(run);
	free(run);
}

static void test_accepted_once(void **state)
{
	struct run *run = calloc(1, sizeof(*run));
	struct seed seed = { 1, 2 };

	(void)state;
	run_start(run, seed, NULL);
	feed_line(run, "Nov 20 10:00:00 mx postfix/smtpd[1]: AAAAA1: client=a.example[192.0.2.1]");
	feed_line(run, "Nov 20 10:00:00 other postfix/qmgr[1]: AAAAA1: from=<x@y>, size=1");
	feed_line(run, "Nov 20 10:00:00 mx postfix/qmgr[1]: BBBBB1: from=<x@y>, size=1");
	assert_int_equal(run->accepted, 0);
	feed_line(run, "Nov 20 10:00:01 mx postfix/qmgr[1]: AAAAA1: from=<x@y>, size=1");
	feed_line(run, "Nov 20 10:05:01 mx postfix/qmgr[1]: AAAAA1: from=<x@y>, size=1");
	assert_int_equal(run->accepted, 1);
	feed_line(run, "Nov 20 10:05:02 mx postfix/smtpd[1]: CCCCC1: client=a.example[192.0.2.1]");
	feed_line(run, "Nov 20 10:05:02 mx postfix/qmgr[1]: CCCCC1: removed");
	feed_line(run, "Nov 20 10:05:03 mx postfix/qmgr[1]: CCCCC1: from=<x@y>, size=1");
	assert_int_equal(run->accepted, 1);
	run_end(run);
	free(run);
}

static void test_lines_without_header(void **state)
{
	struct run *run = calloc(1, sizeof(*run));
	struct seed seed = { 1, 2 };
	struct engine_counts counts;

	(void)state;
	run_start(run, seed, NULL);
	feed_line(run, "");
	feed_line(run, "NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 x");
	feed_line(run, REJECT("10:00:00", "192.0.2.1"));
	counts = engine_counts(run->engine);
	assert_int_equal(counts.lines, 3);
	assert_int_equal(counts.records, 1);
	assert_int_equal(counts.hits, 1);
	run_end(run);
	free(run);
}

static const char user_unknown[] =
	"Nov 20 10:00:0%d mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 ";

static void reject(struct run *run, int second)
{
	char line[160];

	snprintf(line, sizeof(line), user_unknown, second);
	feed_line(run, line);
}

/* What is read again fills the windows and nothing more; the next hit then is judged with what they hold. */
static void test_filling(void **state)
{
	struct run *run = malloc(sizeof(*run));

	(void)state;
	run_start(run, (struct seed){ 1, 2 }, NULL);
	engine_fill(run->engine, true);
	for (int i = 0; i < 4; i++)
		reject(run, i);
	assert_int_equal(run->bans, 0);
	assert_int_equal(engine_counts(run->engine).hits, 0);
	engine_fill(run->engine, false);
	reject(run, 5);
	assert_int_equal(run->bans, 1);
	run_end(run);
	free(run);
}

static void test_ban_and_unban_by_word(void **state)
{
	struct run *run = malloc(sizeof(*run));
	struct ban ban = { .jail = 0, .rule = BANS_MANUAL }, ended;
	struct addr addr;

	(void)state;
	run_start(run, (struct seed){ 1, 2 }, NULL);
	reject(run, 0);
	reject(run, 1);
	assert_int_equal(addr_parse("192.0.2.1", 9, &addr), 0);
	ban.prefix = engine_prefix(run->engine, &addr, 0);
	ban.since = engine_last(run->engine);
	ban.until = ban.since + 5000000;
	assert_int_equal(engine_window(run->engine, &addr, 0, ban.since).hits, 2);
	assert_true(engine_next(run->engine) == INT64_MAX);
	engine_ban(run->engine, &ban);
	assert_true(engine_next(run->engine) == ban.until);
	/* bans are looked through once a second: no use to come back before that */
	engine_advance(run->engine, ban.until - 1);
	assert_true(engine_next(run->engine) == ban.until + 999999);
	assert_int_equal(bans_count(engine_bans(run->engine)), 1);
	reject(run, 2);
	assert_int_equal(engine_counts(run->engine).stopped, 1);
	assert_int_equal(engine_unban(run->engine, &ban.prefix, 0, &ended), 1);
	assert_int_equal(engine_unban(run->engine, &ban.prefix, 0, &ended), 0);
	/* the two hits before the ban are forgotten: three new ones are needed */
	reject(run, 3);
	reject(run, 4);
	assert_int_equal(run->bans, 0);
	reject(run, 5);
	assert_int_equal(run->bans, 2); /* in jail b, of which nobody spoke, it is the sixth */
	run_end(run);
	free(run);
}

/* What lies before the end of a ban that is over does not count, read again or read late; what lies behind it does. */
static void test_over(void **state)
{
	struct run *run = malloc(sizeof(*run));
	struct ban ban = { .jail = 0, .rule = BANS_MANUAL };
	struct addr addr;

	(void)state;
	run_start(run, (struct seed){ 1, 2 }, NULL);
	assert_int_equal(addr_parse("192.0.2.1", 9, &addr), 0);
	ban.prefix = engine_prefix(run->engine, &addr, 0);
	reject(run, 0);
	ban.until = engine_last(run->engine) + 4000000;
	assert_int_equal(engine_add_expired(run->engine, &ban), 0);
	ban.until -= 1000000; /* an earlier one takes nothing back */
	assert_int_equal(engine_add_expired(run->engine, &ban), 0);
	engine_fill(run->engine, true);
	reject(run, 1);
	reject(run, 2);
	engine_fill(run->engine, false);
	reject(run, 3);
	assert_int_equal(engine_window(run->engine, &addr, 0, engine_last(run->engine)).hits, 1);
	reject(run, 4);
	assert_int_equal(engine_window(run->engine, &addr, 0, engine_last(run->engine)).hits, 2);
	assert_null(bans_find(engine_bans(run->engine), &ban.prefix, 0));
	engine_settle(run->engine);
	reject(run, 5);
	assert_non_null(bans_find(engine_bans(run->engine), &ban.prefix, 0));
	run_end(run);
	free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_split_any_seed),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_ignored_in_prefix),
		cmocka_unit_test(test_accepted_once),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_busy_spares),
		cmocka_unit_test(test_busy_asks_the_fuse),
		cmocka_unit_test(test_busy_grows),
		cmocka_unit_test(test_busy_holds_a_prefix),
		cmocka_unit_test(test_past_is_counted),
		cmocka_unit_test(test_spared_and_inherited),
		cmocka_unit_test(test_lines_without_header),
		cmocka_unit_test(test_filling),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_ban_and_unban_by_word),
	};

	unit_seed();
	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
