/* SPDX-License-Identifier: MIT */
#include "journal_entry.h"

#include <systemd/sd-messages.h>

#include "logline/dropped.h"
#include "util/cursor.h"
#include "util/units.h"

#define RAW "SYSLOG_RAW="

static const char *const names[JOURNAL_ENTRY_FIELDS] = {
	[JOURNAL_ENTRY_MESSAGE] = "MESSAGE=",
	[JOURNAL_ENTRY_MESSAGE_ID] = "MESSAGE_ID=",
	[JOURNAL_ENTRY_IDENTIFIER] = "SYSLOG_IDENTIFIER=",
	[JOURNAL_ENTRY_COMM] = "_COMM=",
	[JOURNAL_ENTRY_HOST] = "_HOSTNAME=",
	[JOURNAL_ENTRY_PID] = "_PID=",
	[JOURNAL_ENTRY_UID] = "_UID=",
	[JOURNAL_ENTRY_UNIT] = "_SYSTEMD_UNIT=",
	[JOURNAL_ENTRY_TRANSPORT] = "_TRANSPORT=",
	[JOURNAL_ENTRY_SOURCE_TIME] = "_SOURCE_REALTIME_TIMESTAMP=",
};

static void keep(struct journal_entry *entry, enum journal_entry_field f, struct span value)
{
	char *to = f == JOURNAL_ENTRY_MESSAGE ? entry->message : entry->text[f];

	if (f == JOURNAL_ENTRY_MESSAGE && value.n > sizeof(entry->message)) {
		value.n = sizeof(entry->message);
		entry->cut = true;
	}
	if (f != JOURNAL_ENTRY_MESSAGE && value.n > JOURNAL_ENTRY_SHORT)
		return;
	if (value.n > 0)
		memcpy(to, value.p, value.n);
	entry->field[f] = (struct span){ to, value.n };
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* SYSLOG_RAW is what journald received, kept if the message differs. The message ends at a NUL; line ends are not part of it. */
static size_t blanks_at_end(struct span raw)
{
	const char *nul = raw.n > 0 ? memchr(raw.p, '\0', raw.n) : NULL;
	size_t n = nul ? (size_t)(nul - raw.p) : raw.n, end;

	while (n > 0 && is_line_end(raw.p[n - 1]))
		n--;
	end = n;
	while (n > 0 && (raw.p[n - 1] == ' ' || raw.p[n - 1] == '\t' || is_line_end(raw.p[n - 1])))
		n--;
	return end - n;
}

static void put_blanks_back(struct journal_entry *entry)
{
	struct span *message = &entry->field[JOURNAL_ENTRY_MESSAGE];
	size_t room = sizeof(entry->message) - message->n;

	if (!message->p || entry->blanks == 0)
		return;
	if (entry->blanks > room) {
		entry->blanks = room;
		entry->cut = true;
	}
	memset(entry->message + message->n, ' ', entry->blanks);
	message->n += entry->blanks;
}

static void keep_known(struct journal_entry *entry, struct span data)
{
	if (span_begins(data, RAW)) {
		entry->blanks = blanks_at_end(span_skip(data, strlen(RAW)));
		return;
	}
	for (enum journal_entry_field f = 0; f < JOURNAL_ENTRY_FIELDS; f++) {
		if (entry->field[f].p || !span_begins(data, names[f]))
			continue;
		keep(entry, f, span_skip(data, strlen(names[f])));
		return;
	}
}

int journal_entry_read(sd_journal *journal, struct journal_entry *out)
{
	const void *data;
	uint64_t time;
	size_t n;
	int r = sd_journal_get_realtime_usec(journal, &time);

	if (r < 0)
		return r;
	memset(out->field, 0, sizeof(out->field));
	out->cut = false;
	out->blanks = 0;
	out->time = (int64_t)time;
	sd_journal_restart_data(journal);
	while ((r = sd_journal_enumerate_available_data(journal, &data, &n)) > 0)
		keep_known(out, (struct span){ data, n });
	put_blanks_back(out);
	return r;
}

/* The whole field is a number below 2^63, or false. */
static bool whole_number(struct span text, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (!is_digit(text.p[i]))
			return false;
		*out = *out * 10 + (uint64_t)(text.p[i] - '0');
	}
	return text.n > 0 && text.n <= 18;
}

/* The same bounds as journald's own: uid_for_system_journal() of systemd's uid-classification. */
bool journal_entry_is_of_person(const struct journal_entry *entry)
{
	uint64_t uid;

	if (!entry->field[JOURNAL_ENTRY_UID].p)
		return false;
	if (!whole_number(entry->field[JOURNAL_ENTRY_UID], &uid))
		return true;
	return (uid >= 1000 && uid <= 60000) || uid > 65535;
}

/* "driver" is journald itself: it accepts this field from nobody else. */
uint64_t journal_entry_suppressed(const struct journal_entry *entry, struct span *unit)
{
	if (!span_equal(entry->field[JOURNAL_ENTRY_TRANSPORT], span_of("driver")) ||
	    !span_equal(entry->field[JOURNAL_ENTRY_MESSAGE_ID],
			span_of(SD_MESSAGE_JOURNAL_DROPPED_STR)))
		return 0;
	return dropped_suppressed(entry->field[JOURNAL_ENTRY_MESSAGE], unit);
}

/* When it was sent, as the kernel recorded it; if that is implausible, when it was received. */
static int64_t sent(const struct journal_entry *entry)
{
	const int64_t hour = UNITS_HOUR;
	uint64_t time;

	if (!whole_number(entry->field[JOURNAL_ENTRY_SOURCE_TIME], &time) ||
	    (int64_t)time > entry->time || (int64_t)time < entry->time - hour)
		return entry->time;
	return (int64_t)time;
}

void journal_entry_record(const struct journal_entry *entry, struct record *out)
{
	struct span program = entry->field[JOURNAL_ENTRY_IDENTIFIER];
	struct span message = entry->field[JOURNAL_ENTRY_MESSAGE];
	uint64_t pid;

	if (program.n == 0)
		program = entry->field[JOURNAL_ENTRY_COMM];
	if (!whole_number(entry->field[JOURNAL_ENTRY_PID], &pid) || pid > UINT32_MAX)
		pid = 0;
	while (message.n > 0 && is_line_end(message.p[message.n - 1]))
		message.n--;
	record_fields(entry->field[JOURNAL_ENTRY_HOST], program, (uint32_t)pid, sent(entry),
		      message, out);
}
