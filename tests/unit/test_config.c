/* SPDX-License-Identifier: MIT */
/* Each error of meaning: file, line, and what would be right. */
#include "unit.h"

#include "config/config.c"
#include "util/array.h"

#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static const char good_filter[] =
	"name = \"f\"; programs = [ \"f\" ];\n"
	"rules = ( { name = \"r\"; offence = \"auth\"; match = \"^x <addr>\"; } );\n";

/* What is said of this configuration, and of this filter. */
static char *said(const char *conf, const char *filter)
{
	struct diagnostics *problems;
	struct config *config;
	char path[128], *text = NULL;
	size_t n;
	FILE *f;

	unit_write(dir, "c.conf", conf);
	unit_write(dir, "filters/f.conf", filter);
	snprintf(path, sizeof(path), "%s/c.conf", dir);
	assert_int_equal(diagnostics_new(&problems), 0);
	if (config_load(&config, path, problems) == 0)
		config_free(config);
	f = open_memstream(&text, &n);
	assert_non_null(f);
	diagnostics_print(problems, f, true);
	fclose(f);
	diagnostics_free(problems);
	return text;
}

#define HEAD "filters = [ \"f\" ];\n"
#define BLOCK "blockers = ( { name = \"b\"; } );\n"
#define JAIL(rest) HEAD BLOCK "jails = ( { name = \"j\"; offences = [ \"auth\" ]; " rest " } );\n"

static const struct {
	const char *conf, *want;
} confs[] = {
	{ JAIL(""), "" },
	{ JAIL("") "spare = { delivered = 5; within = \"1d\"; factor = 2; }; fuse = false;"
		   "ignorehost = [ \".google.com\", \"mx.b.example\" ];",
	  "" },
	{ JAIL("spare = false; bantime_factor = 2; bantime_max = \"1w\"; bantime_decay = \"1d\";"
	       "when = \"busy\"; busy = 70; calm = 40; sessions = 300;"),
	  "" },
	{ HEAD "spare = 3;\n", "c.conf:2: spare must be a group in braces" },
	{ HEAD "spare = { delivred = 3; };\n",
	  "c.conf:2: unknown key \"delivred\" in spare: did you mean \"delivered\"?" },
	{ HEAD "spare = { delivered = 0; };\n",
	  "\"delivered\" must be a whole number from 1 to 64" },
	{ HEAD "fuse = { spared = 17; };\n", "\"spared\" must be a whole number from 0 to 16" },
	{ HEAD "fuse = { within = \"1ms\"; };\n", "\"within\" must be at least \"1s\"" },
	{ JAIL("") "ignorehost = [ \"*.google.com\" ];", "\"*.google.com\" is no name of a host" },
	{ JAIL("") "ignorehost = [ \".com\" ];", "\".com\" is no name of a host" },
	{ JAIL("spare = 3;"), "a jail's \"spare\" must be true or false" },
	{ JAIL("distinct = \"usr\";"),
	  "\"distinct\" must be one of no, user, recipient, not \"usr\"" },
	{ JAIL("distinct = \"user\";"), "no rule of its offences captures one" },
	{ JAIL("distinct = \"user\"; maxretry = 1;"), "its maxretry must be from 2 to 1000" },
	{ JAIL("when = \"bsy\";"), "\"when\" must be one of always, busy, not \"bsy\"" },
	{ JAIL("busy = 40;"), "would stop acting at \"calm\" = 50 per cent, above \"busy\" = 40" },
	{ JAIL("bantime_factor = 2; bantime_max = \"1m\";"),
	  "has a bantime_max below its bantime" },
	{ HEAD "sorces = \"auto\";\n",
	  "c.conf:2: unknown key \"sorces\" in the configuration: did you mean \"sources\"?" },
	{ JAIL("maxretri = 3;"),
	  "c.conf:3: unknown key \"maxretri\" in a jail: did you mean \"maxretry\"?" },
	{ JAIL("maxretry = \"3\";"),
	  "c.conf:3: \"maxretry\" must be a whole number from 1 to 100000" },
	{ JAIL("maxretry = 0;"), "c.conf:3: \"maxretry\" must be" },
	{ JAIL("findtime = \"10\";"),
	  "c.conf:3: \"findtime\" must be a duration in quotes with its unit" },
	{ JAIL("findtime = 600;"), "c.conf:3: \"findtime\" must be a duration" },
	{ JAIL("bantime = \"10 parsecs\";"), "c.conf:3: \"bantime\" must be a duration" },
	{ JAIL("enabled = \"yes\";"), "c.conf:3: \"enabled\" must be true or false" },
	{ JAIL("cut = \"sockets\";"),
	  "c.conf:3: \"cut\" must be one of no, socket, signal, not \"sockets\"" },
	{ JAIL("cut = \"signal\";"),
	  "c.conf:3: the jail \"j\" has cut = \"signal\": say with cut_process" },
	{ JAIL("") "cut_after = \"2m\";", "\"cut_after\" must be \"1m\" or less" },
	{ JAIL("") "cut_process = { name = \"submit\"; };",
	  "c.conf:4: cut_process needs name, holder and parent" },
	{ JAIL("") "cut_process = { name = \"a\"; holder = \"master\"; parent = \"b\"; };",
	  "c.conf:4: cut_process: \"master\" serves everybody" },
	{ JAIL("") "cut_process = { name = \"a\"; holder = \"smtpd\"; parent = \"b\"; };",
	  "c.conf:4: cut_process: an smtpd serves others after this client" },
	{ JAIL("cut = \"signal\";") "cut_process = { name = \"a\"; holder = \"smtpd\"; parent = \"b\"; "
				    "even_smtpd = true; };",
	  "" },
	{ HEAD "blockers = ( { name = \"b\"; type = \"print\"; } );\njails = ( { name = \"j\"; "
	       "offences = [ \"auth\" ]; cut = \"socket\"; } );\n",
	  "c.conf:3: warning: the jail \"j\" cuts, but its blocker \"b\" blocks nobody" },
	{ JAIL("blocker = \"x\";"), "c.conf:3: the jail \"j\" names the blocker \"x\"" },
	{ JAIL("prefix4 = 7;"), "c.conf:3: \"prefix4\" must be a whole number from 8 to 32" },
	{ JAIL("prefix6 = 15;"), "c.conf:3: \"prefix6\" must be a whole number from 16 to 128" },
	{ HEAD "blockers = ( { name = \"b\"; prefix4 = 0; } );\n",
	  "c.conf:2: \"prefix4\" must be a whole number from 8 to 32" },
	{ HEAD "blockers = ( { name = \"b\"; prefix6 = 0; } );\n",
	  "c.conf:2: \"prefix6\" must be a whole number from 16 to 128" },
	{ HEAD "blockers = ( { name = \"b\"; prefix4 = 8; prefix6 = 16; } );\n", "" },
	{ HEAD BLOCK "jails = ( { name = \"j\xff\"; offences = [ \"auth\" ]; } );\n",
	  "c.conf:3: the jail's name \"j\\xff\" must be 1 to 60 letters" },
	{ HEAD BLOCK "jails = ( { name = \"j j\"; offences = [ \"auth\" ]; } );\n",
	  "c.conf:3: the jail's name \"j j\" must be" },
	{ HEAD "blockers = ( { name = \"b\xff\"; type = \"print\"; } );\n",
	  "c.conf:2: the blocker's name \"b\\xff\" must be" },
	{ JAIL("prefix4 = 24;"),
	  "c.conf:3: the jail \"j\" counts by /24 and /64, its blocker \"b\" blocks by /32" },
	{ HEAD BLOCK "jails = ( { name = \"j\"; offences = [ \"relay\" ]; } );\n",
	  "c.conf:3: the jail \"j\" has no rules" },
	{ HEAD BLOCK "jails = ( { name = \"j\"; } );\n",
	  "c.conf:3: the jail \"j\" has no \"offences\"" },
	{ HEAD BLOCK "jails = ( { name = \"j\"; offences = [ \"rellay\" ]; } );\n",
	  "c.conf:3: \"rellay\" is no offence" },
	{ JAIL(" }, { name = \"j\"; offences = [ \"auth\" ];"),
	  "c.conf:3: a jail named \"j\" is there already, in line 3" },
	{ HEAD "blockers = ( { name = \"b\"; },\n{ name = \"b\"; } );\n",
	  "c.conf:3: a blocker named \"b\" is there already, in line 2" },
	{ HEAD "ignoreip = [ \"192.0.2.1/24\" ];\n",
	  "c.conf:2: \"192.0.2.1/24\" has host bits behind the prefix: write \"192.0.2.0/24\"" },
	{ HEAD "ignoreip = [ \"mx.example\" ];\n",
	  "c.conf:2: \"mx.example\" is no address or prefix" },
	{ HEAD "sources = ( { file = \"/a\"; },\n{ file = \"/a\"; } );\n",
	  "c.conf:3: the file /a is a source already" },
	{ HEAD "sources = ( { journal = [ \"a\" ]; },\n{ journal = [ \"b\" ]; } );\n",
	  "c.conf:3: the journal is a source already: name all units there" },
	{ HEAD "matcher = \"relaydam\";\n", "" },
	{ HEAD "matcher = \"pcre2\";\n", "" },
	{ HEAD "matcher = \"pcre\";\n",
	  "c.conf:2: \"matcher\" must be one of relaydam, pcre2, not \"pcre\"" },
	{ HEAD "table_memory = \"1K\";\n", "c.conf:2: \"table_memory\" must be from 256K" },
	{ HEAD "log_tz = \"Mars/Olympus\";\n", "log_tz = \"Mars/Olympus\" is no time zone" },
	{ HEAD "blockers = ( { name = \"../x\"; } );\n",
	  "c.conf:2: the blocker's name \"../x\" must be 1 to 19 letters" },
	{ HEAD "blockers = ( { name = \"b\"; list = \"a b\"; } );\n",
	  "c.conf:2: the list \"a b\" must be 1 to 60 letters" },
	{ HEAD "blockers = ( { name = \"b\"; list = \"x\"; list6 = \"x\"; } );\n",
	  "c.conf:2: the list \"x\" is used twice" },
	{ HEAD
	  "blockers = ( { name = \"b\"; list = \"x\"; },\n{ name = \"c\"; list = \"x6\"; } );\n",
	  "c.conf:3: the list \"x6\" is used twice" },
	{ HEAD "blockers = ( { name = \"b\"; chains = [ \"IN PUT\" ]; } );\n",
	  "c.conf:2: the chain \"IN PUT\" must be 1 to 28 letters" },
	{ HEAD "blockers = ( { name = \"b\"; type = \"nft\"; chains = [ \"MINE\" ]; } );\n",
	  "c.conf:2: an nft blocker knows the chains INPUT, FORWARD and DOCKER-USER" },
	{ HEAD "blockers = ( { name = \"b\"; seconds = \"500ms\"; } );\n",
	  "c.conf:2: \"seconds\" must be at least \"1s\"" },
	{ HEAD "blockers = ( { name = \"b\"; type = \"nft\"; update = true; } );\n",
	  "c.conf:2: \"update\" is for xt_recent" },
	{ HEAD "blockers = ( { name = \"b\"; ports = [ 70000 ]; } );\n",
	  "c.conf:2: a port must be" },
	{ "filters = [ \"none\" ];\n", "filters/none.conf: cannot be read" },
	{ "filters = [ \"../f\" ];\n",
	  "c.conf: the filter's name \"../f\" must be 1 to 60 letters" },
	{ "filters = [ \"f\", \"f\" ];\n", "the filter \"f\" is named twice" },
	{ HEAD "jails = (\n", "c.conf:3: syntax error" },
};

static const struct {
	const char *filter, *want;
} filters[] = {
	{ "name = \"g\"; programs = [ \"f\" ]; rules = ( );\n", "f.conf: \"name\" must be \"f\"" },
	{ "name = \"f\"; rules = ( { name = \"r\"; } );\n",
	  "f.conf: the filter has no \"programs\"" },
	{ "name = \"f\"; programs = [ \"f\" ]; rules = ( );\n",
	  "f.conf: the filter has no \"rules\"" },
	{ "name = \"f\"; programs = [ \"f\" ]; rules = (\n{ name = \"r\"; offence = \"auth\"; match = \"^(<addr>\"; } );\n",
	  "f.conf:2: the pattern of \"r\" does not compile: missing closing parenthesis" },
	{ "name = \"f\"; programs = [ \"f\" ]; rules = (\n{ name = \"r\xff\"; offence = \"auth\"; match = \"^x\"; } );\n",
	  "f.conf:2: the rule's name \"r\\xff\" must be 1 to 60 letters" },
	{ "name = \"f\"; programs = [ \"f\" ]; rules = (\n{ name = \"r\"; offence = \"auth\"; match = \"^x\"; } );\n",
	  "f.conf:2: the rule \"r\" captures no address" },
	{ "name = \"f\"; programs = [ \"f\" ]; rules = (\n{ name = \"r\"; offence = \"auth\"; match = \"^x\"; session = \"pending\"; } );\n",
	  "f.conf:2: the rule \"r\" follows a queue id but captures none" },
	{ "name = \"f\"; programs = [ \"f\" ]; rules = (\n{ name = \"r\"; match = \"^<qid>\"; session = \"pending\"; } );\n",
	  "f.conf:2: the rule has no \"offence\"" },
	{ "name = \"f\"; programs = [ \"f\" ]; rules = (\n{ name = \"r\"; offence = \"auth\"; match = \"^<qid>\"; session = \"pending\"; companion_of = [ \"s\" ]; } );\n",
	  "f.conf:2: a pending rule names no client" },
	{ "name = \"f\"; programs = [ \"f\" ]; rules = (\n{ name = \"r\"; match = \"^<addr>\"; } );\n",
	  "f.conf:2: the rule has no \"offence\"" },
	{ "name = \"f\"; programs = [ \"f\" ]; rules = (\n{ name = \"r\"; offence = \"auth\"; match = \"^<addr>\"; },\n"
	  "{ name = \"r\"; offence = \"auth\"; match = \"^<addr>\"; } );\n",
	  "f.conf:3: the rule \"r\" stands twice" },
	{ "name = \"f\"; programs = [ \"f\" ]; rules = (\n{ name = \"r\"; offence = \"auth\"; match = \"^<addr>\"; companion_of = [ \"s\" ]; } );\n",
	  "f.conf:2: companion_of names \"s\"" },
	{ "name = \"f\"; programs = [ \"f\" ]; rules = (\n{ name = \"r\"; session = \"accept\"; match = \"^x\"; } );\n",
	  "f.conf:2: the rule \"r\" follows a queue id but captures none" },
};

static void expect(const char *conf, const char *filter, const char *want)
{
	char *text = said(conf, filter);

	if (!strstr(text, want) || (!*want && *text))
		fail_msg("for\n%s\nwanted \"%s\", got:\n%s", conf, want, text);
	free(text);
}

static void test_configurations(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(confs); i++)
		expect(confs[i].conf, good_filter, confs[i].want);
}

static void test_filters(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		expect(JAIL(""), filters[i].filter, filters[i].want);
}

static void test_every_error_is_told(void **state)
{
	char *text = said(HEAD "a = 1;\nb = 2;\nignoreip = [ \"x\" ];\n", good_filter);

	(void)state;
	assert_non_null(strstr(text, "c.conf:2:"));
	assert_non_null(strstr(text, "c.conf:3:"));
	assert_non_null(strstr(text, "c.conf:4:"));
	free(text);
}

static int setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char path[96];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/relaydam-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/filters", dir);
	return mkdir(path, 0700);
}

static int teardown(void **state)
{
	static const char *const names[] = { "c.conf", "filters/f.conf", "filters", "" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_configurations),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_every_error_is_told),
	};

	return cmocka_run_group_tests_name("config", tests, setup, teardown);
}
