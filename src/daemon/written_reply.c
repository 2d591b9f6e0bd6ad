/* SPDX-License-Identifier: MIT */
#include "written_reply.h"

#include <stdlib.h>

#include "control/control_server.h"
#include "daemon_state.h"
#include "ledger_wait.h"
#include "util/exit_code.h"

struct written_reply {
	struct ledger_wait wait;
	struct control_reply *reply;
	json_t *answer;
};

static void finish_reply(struct control_reply *reply, json_t *answer)
{
	control_reply_add(reply, answer);
	control_reply_end(reply);
}

static void refuse(struct control_reply *reply, json_t *answer, const char *why)
{
	json_decref(answer);
	control_reply_refuse(reply, EXIT_ENVIRONMENT, why);
}

static void finish(struct ledger_wait *wait, struct daemon *daemon,
		   enum ledger_wait_outcome outcome)
{
	struct written_reply *self = (struct written_reply *)(void *)wait;

	(void)daemon;
	if (outcome == LEDGER_WAIT_WRITTEN)
		finish_reply(self->reply, self->answer);
	else if (outcome == LEDGER_WAIT_FAILING)
		refuse(self->reply, self->answer,
		       "done, but the ledger cannot be written: a restart may undo it (relaydam "
		       "status)");
	else
		refuse(self->reply, self->answer,
		       "the daemon ends; it may not be on the disk: ask again");
	free(self);
}

void written_reply_send(struct daemon *daemon, struct control_reply *reply, json_t *answer)
{
	struct written_reply *self = daemon->ledger ? calloc(1, sizeof(*self)) : NULL;

	if (!self) {
		finish_reply(reply, answer);
		return;
	}
	*self = (struct written_reply){ .wait.done = finish, .reply = reply, .answer = answer };
	if (!ledger_wait_start(daemon, &self->wait))
		finish(&self->wait, daemon, LEDGER_WAIT_FAILING);
}
