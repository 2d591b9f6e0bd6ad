#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rng.h"

enum client_kind { CLIENT_RELAY, CLIENT_USER, CLIENT_BOT, CLIENT_KINDS };

/* One address that connects; its text is made once, for Postfix writes it on most lines. */
struct client {
	char who[112]; /* "host[address]", host is "unknown" where no name was confirmed */
	uint8_t host_len;
	uint8_t who_len;
	bool v6;
};

struct clients;

/* At least 100 clients: 8% honest relays, 4% users, the rest bots. NULL: no memory. */
struct clients *clients_new(uint32_t n, uint64_t seed);
void clients_free(struct clients *c);

/* The index of a client of that kind; see the top of clients.c for who comes how often. */
uint32_t clients_pick(struct clients *c, enum client_kind kind, struct rng *r);
const struct client *clients_at(const struct clients *c, uint32_t i);

/* Write a name or address that belongs to key; returns the end. At most 80 bytes. */
char *names_domain(char *p, uint64_t key);
char *names_host(char *p, uint64_t key);
char *names_local(char *p, uint64_t key);
char *names_text(char *p, const char *text);
char *names_number(char *p, uint64_t n);

#endif
