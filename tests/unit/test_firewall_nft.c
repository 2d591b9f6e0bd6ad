/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "enforce/firewall_nft.c"

static char *chains[] = { (char[]){ "DOCKER-USER" }, NULL };
static struct blocker_conf blockers[] = {
	{ .name = (char[]){ "a" },
	  .type = BLOCKER_NFT,
	  .list = (char[]){ "mx" },
	  .list6 = (char[]){ "mx6" },
	  .ports = { 587, 25, 587 },
	  .ports_n = 3,
	  .prefix4 = 32,
	  .prefix6 = 64 },
	{ .name = (char[]){ "b" },
	  .type = BLOCKER_NFT,
	  .list = (char[]){ "net" },
	  .list6 = (char[]){ "net6" },
	  .ports = { 25 },
	  .ports_n = 1,
	  .prefix4 = 24,
	  .prefix6 = 128,
	  .chains = chains },
	{ .name = (char[]){ "c" }, .type = BLOCKER_XT_RECENT },
};
static const struct config config = { .blockers = blockers, .blockers_n = 3 };

static const char wanted[] = "table inet relaydam {\n"
			     "\tset mx {\n\t\ttype ipv4_addr\n\t\tflags timeout\n\t}\n\n"
			     "\tset mx6 {\n\t\ttype ipv6_addr\n\t\tflags interval,timeout\n\t}\n\n"
			     "\tset net {\n\t\ttype ipv4_addr\n\t\tflags interval,timeout\n\t}\n\n"
			     "\tset net6 {\n\t\ttype ipv6_addr\n\t\tflags timeout\n\t}\n\n"
			     "\tchain input {\n"
			     "\t\ttype filter hook input priority filter - 10; policy accept;\n"
			     "\t\ttcp dport { 25, 587 } ct state new ip saddr @mx drop\n"
			     "\t\ttcp dport { 25, 587 } ct state new ip6 saddr @mx6 drop\n\t}\n"
			     "\tchain forward {\n"
			     "\t\ttype filter hook forward priority filter - 10; policy accept;\n"
			     "\t\ttcp dport 25 ct state new ip saddr @net drop\n"
			     "\t\ttcp dport 25 ct state new ip6 saddr @net6 drop\n\t}\n}\n";

static char said[4096];

static void collect(void *context, const char *text)
{
	(void)context;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", text);
}

/* Differences that the check reports after a text in the table was replaced. */
static size_t check_with(const char *old, const char *new)
{
	static const struct firewall_callbacks callbacks = { .differs = collect };
	const char *at = strstr(wanted, old);
	char listing[4096];

	assert_non_null(at);
	snprintf(listing, sizeof(listing), "%.*s%s%s", (int)(at - wanted), wanted, new,
		 at + strlen(old));
	said[0] = '\0';
	return firewall_nft_check(&config, listing, &callbacks);
}

static void test_table(void **unused)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)unused;
	firewall_nft_table(out, &config);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

static void test_check(void **unused)
{
	static const struct firewall_callbacks callbacks = { .differs = collect };

	(void)unused;
	assert_int_equal(check_with("table", "table"), 0);
	said[0] = '\0';
	assert_int_equal(firewall_nft_check(&config, "", &callbacks), 1);
	assert_string_equal(said, "nft: the table inet relaydam is missing\n");
	assert_int_equal(check_with("filter - 10", "filter"), 2);
	assert_int_equal(check_with("\t\ttcp dport 25 ct state new ip saddr @net drop\n", ""), 1);
	assert_string_equal(said, "nft: chain forward: missing: tcp dport 25 ct state new ip saddr "
				  "@net drop\n");
	assert_int_equal(check_with("\tchain forward {\n", "\t\taccept\n\tchain forward {\n"), 1);
	assert_string_equal(said, "nft: chain input: unexpected: accept\n");
	/* the same rule twice */
	assert_int_equal(check_with("\t\ttcp dport 25 ct state new ip6 saddr @net6 drop\n",
				    "\t\ttcp dport 25 ct state new ip6 saddr @net6 drop\n"
				    "\t\ttcp dport 25 ct state new ip6 saddr @net6 drop\n"),
			 1);
	/* the right line in the wrong place */
	assert_int_equal(check_with("\t\ttype ipv4_addr\n\t\tflags timeout\n",
				    "\t\ttype ipv6_addr\n\t\tflags timeout\n"),
			 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
