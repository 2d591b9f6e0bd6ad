/* SPDX-License-Identifier: MIT */
/* Recording: copies records into the queue. */
#include "ledger/ledger.h"

#include <errno.h>

#include "ledger_state.h"

static bool mark_is_sound(const struct ledger *ledger, const struct ledger_mark *mark)
{
	return mark->source >= -1 && mark->source < ledger->writer->sources_n &&
	       mark->place.cursor.n <= LEDGER_CURSOR;
}

/* Returns 0 or -EINVAL. */
static int take_ban(const struct ledger *ledger, const struct ledger_ban *ban,
		    struct ledger_record *record)
{
	return mark_is_sound(ledger, &ban->at) ? ledger_record_ban(record, ban) : -EINVAL;
}

/*
 * The queue is full. Call with the lock held. Counts the loss and holds positions back. An
 * operator's command is refused instead: it can be repeated, so nothing is lost.
 */
static int lose(struct ledger_writer *writer, bool by_command)
{
	if (by_command)
		return LEDGER_FULL;
	writer->counts.lost++;
	ledger_writer_hold(writer);
	return LEDGER_LOST;
}

int ledger_ban(struct ledger *ledger, const struct ledger_ban *ban, struct span line,
	       const struct ledger_hit *hits, size_t hits_n)
{
	struct ledger_writer *writer = ledger->writer;
	struct ledger_record record = { .kind = RECORD_BAN };
	size_t size = writer->front.size;
	int r = take_ban(ledger, ban, &record);

	if (r < 0)
		return r;
	ledger_record_lines(&record, line, hits, hits_n);
	pthread_mutex_lock(&writer->lock);
	if (ledger_queue_put(&writer->front, &record, size / 2) < 0) {
		ledger_record_slim(&record);
		if (ledger_queue_put(&writer->front, &record, size / 8 * 7) < 0)
			r = lose(writer, ban->uid >= 0);
		else
			writer->counts.slimmed++;
	}
	pthread_mutex_unlock(&writer->lock);
	return r;
}

int ledger_unban(struct ledger *ledger, const struct ledger_ban *ban, const struct ledger_end *end)
{
	struct ledger_writer *writer = ledger->writer;
	struct ledger_record record = { .kind = RECORD_UNBAN };
	size_t size = writer->front.size;
	bool by_command = end->how == LEDGER_BY_COMMAND;
	int r = take_ban(ledger, ban, &record);

	if (r < 0 || end->how == LEDGER_IN_FORCE || !mark_is_sound(ledger, &end->at))
		return -EINVAL;
	record.ban.end = *end;
	if (end->at.source < 0)
		record.ban.end.at.place = (struct ledger_place){ 0 };
	pthread_mutex_lock(&writer->lock);
	if (ledger_queue_put(&writer->front, &record, by_command ? size : size / 8 * 7) < 0)
		r = lose(writer, by_command);
	writer->counts.missed += r == LEDGER_LOST && end->time < ban->until;
	pthread_mutex_unlock(&writer->lock);
	return r;
}

/* Returns 0, or LEDGER_FULL when half of the queue is in use: the rest is reserved for bans. */
static int enqueue(struct ledger *ledger, const struct ledger_record *record)
{
	struct ledger_writer *writer = ledger->writer;
	int r = 0;

	pthread_mutex_lock(&writer->lock);
	if (ledger_queue_put(&writer->front, record, writer->front.size / 2) < 0)
		r = LEDGER_FULL;
	pthread_mutex_unlock(&writer->lock);
	return r;
}

int ledger_spare(struct ledger *ledger, const struct spare_client *client, int64_t until)
{
	struct ledger_record record = {
		.kind = RECORD_SPARE,
		.ban = { .prefix = client->prefix,
			 .since = client->n ? client->times[client->n - 1] : 0,
			 .until = until,
			 .mails = client->mails < UINT32_MAX ? (uint32_t)client->mails : UINT32_MAX,
			 .at = { .source = -1 } },
		.line = { (const char *)client->times, client->n * sizeof(client->times[0]) },
	};

	return enqueue(ledger, &record);
}

int ledger_fuse(struct ledger *ledger, struct span rule, const struct fuse_state *state)
{
	struct ledger_record record = {
		.kind = RECORD_FUSE,
		.ban = { .rule = rule,
			 .since = state->since,
			 .would = (enum ledger_would)state->why,
			 .hits = state->bans,
			 .mails = state->spared,
			 .at = { .source = -1 } },
	};

	return rule.n == 0 || rule.n > LEDGER_NAME ? -EINVAL : enqueue(ledger, &record);
}

int ledger_place(struct ledger *ledger, int64_t time, const struct ledger_mark *mark)
{
	struct ledger_writer *writer = ledger->writer;
	int r = LEDGER_HELD;

	if (mark->source < 0 || !mark_is_sound(ledger, mark))
		return -EINVAL;
	pthread_mutex_lock(&writer->lock);
	if (writer->hold == HOLD_NOT) {
		ledger_position_set(&writer->open[mark->source], time, &mark->place);
		r = 0;
	}
	pthread_mutex_unlock(&writer->lock);
	return r;
}

int ledger_checkpoint(struct ledger *ledger, int64_t time, const struct ledger_mark *mark)
{
	struct ledger_writer *writer = ledger->writer;
	struct ledger_record record = { .kind = RECORD_CHECKPOINT,
					.ban = { .since = time, .at = *mark } };
	int r = LEDGER_HELD;

	if (mark->source < 0 || !mark_is_sound(ledger, mark))
		return -EINVAL;
	pthread_mutex_lock(&writer->lock);
	if (writer->hold == HOLD_NOT &&
	    ledger_queue_put(&writer->front, &record, writer->front.size / 2) == 0)
		r = 0;
	pthread_mutex_unlock(&writer->lock);
	return r;
}

int ledger_offer(struct ledger *ledger, const struct ledger_ban *ban)
{
	struct ledger_record record = { .kind = RECORD_BAN };
	int r = take_ban(ledger, ban, &record);

	return r < 0 ? r : enqueue(ledger, &record);
}
