/* SPDX-License-Identifier: MIT */
/* Any JSON as the daemon's answer, shown to a person: whoever answers on the socket, nothing but text comes out. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/print.h"

static FILE *shown;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	shown = tmpfile();
	return shown && dup2(fileno(shown), STDOUT_FILENO) == STDOUT_FILENO ? 0 : 1;
}

static void look(void)
{
	static char text[1 << 20];
	ssize_t n;

	fflush(stdout);
	n = pread(STDOUT_FILENO, text, sizeof(text), 0);
	for (ssize_t i = 0; i < n; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\n') || text[i] == 0x7f)
			abort();
	if (ftruncate(STDOUT_FILENO, 0) < 0 || lseek(STDOUT_FILENO, 0, SEEK_SET) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *answer = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
	struct printer show;

	if (!json_is_object(answer)) {
		json_decref(answer);
		return 0;
	}
	print_init(&show, answer);
	show.colour = false;
	print_status(&show, answer);
	print_addr(&show, answer);
	look();
	json_decref(answer);
	return 0;
}
