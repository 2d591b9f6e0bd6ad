/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "enforce/firewall_xt.c"

static struct blocker_conf blockers[] = {
	{ .name = (char[]){ "mx" },
	  .type = BLOCKER_XT_RECENT,
	  .list = (char[]){ "relaydam" },
	  .list6 = (char[]){ "relaydam6" },
	  .ports = { 25 },
	  .ports_n = 1,
	  .seconds = 600 * UNITS_SECOND,
	  .prefix4 = 24,
	  .prefix6 = 64 },
	{ .name = (char[]){ "login" },
	  .type = BLOCKER_XT_RECENT,
	  .list = (char[]){ "login" },
	  .list6 = (char[]){ "login6" },
	  .ports = { 587, 993 },
	  .ports_n = 2,
	  .seconds = 3600 * UNITS_SECOND - 1,
	  .prefix4 = 32,
	  .prefix6 = 128,
	  .update = true },
	{ .name = (char[]){ "set" }, .type = BLOCKER_NFT },
};
static const struct config config = { .blockers = blockers, .blockers_n = 3 };

#define MX4                                                                                        \
	"-A relaydam-mx -p tcp -m multiport --dports 25 -m conntrack --ctstate NEW -m recent "     \
	"--rcheck --seconds 600 --name relaydam --mask 255.255.255.0 --rsource -j DROP\n"
#define LOGIN4                                                                                     \
	"-A relaydam-login -p tcp -m multiport --dports 587,993 -m conntrack --ctstate NEW -m "    \
	"recent --update --seconds 3600 --name login --mask 255.255.255.255 --rsource -j DROP\n"
#define HEAD "*filter\n:INPUT ACCEPT [0:0]\n:relaydam-mx - [0:0]\n:relaydam-login - [0:0]\n"
#define JUMPS "-A INPUT -j relaydam-mx\n-A INPUT -j relaydam-login\n"

static char said[4096];

static void collect(void *context, const char *text)
{
	(void)context;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", text);
}

static size_t check_of(const char *saved)
{
	static const struct firewall_callbacks callbacks = { .differs = collect };

	said[0] = '\0';
	return firewall_xt_check(&config, BLOCKER_V4, saved, &callbacks);
}

static void test_check(void **unused)
{
	(void)unused;
	assert_int_equal(check_of(HEAD JUMPS MX4 LOGIN4 "COMMIT\n"), 0);
	assert_int_equal(check_of("*nat\n" HEAD JUMPS "-A INPUT -j ACCEPT\n" MX4 LOGIN4), 0);
	/* the same rules in another table do not count */
	assert_int_equal(check_of("*mangle\n:relaydam-mx - [0:0]\n"), 4);
	assert_int_equal(check_of(""), 4);
	assert_int_equal(check_of(HEAD "-A INPUT -j ACCEPT\n" JUMPS MX4 LOGIN4), 2);
	assert_string_equal(
		said, "iptables: INPUT: the jump to relaydam-mx comes after 1 other rule\n"
		      "iptables: INPUT: the jump to relaydam-login comes after 1 other rule\n");
	assert_int_equal(check_of(HEAD JUMPS "-A INPUT -j relaydam-mx\n" MX4 LOGIN4), 1);
	assert_int_equal(check_of(HEAD JUMPS "-A FORWARD -j relaydam-mx\n" MX4 LOGIN4), 1);
	assert_non_null(strstr(said, "this jump is not configured"));
	assert_int_equal(check_of(HEAD ":relaydam-x - [0:0]\n" JUMPS MX4 LOGIN4), 1);
	assert_string_equal(said,
			    "iptables: the chain relaydam-x is stale: no blocker has this name\n");
	/* a jump with a condition is another jump */
	assert_int_equal(check_of(HEAD "-A INPUT -s 192.0.2.1/32 -j relaydam-mx\n"
				       "-A INPUT -j relaydam-login\n" MX4 LOGIN4),
			 2);
}

static void test_check_rule(void **unused)
{
	(void)unused;
	check_of(HEAD JUMPS
		 "-A relaydam-mx -p tcp -m multiport --dports 25,465 -m conntrack --ctstate NEW -m "
		 "recent --rcheck --seconds 60 --name other --mask 255.255.255.255 --rsource -j "
		 "DROP\n" LOGIN4);
	assert_string_equal(
		said,
		"iptables: relaydam-mx: the list is \"other\", should be \"relaydam\"\n"
		"iptables: relaydam-mx: the mask is \"255.255.255.255\", should be \"255.255.255.0\"\n"
		"iptables: relaydam-mx: seconds is \"60\", should be \"600\"\n"
		"iptables: relaydam-mx: the ports is \"25,465\", should be \"25\"\n");
	/* --update instead of --rcheck: the whole rule is reported */
	assert_int_equal(check_of(HEAD JUMPS "-A relaydam-mx -p tcp -m multiport --dports 25 -m "
					     "conntrack --ctstate NEW -m recent --update --seconds "
					     "600 --name relaydam --mask 255.255.255.0 --rsource "
					     "-j DROP\n" LOGIN4),
			 1);
	assert_non_null(strstr(said, "the rule is \"-A relaydam-mx"));
}

static char *install_text(enum blocker_family family, const char *saved, bool syn)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	firewall_xt_install(out, &config, family, saved, syn);
	fclose(out);
	return text;
}

static void test_install(void **unused)
{
	char *text = install_text(BLOCKER_V4, "", false);

	(void)unused;
	assert_string_equal(text, "*filter\n:relaydam-mx - [0:0]\n:relaydam-login - [0:0]\n" LOGIN4
				  "-I INPUT 1 -j relaydam-login\n" MX4
				  "-I INPUT 1 -j relaydam-mx\nCOMMIT\n");
	free(text);
	text = install_text(BLOCKER_V6, "", true);
	assert_non_null(strstr(text,
			       "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m multiport "
			       "--dports 25 -m recent --rcheck --seconds 600 --name relaydam6 "
			       "--mask ffff:ffff:ffff:ffff:: --rsource -j DROP\n"));
	assert_non_null(strstr(text, "--mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "));
	free(text);
	/* our rules are removed first; a comment that looks like a jump is foreign */
	text = install_text(BLOCKER_V4,
			    HEAD ":relaydam-old - [0:0]\n"
				 "-A INPUT -m comment --comment \"-j relaydam-mx\" -j ACCEPT\n"
				 "-A INPUT -m comment --comment \"x -j relaydam-mx\"\n"
				 "-A FORWARD -i eth0 -j relaydam-old\n" JUMPS MX4,
			    false);
	assert_non_null(strstr(text, "-D FORWARD -i eth0 -j relaydam-old\n-D INPUT -j relaydam-mx\n"
				     "-D INPUT -j relaydam-login\n-F relaydam-mx\n"
				     "-F relaydam-login\n-F relaydam-old\n-X relaydam-old\n"));
	assert_null(strstr(text, "comment"));
	free(text);
	/* a line that is not a rule has no jump */
	text = install_text(BLOCKER_V4, "*filter\n -j relaydam-mx\nx -j relaydam-mx\n", false);
	assert_null(strstr(text, "-D"));
	free(text);
}

static void test_mask(void **unused)
{
	(void)unused;
	assert_false(firewall_xt_mask_changed(&config, BLOCKER_V4, HEAD JUMPS MX4 LOGIN4));
	assert_true(firewall_xt_mask_changed(&config, BLOCKER_V6, HEAD JUMPS MX4 LOGIN4));
	assert_false(
		firewall_xt_mask_changed(&config, BLOCKER_V4, HEAD "-A relaydam-mx -j DROP\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_rule),
		cmocka_unit_test(test_install),
		cmocka_unit_test(test_mask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
