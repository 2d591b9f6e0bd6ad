/* SPDX-License-Identifier: MIT */
/*
 * usage: serve DIRECTORY SOCKET
 * A daemon that knows nothing: answers a request by the lines of DIRECTORY/COMMAND.json, or of COMMAND-ADDR.json where
 * it names an address ('/' as '_'). Says "ready" on standard output. SIGTERM ends it.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "control/control_server.h"

static void note(void *context, int priority, const char *text)
{
	(void)context;
	fprintf(stderr, "serve: <%d> %s\n", priority, text);
}

static FILE *open_answer(const char *dir, const json_t *request)
{
	const char *command = json_string_value(json_object_get(request, "command"));
	const char *addr = json_string_value(json_object_get(request, "addr"));
	char path[PATH_MAX];
	size_t n = strlen(dir) + 1;

	snprintf(path, sizeof(path), "%s/%s%s%s.json", dir, command, addr ? "-" : "",
		 addr ? addr : "");
	for (char *p = path + n; *p; p++)
		if (*p == '/')
			*p = '_';
	return fopen(path, "re");
}

static void handle(void *context, const json_t *request, const struct ucred *peer,
		   struct control_reply *reply)
{
	FILE *file = open_answer(context, request);
	char *line = NULL;
	size_t size = 0;

	(void)peer;
	if (!file) {
		control_reply_refuse(reply, 1, "there is no such answer");
		return;
	}
	while (getline(&line, &size, file) > 0)
		control_reply_add(reply, json_loads(line, 0, NULL));
	control_reply_end(reply);
	free(line);
	fclose(file);
}

int main(int argc, char **argv)
{
	struct control_handler handler = { .handle = handle, .note = note };
	struct control *control = NULL;
	sd_event *event = NULL;
	sigset_t stop;
	int r;

	if (argc != 3)
		return 2;
	handler.context = argv[1];
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	r = sd_event_new(&event);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = control_new(&control, event, argv[2], &handler);
	if (r >= 0) {
		puts("ready");
		fflush(stdout);
		r = sd_event_loop(event);
	}
	control_free(control);
	sd_event_unref(event);
	return r < 0;
}
