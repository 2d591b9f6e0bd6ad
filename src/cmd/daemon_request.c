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

int daemon_request_check_addr(int argc, char **argv, int min, int max)
{
	char text[PREFIX_TEXT];
	struct prefix prefix;
	int r;

	if (argc - optind < min) {
		cmd_message("%s needs an address or a prefix, for example 192.0.2.7", argv[0]);
		return -1;
	}
	if (argc - optind > max) {
		cmd_message("%s takes only one address: remove \"%s\"", argv[0],
			    argv[optind + max]);
		return -1;
	}
	if (optind == argc)
		return 0;
	r = prefix_parse(argv[optind], strlen(argv[optind]), &prefix);
	if (r == PREFIX_HOST_BITS)
		cmd_message("\"%s\" is not a prefix: did you mean %s?", argv[optind],
			    prefix_format(&prefix, text));
	else if (r != PREFIX_OK)
		cmd_message("\"%s\" is not an IP address or prefix, for example 192.0.2.7",
			    argv[optind]);
	return r == PREFIX_OK ? 0 : -1;
}

/*
 * Reads only runtime_dir. Errors in the default file are ignored: `status` and `unban` must work
 * while somebody is editing it. A file given with -c must be readable.
 */
int daemon_request_socket(const struct daemon_request *request, char **out)
{
	const char *path = request->config ? request->config : CMD_CONFIG;
	const char *dir = NULL;
	config_t file;
	int code = EXIT_DONE;

	config_init(&file);
	if (config_read_file(&file, path) == CONFIG_TRUE) {
		config_lookup_string(&file, "runtime_dir", &dir);
	} else if (request->config) {
		if (config_error_type(&file) == CONFIG_ERR_PARSE)
			cmd_message("%s:%d: %s", path, config_error_line(&file),
				    config_error_text(&file));
		else
			cmd_message("%s: cannot be read: check the name and the permissions", path);
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

static void on_object(void *context, const json_t *object)
{
	const struct daemon_request *request = context;

	if (request->json) {
		json_dumpf(object, stdout, JSON_COMPACT);
		putchar('\n');
	} else if (request->each && !json_object_get(object, "ok")) {
		request->each(request->context, object);
	}
}

static void print_error(const json_t *text)
{
	fputs("relaydam: ", stderr);
	escape_print(stderr, (struct span){ json_string_value(text), json_string_length(text) });
	putc('\n', stderr);
}

/* "error" is one line; errors of a configuration are in "errors", too. Returns the exit code. */
static int print_refusal(const json_t *answer)
{
	const json_t *error = json_object_get(answer, "error");
	const json_t *errors = json_object_get(answer, "errors");
	json_int_t code = json_integer_value(json_object_get(answer, "exit"));
	const json_t *text;
	size_t i;

	fflush(stdout);
	json_array_foreach(errors, i, text) if (json_is_string(text)) print_error(text);
	if (json_is_string(error))
		print_error(error);
	else
		cmd_message("the daemon refused the request and gave no reason");
	return code >= EXIT_NO && code <= EXIT_ENVIRONMENT ? (int)code : EXIT_ENVIRONMENT;
}

int daemon_request_send(const struct daemon_request *request, json_t *body, json_t **answer)
{
	char error[CONTROL_ERROR];
	char *path = NULL;
	int r = EXIT_USAGE;

	if (body)
		r = daemon_request_socket(request, &path);
	else
		cmd_message("an argument is not valid UTF-8, or memory is exhausted");
	if (r == EXIT_DONE &&
	    control_call(path, body, on_object, (void *)request, answer, error) < 0) {
		fflush(stdout);
		cmd_message("%s", error);
		r = EXIT_ENVIRONMENT;
	} else if (r == EXIT_DONE && !json_is_true(json_object_get(*answer, "ok"))) {
		r = print_refusal(*answer);
		json_decref(*answer);
	}
	json_decref(body);
	free(path);
	return r;
}
