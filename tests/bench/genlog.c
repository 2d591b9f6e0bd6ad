/*
 * genlog: a mixed mail log of a busy mail exchanger on standard output, for the bench.
 *
 * The same seed gives the same bytes on every machine; 1 GiB is about a week (line rate and share
 * of bots follow the hour). Whole sessions run at the same time, each through its script
 * (scripts.c, scripts_bots.c), so their lines mix as in a real log, and time never runs backwards.
 * With --wave a spam wave begins in the middle: from a handful to hundreds of sessions within 90
 * seconds, a plateau of minutes, and then no new ones.
 *
 * The shares below were counted with rg on the default 1 GiB: 7.0 million lines, 42,000 clients, of
 * which 12,000 connect three times at most and some thousands hundreds of times. 14.6% of the
 * lines are offences:
 *
 *   unknown user 4.6%   block list 3.2%     SASL 1.4%        postscreen 1.4%   lost connection 1.3%
 *   HELO 0.6%           Dovecot login 0.6%  no login 0.4%    Courier 0.3%      protocol, rate 0.3%
 *   relaying 0.2%       sender 0.2%         client name 0.1%
 *
 * One line in 2,000 holds text by which a client tries to look like another line.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "line.h"

#define BUFFER (1U << 20)
#define SESSIONS_MAX 512 /* at a time; who comes then is not served */
#define SMTPD_LIMIT 400	 /* the same for the wave, so that it leaves room for mail */
#define PID_USES 100	 /* Postfix's max_use */
#define SECOND UINT64_C(1000000)

/* Independent streams of sessions, each with its own rate and daily rhythm. */
enum merge { STREAM_MAIL, STREAM_USERS, STREAM_BOTS, STREAM_NOISE, STREAM_WAVE, STREAMS };

struct stream_info {
	const struct script *scripts;
	uint32_t gap; /* ms between two sessions on average, at rhythm 100 */
	enum client_kind kind;
	const uint8_t *rhythm; /* percent, by hour */
};

struct pool {
	uint32_t pid[8];
	uint8_t uses[8];
};

struct genlog {
	uint64_t limit, written; /* bytes */
	enum format format;
	uint32_t count; /* of clients */
	bool wave;
	uint64_t start, now, wave_start; /* microseconds since 1970; 0: no wave yet */
	uint64_t next[STREAMS];
	struct rng rng;
	struct clients *clients;
	struct correlation sessions[SESSIONS_MAX];
	uint32_t heap[SESSIONS_MAX]; /* the running ones, earliest first; then the free ones */
	uint32_t running;
	uint32_t slot_pid[SMTPS + 1][SESSIONS_MAX];
	uint8_t slot_uses[SMTPS + 1][SESSIONS_MAX];
	struct pool pools[PROGRAMS];
	uint32_t last_pid;
	size_t fill;
	char buffer[BUFFER + LINE_MAX_BYTES];
};

static const uint8_t office[24] = {
	30,  25,  20,  20,  25,	 35,  60,  100, 150, 190, 200, 190,
	160, 180, 190, 180, 160, 130, 110, 100, 90,  75,  60,  40,
};

static const uint8_t steady[24] = {
	90,  90,  95,  100, 110, 110, 100, 95,	90, 90, 95, 100,
	105, 110, 115, 110, 105, 100, 100, 100, 95, 95, 95, 90,
};

static const struct stream_info streams[STREAMS] = {
	[STREAM_MAIL] = { scripts_mail, 1700, CLIENT_RELAY, office },
	[STREAM_USERS] = { scripts_users, 1350, CLIENT_USER, office },
	[STREAM_BOTS] = { scripts_bots, 1120, CLIENT_BOT, steady },
	[STREAM_NOISE] = { scripts_noise, 20000, CLIENT_BOT, steady },
	[STREAM_WAVE] = { scripts_wave, 100, CLIENT_BOT, steady },
};

/* Heap order, by time; ties by slot, so that nothing depends on how the heap grew. */
static bool earlier(const struct genlog *g, uint32_t a, uint32_t b)
{
	const struct correlation *x = &g->sessions[a], *y = &g->sessions[b];

	return x->when != y->when ? x->when < y->when : a < b;
}

static void heap_up(struct genlog *g, uint32_t i)
{
	uint32_t slot = g->heap[i];

	while (i > 0 && earlier(g, slot, g->heap[(i - 1) / 2])) {
		g->heap[i] = g->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	g->heap[i] = slot;
}

static void heap_down(struct genlog *g)
{
	uint32_t i = 0, child, slot = g->heap[0];

	while ((child = 2 * i + 1) < g->running) {
		if (child + 1 < g->running && earlier(g, g->heap[child + 1], g->heap[child]))
			child++;
		if (!earlier(g, g->heap[child], slot))
			break;
		g->heap[i] = g->heap[child];
		i = child;
	}
	g->heap[i] = slot;
}

/* A process serves PID_USES times, then another takes its place. */
static uint32_t use_pid(struct genlog *g, uint32_t *pid, uint8_t *uses)
{
	if (*uses == 0) {
		*uses = PID_USES;
		g->last_pid += 1 + rng_below(&g->rng, 30);
		if (g->last_pid > 4194303)
			g->last_pid = 300;
		*pid = g->last_pid;
	}
	--*uses;
	return *pid;
}

static uint32_t pid_of(struct genlog *g, struct correlation *s)
{
	unsigned id = s->step->program;
	const struct program_info *program = &scripts_programs[id];
	struct pool *pool = &g->pools[id];
	size_t slot = (size_t)(s - g->sessions);
	uint32_t i;

	if (program->pids == PID_NONE)
		return 0;
	if (program->pids == PID_SESSION) {
		if (s->pid == 0)
			s->pid = use_pid(g, &g->slot_pid[id][slot], &g->slot_uses[id][slot]);
		return s->pid;
	}
	i = (uint32_t)(s->seed >> 32) % program->processes;
	if (program->processes > 1)
		return use_pid(g, &pool->pid[i], &pool->uses[i]);
	if (pool->pid[0] == 0)
		use_pid(g, &pool->pid[0], &pool->uses[0]);
	return pool->pid[0];
}

static int flush(struct genlog *g)
{
	const char *p = g->buffer;

	while (g->fill > 0) {
		ssize_t n = write(STDOUT_FILENO, p, g->fill);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			p += n;
			g->fill -= (size_t)n;
		}
	}
	return 0;
}

/* 0, or 1 when the log is as long as it was to be; < 0: -errno. */
static int put_line(struct genlog *g, struct correlation *s, const char *text)
{
	char *p = g->buffer + g->fill;
	size_t n = (size_t)(line_write(p, g->format, s, pid_of(g, s), text) - p);

	if (g->written + n > g->limit)
		return 1;
	g->written += n;
	g->fill += n;
	return g->fill >= BUFFER ? flush(g) : 0;
}

/* Skip lines that do not occur in this session; returns false at the end of the script. */
static bool next_step(struct correlation *s)
{
	for (; s->step->text; s->step++) {
		bool coin = rng_mix(s->seed ^ (uint64_t)(s->step - s->script->steps)) % 2;
		char mark = *s->step->text;

		if (mark == '?' && !coin)
			continue;
		if (mark == '!' && !(coin && s->client->host_len == 7))
			continue;
		return true;
	}
	return false;
}

static uint64_t wait_for(struct genlog *g, const struct regex_step *step)
{
	uint32_t quarter = step->wait * 250;

	return quarter ? quarter + rng_below(&g->rng, 3 * quarter) : rng_below(&g->rng, 300);
}

/* Write the earliest session's line and put the session where its next line belongs. */
static int advance(struct genlog *g)
{
	struct correlation *s = &g->sessions[g->heap[0]];
	const char *text = s->step->text;
	int r;

	g->now = s->when;
	r = put_line(g, s, text + (*text == '?' || *text == '!' || *text == '*'));
	if (r)
		return r;
	if (*text == '*' && ++s->done < s->repeats) {
		s->when += wait_for(g, s->step);
	} else {
		s->done = 0;
		s->step++;
		if (next_step(s)) {
			s->when += wait_for(g, s->step);
		} else {
			uint32_t slot = g->heap[0];

			g->heap[0] = g->heap[--g->running];
			g->heap[g->running] = slot;
		}
	}
	if (g->running > 0)
		heap_down(g);
	return 0;
}

/* A bot mostly does what it did before: four times in five its habit chooses the script. */
static const struct script *pick_script(enum merge stream, uint64_t habit, struct rng *r)
{
	const struct script *s;
	uint32_t total = 0, x;

	for (s = streams[stream].scripts; s->steps; s++)
		total += s->weight;
	x = rng_below(r, total);
	if (stream == STREAM_BOTS && rng_below(r, 5))
		x = (uint32_t)(habit % total);
	for (s = streams[stream].scripts; x >= s->weight; s++)
		x -= s->weight;
	return s;
}

static void start_session(struct genlog *g, enum merge stream)
{
	uint32_t client = clients_pick(g->clients, streams[stream].kind, &g->rng);
	const struct script *script = pick_script(stream, rng_mix(client), &g->rng);
	uint32_t slot = g->heap[g->running];
	struct correlation *s = &g->sessions[slot];

	*s = (struct correlation){
		.when = g->next[stream],
		.seed = rng_next(&g->rng),
		.script = script,
		.step = script->steps,
		.client = clients_at(g->clients, client),
		.repeats =
			(uint8_t)(script->min + rng_below(&g->rng, script->max - script->min + 1U)),
	};
	if (next_step(s))
		heap_up(g, g->running++);
}

/* Percent of the full rate: 90 seconds up, six minutes there, 30 seconds down. */
static uint32_t wave_height(uint64_t age)
{
	uint64_t s = age / SECOND;

	if (s < 90)
		return (uint32_t)(2 + s * 98 / 90);
	if (s < 450)
		return 100;
	return s < 480 ? (uint32_t)(2 + (480 - s) * 3) : 0;
}

/* The time to the next session: exponential, by sixteen quantiles, so without a logarithm. */
static uint64_t gap_after(struct genlog *g, enum merge stream)
{
	static const uint16_t quantiles[16] = {
		32, 98, 170, 247, 330, 420, 519, 627, 747, 883, 1037, 1217, 1431, 1698, 2055, 4489,
	};
	uint64_t hour = g->next[stream] / (3600 * SECOND) % 24;
	uint64_t percent = streams[stream].rhythm[hour];

	if (stream == STREAM_WAVE)
		percent = wave_height(g->next[stream] - g->wave_start);
	if (percent == 0)
		return UINT64_MAX / 2;
	return (uint64_t)streams[stream].gap * 100 / percent * quantiles[rng_below(&g->rng, 16)];
}

static enum merge next_stream(const struct genlog *g)
{
	unsigned best = 0;

	for (unsigned i = 1; i < STREAMS; i++)
		if (g->next[i] < g->next[best])
			best = i;
	return (enum merge)best;
}

static int generate(struct genlog *g)
{
	int r = 0;

	while (r == 0) {
		enum merge stream = next_stream(g);

		if (g->running > 0 && g->sessions[g->heap[0]].when <= g->next[stream]) {
			r = advance(g);
			continue;
		}
		if (g->running < (stream == STREAM_WAVE ? SMTPD_LIMIT : SESSIONS_MAX))
			start_session(g, stream);
		g->next[stream] += gap_after(g, stream);
		if (g->wave && g->wave_start == 0 && g->written > g->limit / 2)
			g->wave_start = g->next[STREAM_WAVE] = g->now;
	}
	return r < 0 ? r : flush(g);
}

static int genlog_init(struct genlog *g, uint64_t seed)
{
	g->rng.state = seed;
	g->clients = clients_new(g->count, seed);
	if (!g->clients)
		return -ENOMEM;
	g->now = g->start;
	g->last_pid = 900;
	for (uint32_t i = 0; i < SESSIONS_MAX; i++)
		g->heap[i] = i;
	for (unsigned i = 0; i < STREAMS; i++)
		g->next[i] = i == STREAM_WAVE ? UINT64_MAX / 2 : g->start;
	return 0;
}

/* "50M" and the like, powers of 1024. */
static bool parse_bytes(const char *text, uint64_t *out)
{
	static const char units[] = "KMG";
	char *end;
	const char *unit;

	errno = 0;
	*out = strtoull(text, &end, 10);
	if (errno || end == text || *text == '-')
		return false;
	if (!*end)
		return true;
	unit = strchr(units, *end);
	if (!unit || end[1] || *out > UINT64_MAX >> 30)
		return false;
	*out <<= 10 * (unit - units + 1);
	return true;
}

static bool parse_start(const char *text, uint64_t *out)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	if (!end || *end || tm.tm_year < 70)
		return false;
	*out = (uint64_t)timegm(&tm) * SECOND;
	return true;
}

static bool parse_format(const char *text, enum format *out)
{
	static const char *const names[] = { "bsd", "iso", "5424" };

	for (unsigned i = 0; i < 3; i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum format)i;
			return true;
		}
	}
	return false;
}

static bool parse_option(struct genlog *g, uint64_t *seed, int option)
{
	uint64_t n;

	switch (option) {
	case 'b':
		return parse_bytes(optarg, &g->limit);
	case 's':
		return parse_bytes(optarg, seed);
	case 'c':
		if (!parse_bytes(optarg, &n) || n < 100 || n > 100000000)
			return false;
		g->count = (uint32_t)n;
		return true;
	case 'f':
		return parse_format(optarg, &g->format);
	case 't':
		return parse_start(optarg, &g->start);
	case 'w':
		g->wave = true;
		return true;
	default:
		return false;
	}
}

static bool parse_options(struct genlog *g, uint64_t *seed, int argc, char **argv)
{
	static const struct option options[] = {
		{ "bytes", required_argument, NULL, 'b' },
		{ "seed", required_argument, NULL, 's' },
		{ "clients", required_argument, NULL, 'c' },
		{ "format", required_argument, NULL, 'f' },
		{ "start", required_argument, NULL, 't' },
		{ "wave", no_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0)
		if (!parse_option(g, seed, option))
			return false;
	return optind == argc;
}

int main(int argc, char **argv)
{
	static struct genlog g = { .limit = UINT64_C(1) << 30, .count = 42000 };
	uint64_t seed = 1;
	int r;

	parse_start("2026-11-14T00:00:00Z", &g.start);
	if (!parse_options(&g, &seed, argc, argv)) {
		fputs("usage: genlog [--bytes 1G] [--seed 1] [--clients 42000] [--wave]\n"
		      "              [--format bsd|iso|5424] [--start 2026-11-14T00:00:00Z]\n",
		      stderr);
		return 2;
	}
	r = genlog_init(&g, seed);
	if (r == 0)
		r = generate(&g);
	if (r < 0)
		fprintf(stderr, "genlog: %s\n", strerror(-r));
	clients_free(g.clients);
	return r < 0 ? 4 : 0;
}
