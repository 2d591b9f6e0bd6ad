/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "enforce/firewall.h"
#include "net/libnftables.h"
#include "util/array.h"

enum { LINE = 512 };

/* nft has hooks where iptables has chains. */
static const struct hook {
	const char *name;
	const char *chains[3];
} hooks[] = {
	{ "input", { "INPUT" } },
	{ "forward", { "FORWARD", "DOCKER-USER" } },
};

static bool at_hook(const struct blocker_conf *blocker, const struct hook *hook)
{
	if (blocker->type != BLOCKER_NFT)
		return false;
	if (!blocker->chains || !blocker->chains[0])
		return hook == &hooks[0];
	for (char **chain = blocker->chains; *chain; chain++)
		for (const char *const *name = hook->chains; *name; name++)
			if (strcmp(*chain, *name) == 0)
				return true;
	return false;
}

static int by_number(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* As nft prints them: sorted, and in braces if there are several. */
static void put_ports(FILE *out, const struct blocker_conf *blocker)
{
	uint16_t ports[CONFIG_PORTS];
	size_t n = 0;

	memcpy(ports, blocker->ports, sizeof(ports));
	qsort(ports, blocker->ports_n, sizeof(ports[0]), by_number);
	for (size_t i = 0; i < blocker->ports_n; i++)
		if (n == 0 || ports[i] != ports[n - 1])
			ports[n++] = ports[i];
	fputs(n > 1 ? "tcp dport { " : "tcp dport ", out);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s%u", i > 0 ? ", " : "", ports[i]);
	fputs(n > 1 ? " }" : "", out);
}

static void put_set(FILE *out, const char *name, const char *type, bool single)
{
	fprintf(out, "\tset %s {\n\t\ttype %s\n\t\tflags %stimeout\n\t}\n\n", name, type,
		single ? "" : "interval,");
}

static void put_chain(FILE *out, const struct config *config, const struct hook *hook)
{
	size_t n = 0;

	for (size_t i = 0; i < config->blockers_n; i++) {
		const struct blocker_conf *blocker = &config->blockers[i];

		if (!at_hook(blocker, hook))
			continue;
		if (n++ == 0)
			fprintf(out,
				"\tchain %s {\n\t\ttype filter hook %s priority filter - 10; "
				"policy accept;\n",
				hook->name, hook->name);
		fputs("\t\t", out);
		put_ports(out, blocker);
		fprintf(out, " ct state new ip saddr @%s drop\n\t\t", blocker->list);
		put_ports(out, blocker);
		fprintf(out, " ct state new ip6 saddr @%s drop\n", blocker->list6);
	}
	fputs(n > 0 ? "\t}\n" : "", out);
}

void firewall_nft_table(FILE *out, const struct config *config)
{
	fputs("table inet " LIBNFTABLES_TABLE " {\n", out);
	for (size_t i = 0; i < config->blockers_n; i++) {
		const struct blocker_conf *blocker = &config->blockers[i];

		if (blocker->type != BLOCKER_NFT)
			continue;
		put_set(out, blocker->list, "ipv4_addr", blocker->prefix4 == 32);
		put_set(out, blocker->list6, "ipv6_addr", blocker->prefix6 == 128);
	}
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		put_chain(out, config, &hooks[i]);
	fputs("}\n", out);
}

void firewall_nft_install(FILE *out, const struct config *config)
{
	/* creates the table first: deleting a missing one is an error */
	fputs("table inet " LIBNFTABLES_TABLE "\ndelete table inet " LIBNFTABLES_TABLE "\n", out);
	firewall_nft_table(out, config);
}

/* A line of a listing, with the first line of the set or chain that contains it. */
struct line {
	const char *next; /* start of the following line */
	char block[LINE], text[LINE];
};

/* Skips empty lines and closing braces. False at the end. */
static bool next_line(struct line *line)
{
	while (*line->next) {
		const char *start = line->next + strspn(line->next, "\t ");
		int len = (int)strcspn(start, "\n");

		line->next = start + len + (start[len] == '\n');
		if (len == 0)
			continue;
		snprintf(line->text, sizeof(line->text), "%.*s", len, start);
		if (strcmp(line->text, "}") == 0)
			continue;
		if (strncmp(line->text, "set ", 4) == 0 || strncmp(line->text, "chain ", 6) == 0 ||
		    strncmp(line->text, "table ", 6) == 0)
			snprintf(line->block, sizeof(line->block), "%s", line->text);
		return true;
	}
	return false;
}

/* How often a line occurs in the same block of a listing; up to `until`, or in all of it when that is NULL. */
static size_t count(const char *listing, const struct line *like, const char *until)
{
	struct line line = { .next = listing };
	size_t n = 0;

	while (next_line(&line) && (!until || line.next <= until))
		n += strcmp(line.block, like->block) == 0 && strcmp(line.text, like->text) == 0;
	return n;
}

static void report_line(const struct line *line, const char *what,
			const struct firewall_callbacks *callbacks)
{
	const char *brace = strstr(line->block, " {");
	char text[2 * LINE + 64];
	size_t n;

	if (strcmp(line->block, line->text) == 0)
		snprintf(text, sizeof(text), "nft: %s: %s", what, line->text);
	else
		snprintf(text, sizeof(text), "nft: %.*s: %s: %s",
			 brace ? (int)(brace - line->block) : LINE, line->block, what, line->text);
	n = strlen(text);
	if (n >= 2 && strcmp(text + n - 2, " {") == 0)
		text[n - 2] = '\0';
	if (callbacks->differs)
		callbacks->differs(callbacks->context, text);
}

/* Reports each line that `other` has less often. Returns their number. */
static size_t compare_lines(const char *listing, const char *other, const char *what,
			    const struct firewall_callbacks *callbacks)
{
	struct line line = { .next = listing };
	size_t n = 0;

	while (next_line(&line)) {
		if (count(listing, &line, line.next) <= count(other, &line, NULL))
			continue;
		n++;
		report_line(&line, what, callbacks);
	}
	return n;
}

size_t firewall_nft_check(const struct config *config, const char *listing,
			  const struct firewall_callbacks *callbacks)
{
	char *should = NULL;
	size_t size, n;
	FILE *out;

	if (!*listing) {
		if (callbacks->differs)
			callbacks->differs(callbacks->context,
					   "nft: the table inet " LIBNFTABLES_TABLE " is missing");
		return 1;
	}
	out = open_memstream(&should, &size);
	if (!out)
		return 1;
	firewall_nft_table(out, config);
	if (fclose(out) != 0)
		return 1;
	n = compare_lines(should, listing, "missing", callbacks) +
	    compare_lines(listing, should, "unexpected", callbacks);
	free(should);
	return n;
}
