/* SPDX-License-Identifier: MIT */
#include "util/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

/*
 * Reads one octet: at most three digits, no leading zero. Returns its length, 0 if there is none.
 */
static size_t octet_parse(const char *text, size_t len, uint8_t *out)
{
	unsigned value = 0;
	size_t n = 0;

	while (n < len && n < 3 && text[n] >= '0' && text[n] <= '9')
		value = value * 10 + (unsigned)(text[n++] - '0');
	if (n == 0 || value > 255 || (n > 1 && text[0] == '0'))
		return 0;
	*out = (uint8_t)value;
	return n;
}

static int v4_parse(const char *text, size_t len, struct addr *out)
{
	struct addr addr = { .b = { [10] = 0xff, [11] = 0xff } };

	for (int i = 0; i < 4; i++) {
		size_t n;

		if (i > 0) {
			if (len == 0 || *text != '.')
				return -EINVAL;
			text++;
			len--;
		}
		n = octet_parse(text, len, &addr.b[12 + i]);
		if (n == 0)
			return -EINVAL;
		text += n;
		len -= n;
	}
	if (len != 0)
		return -EINVAL;
	*out = addr;
	return 0;
}

static int v6_parse(const char *text, size_t len, struct addr *out)
{
	char buf[INET6_ADDRSTRLEN];
	const char *scope = memchr(text, '%', len);

	if (scope)
		len = (size_t)(scope - text);
	if (len >= sizeof(buf) || memchr(text, '\0', len))
		return -EINVAL;
	memcpy(buf, text, len);
	buf[len] = '\0';
	if (inet_pton(AF_INET6, buf, out->b) != 1)
		return -EINVAL;
	return 0;
}

int addr_parse(const char *text, size_t len, struct addr *out)
{
	struct addr addr;
	int r;

	if (len > 5 && memcmp(text, "IPv6:", 5) == 0) {
		text += 5;
		len -= 5;
	}
	r = memchr(text, ':', len) ? v6_parse(text, len, &addr) : v4_parse(text, len, &addr);
	if (r == 0)
		*out = addr;
	return r;
}

const char *addr_format(const struct addr *addr, char buf[static ADDR_TEXT])
{
	if (addr_is_v4(addr))
		inet_ntop(AF_INET, addr->b + 12, buf, ADDR_TEXT);
	else
		inet_ntop(AF_INET6, addr->b, buf, ADDR_TEXT);
	return buf;
}

static void mask_bits(struct addr *addr, unsigned bits)
{
	for (unsigned i = bits / 8; i < 16; i++) {
		unsigned left = bits > i * 8 ? bits - i * 8 : 0;

		if (left < 8)
			addr->b[i] &= (uint8_t)(0xff00U >> left);
	}
}

static int bits_parse(const char *text, size_t len, unsigned max, unsigned *out)
{
	unsigned bits = 0;

	if (len == 0 || len > 3)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		bits = bits * 10 + (unsigned)(text[i] - '0');
	}
	if (bits > max)
		return -EINVAL;
	*out = bits;
	return 0;
}

int prefix_parse(const char *text, size_t len, struct prefix *out)
{
	const char *slash = memchr(text, '/', len);
	size_t alen = slash ? (size_t)(slash - text) : len;
	bool dotted = !memchr(text, ':', alen);
	unsigned max = dotted ? 32 : 128;
	unsigned bits = max;
	struct prefix prefix;
	struct addr addr;
	int r;

	r = addr_parse(text, alen, &addr);
	if (r == 0 && slash)
		r = bits_parse(slash + 1, len - alen - 1, max, &bits);
	if (r < 0)
		return r;
	prefix.bits = (uint8_t)(dotted ? ADDR_V4_BITS + bits : bits);
	prefix.addr = addr;
	mask_bits(&prefix.addr, prefix.bits);
	*out = prefix;
	return addr_equal(&prefix.addr, &addr) ? PREFIX_OK : PREFIX_HOST_BITS;
}

const char *prefix_format(const struct prefix *prefix, char buf[static PREFIX_TEXT])
{
	char text[ADDR_TEXT];
	bool v4 = addr_is_v4(&prefix->addr) && prefix->bits >= ADDR_V4_BITS;

	addr_format(&prefix->addr, text);
	snprintf(buf, PREFIX_TEXT, "%s/%u", text,
		 v4 ? prefix->bits - (unsigned)ADDR_V4_BITS : (unsigned)prefix->bits);
	return buf;
}

struct prefix prefix_of(const struct addr *addr, unsigned bits4, unsigned bits6)
{
	struct prefix prefix = { .addr = *addr };

	prefix.bits = (uint8_t)(addr_is_v4(addr) ? ADDR_V4_BITS + bits4 : bits6);
	mask_bits(&prefix.addr, prefix.bits);
	return prefix;
}

struct addr prefix_first(const struct prefix *prefix)
{
	struct addr addr = prefix->addr;

	mask_bits(&addr, prefix->bits);
	return addr;
}

struct addr prefix_last(const struct prefix *prefix)
{
	struct addr last = prefix_first(prefix);
	struct addr mask;

	memset(mask.b, 0xff, sizeof(mask.b));
	mask_bits(&mask, prefix->bits);
	for (unsigned i = 0; i < 16; i++)
		last.b[i] |= (uint8_t)~mask.b[i];
	return last;
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	struct addr a_first = prefix_first(a), a_last = prefix_last(a);
	struct addr b_first = prefix_first(b), b_last = prefix_last(b);

	return memcmp(a_first.b, b_last.b, sizeof(b_last.b)) <= 0 &&
	       memcmp(b_first.b, a_last.b, sizeof(a_last.b)) <= 0;
}

const char *prefix_short(const struct prefix *prefix, char buf[static PREFIX_TEXT])
{
	if (prefix->bits == 128)
		return addr_format(&prefix->addr, buf);
	return prefix_format(prefix, buf);
}
