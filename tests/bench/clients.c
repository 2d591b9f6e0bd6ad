/*
 * The clients of the generated log, and the names that occur in it.
 *
 * Relays and users come by a power law: the first of 3,360 relays brings some 7% of the mail. Half
 * of the bots are steady, again by a power law; the other half is taken in turn, so that most of
 * them are seen only a few times in the whole log. A bot that has just called calls again soon
 * (`recent`), as a zombie works through its list. A third of the addresses is from ranges set aside
 * for documentation and benchmarks, the others only look like public ones. Six in a hundred are
 * IPv6. Every name ends in .example or .test.
 */
#include "clients.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define RECENT 16

struct clients {
	struct client *all;
	uint32_t first[CLIENT_KINDS + 1]; /* of each kind; the last: the number of all */
	uint32_t fresh;			  /* the bot that comes next in turn */
	uint32_t recent[RECENT];
};

static const char *const words[] = {
	"amber",  "anchor", "birch", "bluefin",	 "canopy", "cedar",	"cobalt",  "delta",
	"ember",  "falcon", "fjord", "garnet",	 "harbor", "indigo",	"juniper", "kestrel",
	"lagoon", "lumen",  "maple", "meridian", "nimbus", "northgate", "onyx",	   "orchard",
	"pebble", "quartz", "river", "saffron",	 "summit", "tundra",	"velvet",  "zenith",
};

static const char *const tails[] = {
	"",	"-net", "-media", "-systems", "mail",  "soft",	 "-bank",   "-shop",
	"-edu", "labs", "-tel",	  "-hosting", "works", "-group", "-online", "data",
};

static const char *const people[] = {
	"anna",	 "ben",	  "carla",   "david",  "eva",	  "felix", "greta",   "hugo",
	"ines",	 "jonas", "karin",   "lukas",  "maria",	  "nils",  "olga",    "paul",
	"rosa",	 "simon", "tina",    "victor", "info",	  "sales", "office",  "support",
	"admin", "news",  "noreply", "bounce", "billing", "shop",  "contact", "jobs",
};

static const uint8_t octets[] = {
	5,   31,  37,  45,  77,	 78,  79,  80,	81,  83,  89,  91,  93,
	95,  103, 109, 113, 117, 123, 138, 151, 159, 176, 178, 181, 185,
	186, 188, 189, 190, 194, 195, 200, 201, 212, 213, 217,
};

char *names_text(char *p, const char *text)
{
	size_t n = strlen(text);

	memcpy(p, text, n);
	return p + n;
}

char *names_number(char *p, uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	memcpy(p, digits + i, sizeof(digits) - i);
	return p + (sizeof(digits) - i);
}

char *names_domain(char *p, uint64_t key)
{
	p = names_text(p, words[key % LENGTH(words)]);
	p = names_text(p, tails[(key >> 8) % LENGTH(tails)]);
	if ((key >> 16) % 4 == 0)
		p = names_number(p, (key >> 20) % 100);
	return names_text(p, (key >> 28) % 2 ? ".example" : ".test");
}

char *names_local(char *p, uint64_t key)
{
	p = names_text(p, people[key % LENGTH(people)]);
	if ((key >> 8) % 3 == 0) {
		*p++ = '.';
		p = names_text(p, words[(key >> 12) % LENGTH(words)]);
	}
	if ((key >> 20) % 4 == 0)
		p = names_number(p, (key >> 24) % 1000);
	return p;
}

/* A mail server's own name. */
char *names_host(char *p, uint64_t key)
{
	static const char *const roles[] = { "mx", "mail", "smtp", "out", "relay", "mta-" };

	p = names_text(p, roles[key % LENGTH(roles)]);
	p = names_number(p, (key >> 8) % 40);
	*p++ = '.';
	return names_domain(p, key >> 16);
}

static void make_v4(uint8_t a[4], uint64_t key)
{
	a[0] = octets[(key >> 40) % LENGTH(octets)];
	a[1] = (uint8_t)(key >> 8);
	a[2] = (uint8_t)(key >> 16);
	a[3] = (uint8_t)(1 + (key >> 24) % 254);
	if (key % 3 == 0) {
		a[0] = 198;
		a[1] = (uint8_t)(18 + a[1] % 2);
	} else if (key % 60 == 1) {
		a[0] = a[1] % 2 ? 198 : 203;
		a[1] = a[0] == 198 ? 51 : 0;
		a[2] = a[0] == 198 ? 100 : 113;
		a[3] = (uint8_t)(128 + a[3] % 126); /* not our own .25, nor the forged .99 */
	}
}

/* 2001:db8:x:y::z with none of x, y, z zero: there is only one way to write it. */
static void make_v6(uint8_t a[16], uint64_t key)
{
	memset(a, 0, 16);
	memcpy(a, "\x20\x01\x0d\xb8", 4);
	for (size_t i = 4; i < 8; i++)
		a[i] = (uint8_t)(1 + (key >> (8 * (i - 3))) % 255);
	a[15] = (uint8_t)(1 + (key >> 48) % 255);
}

/* What a provider calls its customers' lines: the address in the name. */
static char *line_name(char *p, const uint8_t a[4], uint64_t key)
{
	p = names_text(p, key % 2 ? "host-" : "static.");
	for (unsigned i = 0; i < 4; i++) {
		p = names_number(p, key % 2 ? a[i] : a[3 - i]);
		*p++ = key % 2 && i < 3 ? '-' : '.';
	}
	p = names_text(p, key % 2 ? "dyn." : "clients.");
	return names_domain(p, key >> 3);
}

static void make_client(struct client *c, enum client_kind kind, uint64_t key)
{
	uint8_t a[16];
	uint64_t style = rng_mix(key);
	char *p = c->who;

	c->v6 = key % 100 < 6;
	if (c->v6)
		make_v6(a, style);
	else
		make_v4(a, style);
	if (kind == CLIENT_BOT && (key >> 32) % 100 < 45)
		p = names_text(p, "unknown");
	else if (kind == CLIENT_RELAY || c->v6)
		p = names_host(p, key >> 8);
	else
		p = line_name(p, a, key >> 8);
	c->host_len = (uint8_t)(p - c->who);
	*p++ = '[';
	inet_ntop(c->v6 ? AF_INET6 : AF_INET, a, p, INET6_ADDRSTRLEN);
	p += strlen(p);
	*p++ = ']';
	*p = '\0';
	c->who_len = (uint8_t)(p - c->who);
}

struct clients *clients_new(uint32_t n, uint64_t seed)
{
	struct clients *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->all = calloc(n, sizeof(*c->all));
	if (!c->all) {
		free(c);
		return NULL;
	}
	c->first[CLIENT_USER] = n / 100 * 8;
	c->first[CLIENT_BOT] = n / 100 * 12;
	c->first[CLIENT_KINDS] = n;
	c->fresh = n - 1;
	for (unsigned kind = 0; kind < CLIENT_KINDS; kind++)
		for (uint32_t i = c->first[kind]; i < c->first[kind + 1]; i++)
			make_client(&c->all[i], (enum client_kind)kind,
				    rng_mix(seed ^ ((uint64_t)i << 20)));
	for (size_t i = 0; i < RECENT; i++)
		c->recent[i] = n - 1 - (uint32_t)i;
	return c;
}

void clients_free(struct clients *c)
{
	if (!c)
		return;
	free(c->all);
	free(c);
}

/* 0 <= result < n, small numbers often: n times the given power of a uniform fraction. */
static uint32_t power_law(struct rng *r, uint32_t n, unsigned power)
{
	uint64_t u = rng_next(r) >> 32, x = u;

	while (--power > 0)
		x = (x * u) >> 32;
	return (uint32_t)((x * n) >> 32);
}

static uint32_t pick_bot(struct clients *c, struct rng *r)
{
	uint32_t first = c->first[CLIENT_BOT], end = c->first[CLIENT_KINDS];
	uint32_t steady = (end - first) / 2;
	uint32_t slot = rng_below(r, RECENT), i;

	if (rng_below(r, 2))
		return c->recent[slot];
	if (rng_below(r, 16)) {
		i = first + power_law(r, steady, 3);
	} else {
		if (++c->fresh >= end)
			c->fresh = first + steady;
		i = c->fresh;
	}
	c->recent[slot] = i;
	return i;
}

uint32_t clients_pick(struct clients *c, enum client_kind kind, struct rng *r)
{
	uint32_t first = c->first[kind];

	if (kind == CLIENT_BOT)
		return pick_bot(c, r);
	return first + power_law(r, c->first[kind + 1] - first, kind == CLIENT_RELAY ? 3 : 2);
}

const struct client *clients_at(const struct clients *c, uint32_t i)
{
	return &c->all[i];
}
