/* SPDX-License-Identifier: MIT */
/* Reading: what is on disk, through the reader's own connection. */
#include "ledger/ledger.h"

#include "ledger_state.h"

/* Makes the reader open the file again if the writer did; not while a query runs. */
static struct ledger_reader *reader_of(struct ledger *ledger)
{
	struct ledger_writer *writer = ledger->writer;
	uint64_t files;

	pthread_mutex_lock(&writer->lock);
	files = writer->files;
	pthread_mutex_unlock(&writer->lock);
	if (files != ledger->files && ledger->reader.depth == 0) {
		ledger_read_close(&ledger->reader);
		ledger->files = files;
	}
	return &ledger->reader;
}

static int asked(struct ledger *ledger, int r)
{
	struct ledger_writer *writer = ledger->writer;

	if (!ledger->reader.damaged || ledger->reader.depth > 0)
		return r;
	ledger->reader.damaged = false;
	ledger_read_close(&ledger->reader);
	pthread_mutex_lock(&writer->lock);
	writer->damaged = true;
	ledger_writer_hurry(writer);
	pthread_mutex_unlock(&writer->lock);
	return r;
}

int ledger_load(struct ledger *ledger, int64_t time, ledger_ban_fn *fn, void *context)
{
	return asked(ledger, ledger_read_bans(reader_of(ledger), time, fn, context));
}

int ledger_load_open(struct ledger *ledger, ledger_ban_fn *fn, void *context)
{
	return asked(ledger, ledger_read_open(reader_of(ledger), fn, context));
}

int ledger_find_place(struct ledger *ledger, int source, int64_t *time, struct ledger_place *found,
		      char cursor[static LEDGER_CURSOR])
{
	return asked(ledger, ledger_read_place(reader_of(ledger), READ_POSITION, source, time,
					       found, cursor));
}

int ledger_find_checkpoint(struct ledger *ledger, int source, int64_t *time,
			   struct ledger_place *found, char cursor[static LEDGER_CURSOR])
{
	return asked(ledger, ledger_read_place(reader_of(ledger), READ_CHECKPOINT, source, time,
					       found, cursor));
}

int ledger_history(struct ledger *ledger, const struct prefix *prefix, uint32_t most,
		   ledger_ban_fn *fn, void *context)
{
	return asked(ledger, ledger_read_history(reader_of(ledger), prefix, most, fn, context));
}

int ledger_lines(struct ledger *ledger, int64_t id, ledger_line_fn *fn, void *context)
{
	return asked(ledger, ledger_read_lines(reader_of(ledger), id, fn, context));
}

int ledger_load_spare(struct ledger *ledger, ledger_spare_fn *fn, void *context)
{
	return asked(ledger, ledger_read_spare(reader_of(ledger), fn, context));
}

int ledger_load_fuse(struct ledger *ledger, ledger_fuse_fn *fn, void *context)
{
	return asked(ledger, ledger_read_fuse(reader_of(ledger), fn, context));
}

int ledger_sums(struct ledger *ledger, int64_t since, struct ledger_sum out[static LEDGER_WOULDS])
{
	return asked(ledger, ledger_read_sums(reader_of(ledger), since, out));
}
