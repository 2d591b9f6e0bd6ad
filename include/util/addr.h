/* SPDX-License-Identifier: MIT */
/*
 * addr: a client's address, and the prefix it is counted under.
 *
 * Sixteen bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so that a client that
 * one server logs as 192.0.2.7 and another as ::ffff:192.0.2.7 is one client.
 * Nothing here resolves a name.
 */
#ifndef RELAYDAM_UTIL_ADDR_H
#define RELAYDAM_UTIL_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct addr {
	uint8_t b[16];
};

/* bits counts in the 128-bit space: an IPv4 /24 has bits == 120. */
struct prefix {
	struct addr addr;
	uint8_t bits;
};

enum {
	ADDR_V4_BITS = 96, /* bits before an IPv4 address */
	ADDR_TEXT = 46,	   /* longest text of an address, with NUL */
	PREFIX_TEXT = 50,  /* longest text of a prefix, with NUL */
};

/* Named outcomes of prefix_parse(). */
enum prefix_outcome {
	PREFIX_OK = 0,
	PREFIX_HOST_BITS = 1, /* address has host bits set; *out is the masked one */
};

/*
 * Reads an IPv4 or IPv6 address from exactly len bytes. A scope (fe80::1%eth0) is removed, a
 * leading "IPv6:" (Sendmail's and RFC 5321's form) is skipped. Leading zeros in an octet are
 * refused: no server writes them, and programs interpret them differently. Returns 0 and sets *out,
 * or -EINVAL.
 */
int addr_parse(const char *text, size_t len, struct addr *out);

/* Writes the shortest usual text ("192.0.2.7", "2001:db8::1") and returns buf. */
const char *addr_format(const struct addr *addr, char buf[static ADDR_TEXT]);

/*
 * Reads "192.0.2.0/24", "2001:db8::/32", or an address alone (/32, /128).
 * Returns PREFIX_OK, PREFIX_HOST_BITS, or -EINVAL.
 */
int prefix_parse(const char *text, size_t len, struct prefix *out);

/* Writes "192.0.2.0/24" and returns buf. */
const char *prefix_format(const struct prefix *prefix, char buf[static PREFIX_TEXT]);

/* The same, but a single address without its length: "192.0.2.7", not "192.0.2.7/32". */
const char *prefix_short(const struct prefix *prefix, char buf[static PREFIX_TEXT]);

static inline bool addr_is_v4(const struct addr *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(addr->b, mapped, sizeof(mapped)) == 0;
}

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* The prefix of bits4 (0 to 32) or bits6 (0 to 128) bits that contains addr. */
struct prefix prefix_of(const struct addr *addr, unsigned bits4, unsigned bits6);

/* First and last address of a prefix. */
struct addr prefix_first(const struct prefix *prefix);
struct addr prefix_last(const struct prefix *prefix);

/* Do the two have an address in common? */
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);

#endif
