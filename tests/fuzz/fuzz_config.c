/* SPDX-License-Identifier: MIT */
/* Any bytes as relaydam.conf, and as a filter: a problem with a line, or a configuration; never worse. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

static char dir[64];

static void write_file(const char *name, const void *bytes, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f)
		exit(1);
	fwrite(bytes, 1, n, f);
	fclose(f);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char filters[80];

	(void)argc;
	(void)argv;
	snprintf(dir, sizeof(dir), "/dev/shm/relaydam.config.%d", (int)getpid());
	snprintf(filters, sizeof(filters), "%s/filters", dir);
	if (mkdir(dir, 0700) < 0 || mkdir(filters, 0700) < 0)
		exit(1);
	return 0;
}

static void load(const char *name)
{
	struct diagnostics *problems;
	struct config *config;
	char path[128];
	int r;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (diagnostics_new(&problems) < 0)
		return;
	r = config_load(&config, path, problems);
	if ((r == 0) != (diagnostics_errors(problems) == 0))
		abort();
	if (r == 0)
		config_free(config);
	diagnostics_free(problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char wrap[] = "filters = [ \"f\" ];";

	/* libconfig would read whatever file it names */
	if (memmem(data, size, "@include", 8))
		return 0;
	write_file("relaydam.conf", data, size);
	load("relaydam.conf");
	write_file("wrap.conf", wrap, sizeof(wrap) - 1);
	write_file("filters/f.conf", data, size);
	load("wrap.conf");
	return 0;
}
