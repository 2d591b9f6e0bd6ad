/* SPDX-License-Identifier: MIT */
/*
 * tail: reads "line 1" to "line N" of a unit from the journal as it comes, and tells whether each came once, and in
 * order. usage: tail UNIT N SECONDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "source/journal.h"

static unsigned long lines, disorder, other;

static void on_entry(void *context, const struct record *record, bool fill)
{
	char text[32];
	unsigned long number;

	(void)context;
	(void)fill;
	snprintf(text, sizeof(text), "%.*s", (int)record->message.n, record->message.p);
	if (sscanf(text, "line %lu", &number) != 1)
		other++;
	else if (number == lines + 1)
		lines++;
	else
		disorder++;
}

static void on_note(void *context, int priority, const char *text)
{
	(void)context;
	fprintf(stderr, "<%d>%s\n", priority, text);
}

int main(int argc, char **argv)
{
	const char *units[] = { argc == 4 ? argv[1] : NULL, NULL };
	struct journal_options options = { .units = units,
					   .events = { NULL, on_entry, NULL, on_note } };
	struct journal *journal;
	struct journal_counts counts;
	unsigned long want;
	time_t end;

	if (argc != 4 || sd_event_new(&options.event) < 0 || journal_new(&journal, &options) < 0)
		return 2;
	puts("ready");
	fflush(stdout);
	want = strtoul(argv[2], NULL, 10);
	end = time(NULL) + atoi(argv[3]);
	while (time(NULL) < end && lines + disorder < want)
		sd_event_run(options.event, 200000);
	counts = journal_counts(journal);
	printf("%s: %lu lines in order, %lu not, %lu others, %lu files came or went\n", argv[1],
	       lines, disorder, other, (unsigned long)counts.rotated);
	journal_free(journal);
	sd_event_unref(options.event);
	return lines == want && disorder + other == 0 && counts.broken == 0 ? 0 : 1;
}
