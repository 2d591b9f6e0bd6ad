/* SPDX-License-Identifier: MIT */
/* Malformed answers, each in memory of its exact length, so that sanitizers detect a read beyond it. */
#include "unit.h"

#include "net/netlink.c"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	char *p;
	size_t n;
};

/* Messages with the lengths in their headers; the last one has `n` bytes. */
static struct bytes answer(const uint32_t *lengths, size_t count, size_t n)
{
	struct bytes bytes = { calloc(1, 4096), 0 };

	for (size_t i = 0; i < count; i++) {
		struct nlmsghdr *head = (void *)(bytes.p + bytes.n);

		head->nlmsg_len = lengths[i];
		bytes.n += i + 1 < count ? NLMSG_ALIGN(lengths[i]) : n;
	}
	bytes.p = realloc(bytes.p, bytes.n);
	assert_non_null(bytes.p);
	return bytes;
}

static size_t messages(struct bytes bytes)
{
	const char *at = bytes.p;
	size_t n = 0;

	while (netlink_message(&at, bytes.p + bytes.n))
		n++;
	assert_true(at <= bytes.p + bytes.n);
	free(bytes.p);
	return n;
}

static void lengths(void **state)
{
	(void)state;
	assert_int_equal(messages(answer((uint32_t[]){ 16, 20, 16 }, 3, 16)), 3);
	/* no multiple of four, at the end */
	assert_int_equal(messages(answer((uint32_t[]){ 17 }, 1, 17)), 1);
	assert_int_equal(messages(answer((uint32_t[]){ 16, 18 }, 2, 18)), 2);
	/* truncated, without a header, shorter than a header, longer than the data */
	assert_int_equal(messages(answer((uint32_t[]){ 16, 16 }, 2, 15)), 1);
	assert_int_equal(messages(answer((uint32_t[]){ 16, 0 }, 2, 16)), 1);
	assert_int_equal(messages(answer((uint32_t[]){ 15 }, 1, 16)), 0);
	assert_int_equal(messages(answer((uint32_t[]){ 17 }, 1, 16)), 0);
	assert_int_equal(messages(answer((uint32_t[]){ UINT32_MAX }, 1, 16)), 0);
}

/* Number of attributes after a header of 20 bytes, in a message of n bytes. */
static size_t attributes(size_t n, const uint16_t *of, size_t count)
{
	struct nlmsghdr *message = calloc(1, n);
	const struct nlattr *attribute;
	const char *at, *stop;
	size_t found = 0;

	assert_non_null(message);
	message->nlmsg_len = (uint32_t)n;
	for (size_t i = 0, to = NLMSG_HDRLEN + 20; i < count; to += NLMSG_ALIGN(of[i++]))
		((struct nlattr *)(void *)((char *)message + to))->nla_len = of[i];
	at = netlink_behind(message, 20, &stop);
	assert_true(stop == (char *)message + n);
	while ((attribute = netlink_attribute(&at, stop))) {
		assert_true(netlink_end(attribute) <= stop);
		assert_int_equal(netlink_size(attribute), of[found] - sizeof(*attribute));
		found++;
	}
	free(message);
	return found;
}

static void attribute_lengths(void **state)
{
	(void)state;
	assert_int_equal(attributes(16, NULL, 0), 0); /* shorter than its header */
	assert_int_equal(attributes(35, NULL, 0), 0);
	assert_int_equal(attributes(36, NULL, 0), 0);
	assert_int_equal(attributes(39, NULL, 0), 0);
	assert_int_equal(attributes(40, (uint16_t[]){ 4 }, 1), 1);
	assert_int_equal(attributes(41, (uint16_t[]){ 5 }, 1), 1);
	assert_int_equal(attributes(52, (uint16_t[]){ 5, 8 }, 2), 2);
	assert_int_equal(attributes(52, (uint16_t[]){ 5, 9 }, 2), 1);
	assert_int_equal(attributes(52, (uint16_t[]){ 5, 3 }, 2), 1);
	assert_int_equal(attributes(40, (uint16_t[]){ 0 }, 1), 0);
	assert_int_equal(attributes(40, (uint16_t[]){ UINT16_MAX }, 1), 0);
}

static int error_of(size_t n, int error)
{
	struct nlmsghdr *message = calloc(1, n);
	int r;

	assert_non_null(message);
	message->nlmsg_len = (uint32_t)n;
	if (n >= NLMSG_HDRLEN + sizeof(error))
		memcpy(NLMSG_DATA(message), &error, sizeof(error));
	r = netlink_error(message);
	free(message);
	return r;
}

static void errors(void **state)
{
	(void)state;
	assert_int_equal(error_of(36, 0), 0);
	assert_int_equal(error_of(36, -EPERM), -EPERM);
	assert_int_equal(error_of(36, EPERM), -EBADMSG);
	assert_int_equal(error_of(36, -4096), -EBADMSG);
	assert_int_equal(error_of(36, INT_MIN), -EBADMSG); /* cannot be negated */
	assert_int_equal(error_of(16, 0), -EBADMSG);
	assert_int_equal(error_of(19, 0), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths),
		cmocka_unit_test(attribute_lengths),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
