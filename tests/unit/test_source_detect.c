/* SPDX-License-Identifier: MIT */
/* What `sources = "auto"` reads on machines that are directories here. */
#include "unit.h"

#include "source/source_detect.c"

#include <fcntl.h>
#include <ftw.h>

#define NOW (INT64_C(1790000000) * 1000000)
#define DAY (INT64_C(86400) * 1000000)

static char root[] = "/tmp/relaydam-auto-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return strcmp(path, root) == 0 ? 0 : remove(path);
}

static void clear(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char *in_root(const char *path)
{
	char *full = text("%s%s", root, path);

	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	return full;
}

static void file(const char *path, const char *content, int64_t age)
{
	char *full = in_root(path);
	FILE *f = fopen(full, "w");
	const struct timespec times[2] = { { (NOW - age) / 1000000, 0 },
					   { (NOW - age) / 1000000, 0 } };

	assert_non_null(f);
	fputs(content, f);
	fclose(f);
	assert_int_equal(utimensat(AT_FDCWD, full, times, 0), 0);
	free(full);
}

static void link_to(const char *path, const char *target)
{
	char *full = in_root(path);

	assert_int_equal(symlink(target, full), 0);
	free(full);
}

static char left_out[512];

static void keep_left_out(void *context, int priority, const char *line)
{
	(void)context;
	assert_int_equal(priority, LOG_WARNING);
	assert_true(snprintf(left_out, sizeof(left_out), "%s", line) < (int)sizeof(left_out));
}

/* What is chosen, as one text: files as they are, units in brackets. */
static void chosen(const char *want)
{
	struct source_conf *sources;
	char got[512] = "";
	size_t n;
	static const struct zone zone = { .utc = zone_fixed_utc };
	char journal[64];
	const struct source_overlap_options where = {
		.root = root, .journal = journal, .zone = &zone, .now = NOW
	};
	int r;

	snprintf(journal, sizeof(journal), "%s/journal", root);
	left_out[0] = '\0';
	r = source_detect(&where, &sources, &n, keep_left_out, NULL);

	if (r < 0) {
		assert_int_equal(r, -ENOENT);
		assert_string_equal("", want);
		clear();
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (sources[i].file)
			strcat(strcat(got, sources[i].file), " ");
		for (char **u = sources[i].journal; u && *u; u++)
			strcat(strcat(strcat(got, "["), *u), "] ");
	}
	assert_string_equal(got, want);
	source_detect_free(sources, n);
	clear();
}

static void test_logs(void **state)
{
	(void)state;
	chosen("");
	file("/var/log/mail.log", "x\n", DAY);
	chosen("/var/log/mail.log ");
	file("/var/log/maillog", "x\n", DAY);
	file("/var/log/mail.log", "x\n", DAY + 5000000);
	chosen("/var/log/maillog ");
	/* old, but there is nothing else */
	file("/var/log/mail.log", "x\n", 30 * DAY);
	chosen("/var/log/mail.log ");
	file("/var/log/mail.log/x", "x\n", 0); /* a directory */
	chosen("");
}

static void test_rotated(void **state)
{
	(void)state;
	/* rotated a moment ago, nothing written since */
	file("/lib/systemd/system/postfix.service", "x", 0);
	file("/var/log/mail.log", "", 0);
	file("/var/log/mail.log.1", "x\n", 1000000);
	chosen("/var/log/mail.log ");
	file("/lib/systemd/system/postfix.service", "x", 0);
	file("/var/log/maillog", "", 0);
	file("/var/log/maillog-20261115", "x\n", 1000000);
	chosen("/var/log/maillog ");
	/* logrotate's `extension`; the log is a link */
	file("/lib/systemd/system/postfix.service", "x", 0);
	file("/var/log/mail.log", "", 0);
	file("/var/log/mail-20261115.log", "x\n", 1000000);
	chosen("/var/log/mail.log ");
	file("/lib/systemd/system/postfix.service", "x", 0);
	file("/srv/mail.log", "", 0);
	file("/srv/mail-20261115.log", "x\n", 1000000);
	link_to("/var/log/mail.log", "../../srv/mail.log");
	chosen("/var/log/mail.log ");
	/* rsyslog is gone, logrotate is not */
	file("/lib/systemd/system/postfix.service", "x", 0);
	file("/var/log/mail.log", "", 0);
	file("/var/log/mail.log.1", "x\n", 100 * DAY);
	file("/var/log/mail.log.bak", "x\n", 0);
	chosen("[postfix.service] ");
}

static void test_units(void **state)
{
	(void)state;
	/* a stock Debian 12 with Postfix and Dovecot */
	file("/lib/systemd/system/postfix.service", "x", 0);
	file("/lib/systemd/system/postfix@.service", "x", 0);
	file("/lib/systemd/system/dovecot.service", "x", 0);
	link_to("/run/systemd/generator/postfix.service.wants/postfix@-.service",
		"/lib/systemd/system/postfix@.service");
	file("/var/log/mail.log", "x\n", 30 * DAY);
	chosen("[postfix.service] [postfix@-.service] [dovecot.service] ");
	/* two instances */
	file("/lib/systemd/system/postfix@.service", "x", 0);
	link_to("/run/systemd/generator/postfix.service.wants/postfix@-.service", "x");
	link_to("/run/systemd/generator/postfix.service.wants/postfix@postfix-in.service", "x");
	chosen("[postfix@-.service] [postfix@postfix-in.service] ");
	/* not yet generated; masked; masked by an empty file; a drop-in alone is no unit */
	file("/usr/lib/systemd/system/postfix@.service", "x", 0);
	file("/usr/lib/systemd/system/exim4.service", "x", 0);
	link_to("/etc/systemd/system/exim4.service", "/dev/null");
	file("/usr/lib/systemd/system/dovecot.service", "x", 0);
	file("/etc/systemd/system/dovecot.service", "", 0);
	file("/etc/systemd/system/sendmail.service.d/x.conf", "x", 0);
	chosen("[postfix@-.service] ");
}

static void test_own_logs(void **state)
{
	(void)state;
	file("/var/log/exim4/mainlog", "x\n", DAY);
	chosen("/var/log/exim4/mainlog ");
	file("/var/log/mail.log", "x\n", DAY);
	file("/var/log/exim4/mainlog", "x\n", DAY);
	file("/var/log/dovecot.log", "x\n", 3 * DAY);
	chosen("/var/log/mail.log /var/log/exim4/mainlog ");
}

#define REFUSED                                                                                    \
	"H=(x) [198.51.100.7] F=<a@b.example> rejected RCPT <u0@d.example>: Unrouteable address\n"
#define OWN(time, text) "2026-09-20 " time " " text
#define SYSLOG(time, text) "Sep 20 " time " mx exim[77]: " text

/* Exim's log_file_path = main : syslog. */
static void test_same_lines(void **state)
{
	(void)state;
	file("/var/log/exim4/mainlog", OWN("12:00:00", REFUSED), DAY);
	file("/var/log/mail.log", SYSLOG("12:00:00", REFUSED) "Sep 20 12:00:01 mx dovecot: x\n",
	     DAY);
	chosen("/var/log/mail.log ");
	assert_non_null(strstr(left_out, "/var/log/exim4/mainlog is left out: its lines stand in "
					 "/var/log/mail.log, too"));
	/* rotated a moment ago */
	file("/var/log/exim4/mainlog", "", 0);
	file("/var/log/exim4/mainlog.1", OWN("12:00:00", REFUSED), DAY);
	file("/var/log/mail.log", SYSLOG("12:00:00", REFUSED), DAY);
	chosen("/var/log/mail.log ");
	/* to syslog no more: what it wrote last is in its own file alone */
	file("/var/log/exim4/mainlog", OWN("12:00:00", REFUSED) OWN("12:09:00", REFUSED), DAY);
	file("/var/log/mail.log", SYSLOG("12:00:00", REFUSED), DAY);
	chosen("/var/log/mail.log /var/log/exim4/mainlog ");
	assert_string_equal(left_out, "");
	/* to its own file no more */
	file("/var/log/exim4/mainlog", OWN("12:00:00", REFUSED), DAY);
	file("/var/log/mail.log", SYSLOG("12:00:00", REFUSED) SYSLOG("12:09:00", REFUSED), DAY);
	chosen("/var/log/mail.log /var/log/exim4/mainlog ");
	/* one line of many, or such a line at another time, proves nothing */
	file("/var/log/exim4/mainlog",
	     OWN("12:00:00", "one\n") OWN("12:01:00", "two\n") OWN("12:02:00", REFUSED), DAY);
	file("/var/log/mail.log", SYSLOG("12:02:00", REFUSED), DAY);
	chosen("/var/log/mail.log /var/log/exim4/mainlog ");
	file("/var/log/exim4/mainlog", OWN("12:00:00", REFUSED), DAY);
	file("/var/log/mail.log", SYSLOG("12:00:03", REFUSED), DAY);
	chosen("/var/log/mail.log /var/log/exim4/mainlog ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logs),	   cmocka_unit_test(test_rotated),
		cmocka_unit_test(test_units),	   cmocka_unit_test(test_own_logs),
		cmocka_unit_test(test_same_lines),
	};
	int failed;

	assert_non_null(mkdtemp(root));
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	clear();
	rmdir(root);
	return failed;
}
