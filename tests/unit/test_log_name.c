/* SPDX-License-Identifier: MIT */
/* log_name: every form of a rotated log's name that is taken, and those that must not be. */
#include "unit.h"

#include "util/array.h"

#include "logline/log_name.c"

/* A new form goes here. The entry's stem is the log's name where `stem` is NULL. */
static const struct form {
	const char *log, *entry;
	enum log_name_kind kind;
	bool packed;
	const char *stem;
} forms[] = {
	/* logrotate */
	{ "/var/log/mail.log", "mail.log", LOG_NAME_LIVE, false, NULL },
	{ "/var/log/mail.log", "mail.log.1", LOG_NAME_NUMBER, false, NULL },
	{ "/var/log/mail.log", "mail.log.1.gz", LOG_NAME_NUMBER, true, NULL },
	{ "mail.log", "mail.log.10.bz2", LOG_NAME_NUMBER, true, NULL },
	{ "mail.log", "mail.log.0", LOG_NAME_NUMBER, false, NULL },
	{ "mail.log", "mail.log-1", LOG_NAME_NUMBER, false, NULL },
	{ "mail.log", "mail.log-20261120", LOG_NAME_DATE, false, NULL },
	{ "mail.log", "mail.log-20261120.gz", LOG_NAME_DATE, true, NULL },
	{ "mail.log", "mail.log.2026-11-20.zst", LOG_NAME_DATE, true, NULL },
	{ "mail.log", "mail.log-2026-11-20.xz", LOG_NAME_DATE, true, NULL },
	{ "mail.log", "mail.log-2026112014", LOG_NAME_DATE, false, NULL },
	{ "mail.log", "mail.log-20261120_09", LOG_NAME_DATE, false, NULL },
	{ "mail.log", "mail.log.20261120-093000", LOG_NAME_DATE, false, NULL },
	{ "mail.log", "mail.log-1700000000", LOG_NAME_DATE, false, NULL },
	{ "mail.log", "mail.log-20261120-1700000000", LOG_NAME_DATE, false, NULL },
	{ "maillog", "maillog-20261120", LOG_NAME_DATE, false, NULL },
	/* with its `extension .log` */
	{ "mail.log", "mail-20261120.log", LOG_NAME_DATE, false, NULL },
	{ "mail.log", "mail-20261120.log.gz", LOG_NAME_DATE, true, NULL },
	{ "mail.log", "mail.2026-11-20.log", LOG_NAME_DATE, false, NULL },
	{ "mail.log", "mail.1.log", LOG_NAME_NUMBER, false, "mail.1.log" },
	{ "mail.log", "mail.2.log.gz", LOG_NAME_NUMBER, true, "mail.2.log" },
	/* Exim's exicyclog, Debian's savelog, FreeBSD's newsyslog, a hand */
	{ "/var/log/exim4/mainlog", "mainlog.3.gz", LOG_NAME_NUMBER, true, NULL },
	{ "/var/log/exim/main.log", "main.log.01", LOG_NAME_NUMBER, false, NULL },
	{ "maillog", "maillog.0.bz2", LOG_NAME_NUMBER, true, NULL },
	{ "maillog", "maillog.20261120T093000.bz2", LOG_NAME_DATE, true, NULL },
	{ "mail.log", "mail.log.old", LOG_NAME_OLD, false, NULL },
	{ "mail.log", "mail.log.old.gz", LOG_NAME_OLD, true, NULL },
	{ "mail.log", "mail.log.gz", LOG_NAME_OLD, true, NULL },
	/* a log whose own name has a date, to which a link leads */
	{ "mail-20261121.log", "mail-20261121.log", LOG_NAME_LIVE, false, "mail.log" },
	{ "mail-20261121.log", "mail-20261120.log", LOG_NAME_DATE, false, "mail.log" },
	{ "mail.log.2026-11-21", "mail.log.2026-11-20.gz", LOG_NAME_DATE, true, "mail.log" },
	{ "mail-20261121.log", "mail.log", LOG_NAME_OLD, false, "mail.log" },
	{ "mail-20261121.log", "auth-20261120.log", LOG_NAME_OTHER, false, "auth.log" },
	/* other logs */
	{ "mail.log", "mail.info", LOG_NAME_OTHER, false, "mail.info" },
	{ "mail.log", "mail.info.1", LOG_NAME_OTHER, false, "mail.info" },
	{ "mail.log", "mail.logger", LOG_NAME_OTHER, false, "mail.logger" },
	{ "mail.log", "mail.log1", LOG_NAME_OTHER, false, "mail.log1" },
	{ "mail.log", "mail.log-relay", LOG_NAME_OTHER, false, "mail.log-relay" },
	{ "mail.log", "mail.log-relay.1", LOG_NAME_OTHER, false, "mail.log-relay" },
	{ "mail.log", "mail-relay.log", LOG_NAME_OTHER, false, "mail-relay.log" },
	{ "mail.log", "mail", LOG_NAME_OTHER, false, "mail" },
	{ "mail.log", "mail.1", LOG_NAME_OTHER, false, "mail" },
	{ "mail", "mail.log", LOG_NAME_OTHER, false, "mail.log" },
	{ "mail", "mail.log.1", LOG_NAME_OTHER, false, "mail.log" },
	{ "host.log", "host-1.log", LOG_NAME_OTHER, false, "host-1.log" },
	{ "host-1.log", "host-2.log", LOG_NAME_OTHER, false, "host-2.log" },
	{ "mx-1", "mx-2", LOG_NAME_OTHER, false, "mx" },
	{ "192.0.2.1", "192.0.2.2", LOG_NAME_OTHER, false, "192.0.2" },
	{ "mx1", "mx1.1", LOG_NAME_NUMBER, false, NULL },
	/* half-made files, backups, editors' files */
	{ "mail.log", "mail.log.1.gz.tmp", LOG_NAME_OTHER, false, "mail.log.1.gz.tmp" },
	{ "mail.log", "mail.log.bak~", LOG_NAME_OTHER, false, "mail.log.bak~" },
	{ "mail.log", "mail.log~", LOG_NAME_OTHER, false, "mail.log~" },
	{ "mail.log", "mail.log.1~", LOG_NAME_OTHER, false, "mail.log.1~" },
	{ "mail.log", "mail.log.bak", LOG_NAME_OTHER, false, "mail.log.bak" },
	{ "mail.log", "mail.log.save", LOG_NAME_OTHER, false, "mail.log.save" },
	{ "mail.log", "mail.log.1.save", LOG_NAME_OTHER, false, "mail.log.1.save" },
	{ "mail.log", ".mail.log.swp", LOG_NAME_OTHER, false, ".mail.log.swp" },
	{ "mail.log", "#mail.log#", LOG_NAME_OTHER, false, "#mail.log#" },
	{ "mail.log", "mail.log.1.1", LOG_NAME_OTHER, false, "mail.log.1" },
	{ "mail.log", "mail.log.-1", LOG_NAME_OTHER, false, "mail.log." },
	{ "mail.log", "mail.log-2026-11-", LOG_NAME_OTHER, false, "mail.log-2026-11-" },
	{ "mail.log", "mail.log.", LOG_NAME_OTHER, false, "mail.log." },
	{ "mail.log", "mail.", LOG_NAME_OTHER, false, "mail." },
	/* next to no name */
	{ "mail.log", "", LOG_NAME_OTHER, false, "" },
	{ "mail.log", ".gz", LOG_NAME_OTHER, false, ".gz" },
	{ "mail.log", ".1", LOG_NAME_OTHER, false, ".1" },
	{ "mail.log", "-", LOG_NAME_OTHER, false, "-" },
	{ "mail.log", "20261101", LOG_NAME_OTHER, false, "20261101" },
	{ "mail.log", "1-2.log", LOG_NAME_OTHER, false, "1-2.log" },
	{ ".log", "20261120.log", LOG_NAME_OTHER, false, "20261120.log" },
};

static void test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const struct form *form = &forms[i];
		struct log_name got = log_name_of(form->log, form->entry);
		char stem[LOG_NAME_TEXT];

		if (got.kind != form->kind || (got.kind && got.packed != form->packed))
			fail_msg("%s of %s: kind %d, packed %d", form->entry, form->log, got.kind,
				 got.packed);
		log_name_stem(form->entry, stem);
		assert_string_equal(stem, form->stem ? form->stem : last_part(form->log));
	}
}

static void test_stem_of_path(void **state)
{
	char stem[LOG_NAME_TEXT], name[400];

	(void)state;
	log_name_stem("/var/log/mail.log.1", stem);
	assert_string_equal(stem, "mail.log");
	memset(name, '1', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	log_name_stem(name, stem);
	assert_int_equal(strlen(stem), LOG_NAME_TEXT - 1);
	assert_int_equal(log_name_of(name, name).kind, LOG_NAME_LIVE);
	assert_int_equal(log_name_of(name, "1").kind, LOG_NAME_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_stem_of_path),
	};

	return cmocka_run_group_tests_name("log_name", tests, NULL, NULL);
}
