/* SPDX-License-Identifier: MIT */
#include "daemon_request.h"

#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "control/control_client.h"
#include "util/addr.h"
#include "util/escape.h"

int daemon_request_check_addr(int argc, char **argv, int least, int most)
{
	struct prefix prefix;

	if (argc - optind < least) {
		cmd_complain("%s wants an address", argv[0]);
		return -1;
	}
	if (argc - optind > most) {
		cmd_complain("%s takes one address at a time: \"%s\" is too many", argv[0],
			     argv[optind + most]);
		return -1;
	}
	if (optind < argc &&
	    prefix_parse(argv[optind], strlen(argv[optind]), &prefix) != PREFIX_OK) {
		cmd_complain("\"%s\" is no address, nor a prefix without host bits", argv[optind]);
		return -1;
	}
	return 0;
}

/*
 * Only runtime_dir is read, and the usual file may even be broken: at three in the morning `status` and
 * `unban` must work while somebody is editing it. What was named by -c must be readable.
 */
int daemon_request_socket(const struct daemon_request *ask, char **out)
{
	const char *path = ask->config ? ask->config : CMD_CONFIG;
	const char *dir = NULL;
	config_t file;
	int code = EXIT_DONE;

	config_init(&file);
	if (config_read_file(&file, path) == CONFIG_TRUE) {
		config_lookup_string(&file, "runtime_dir", &dir);
	} else if (ask->config) {
		if (config_error_type(&file) == CONFIG_ERR_PARSE)
			cmd_complain("%s:%d: %s", path, config_error_line(&file),
				     config_error_text(&file));
		else
			cmd_complain("%s: cannot be read: is the name right?", path);
		code = EXIT_CONFIG;
	}
	if (code == EXIT_DONE) {
		*out = control_path(dir && *dir ? dir : NULL);
		if (!*out)
			code = EXIT_ENVIRONMENT;
	}
	config_destroy(&file);
	return code;
}

static void each(void *context, const json_t *object)
{
	const struct daemon_request *ask = context;

	if (ask->json) {
		json_dumpf(object, stdout, JSON_COMPACT);
		putchar('\n');
	} else if (ask->each && !json_object_get(object, "ok")) {
		ask->each(ask->context, object);
	}
}

static void complain(const json_t *text)
{
	fputs("relaydam: ", stderr);
	escape_print(stderr, (struct span){ json_string_value(text), json_string_length(text) });
	putc('\n', stderr);
}

/* "error" is the one line; a configuration may have more, in "errors". */
static int refused(const json_t *answer)
{
	const json_t *error = json_object_get(answer, "error");
	const json_t *more = json_object_get(answer, "errors");
	json_int_t code = json_integer_value(json_object_get(answer, "exit"));
	const json_t *text;
	size_t i;

	fflush(stdout);
	json_array_foreach(more, i, text) if (json_is_string(text)) complain(text);
	if (json_is_string(error))
		complain(error);
	else
		cmd_complain("relaydam refused, and did not say why");
	return code >= EXIT_NO && code <= EXIT_ENVIRONMENT ? (int)code : EXIT_ENVIRONMENT;
}

int daemon_request_send(const struct daemon_request *ask, json_t *request, json_t **answer)
{
	char error[CONTROL_ERROR];
	char *path = NULL;
	int r = EXIT_USAGE;

	if (request)
		r = daemon_request_socket(ask, &path);
	else
		cmd_complain("an argument is no UTF-8 text, or there is no memory");
	if (r == EXIT_DONE && control_call(path, request, each, (void *)ask, answer, error) < 0) {
		fflush(stdout);
		cmd_complain("%s", error);
		r = EXIT_ENVIRONMENT;
	} else if (r == EXIT_DONE && !json_is_true(json_object_get(*answer, "ok"))) {
		r = refused(*answer);
		json_decref(*answer);
	}
	json_decref(request);
	free(path);
	return r;
}
