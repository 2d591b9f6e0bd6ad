/* SPDX-License-Identifier: MIT */
/* blocker_xt on a fake /proc of an old kernel. Tests on the real kernel are in tests/e2e/block.sh. */
#include "unit.h"

#include "enforce/blocker_xt.c"

#include <fcntl.h>

static char root[] = "/tmp/relaydam-xt-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[XT_PATH];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static size_t get(const char *name, char text[static 64])
{
	char path[XT_PATH];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "re");
	assert_non_null(file);
	n = fread(text, 1, 63, file);
	fclose(file);
	text[n] = '\0';
	return n;
}

/* 2.6.18 to 2.6.27: another directory, another module, no IPv6. */
static void the_old_name(void **state)
{
	struct blocker_conf conf = { .name = "b", .list = "spammer", .list6 = "spammer6" };
	struct blocker blocker = { .ops = &blocker_xt, .conf = &conf, .proc = root, .sys = root };
	struct blocker_entry entry = { .left = 1000000 };
	char text[64];

	(void)state;
	addr_parse("192.0.2.7", strlen("192.0.2.7"), &entry.prefix.addr);
	entry.prefix.bits = 128;
	assert_int_equal(blocker_xt.open(&blocker, BLOCKER_V4), -ENOENT);
	assert_non_null(strstr(blocker.error, "firewall --install"));
	put("net/ipt_recent/spammer", "");
	put("module/ipt_recent/parameters/ip_list_tot", "250");
	assert_int_equal(blocker_xt.open(&blocker, BLOCKER_V4), BLOCKER_NEW_LIST);
	assert_int_equal(blocker.capacity[BLOCKER_V4], 250);
	blocker_xt.add(&blocker, BLOCKER_V4, &entry, 1);
	assert_int_equal(entry.result, 0);
	assert_int_equal(get("net/ipt_recent/spammer", text), strlen("+192.0.2.7\n"));
	assert_string_equal(text, "+192.0.2.7\n");
	blocker_xt.del(&blocker, BLOCKER_V4, &entry, 1);
	get("net/ipt_recent/spammer", text);
	assert_string_equal(text, "-192.0.2.7\n");
	assert_int_equal(blocker_xt.open(&blocker, BLOCKER_V6), -EAFNOSUPPORT);
	blocker_xt.close(&blocker);
}

static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int drop_root(void **state)
{
	static const char *const names[] = { "net/ipt_recent/spammer",
					     "net/ipt_recent",
					     "net",
					     "module/ipt_recent/parameters/ip_list_tot",
					     "module/ipt_recent/parameters",
					     "module/ipt_recent",
					     "module",
					     "." };
	char path[XT_PATH];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, names[i]);
		remove(strcmp(names[i], ".") == 0 ? root : path);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_old_name) };

	return cmocka_run_group_tests(tests, make_root, drop_root);
}
