/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "enforce/firewall.h"
#include "net/libnftables.h"
#include "util/array.h"

enum { LINE = 512 };

/* nft knows hooks, where iptables has chains. */
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

/* As nft prints them: in order, and in braces if there are several. */
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

static void put_set(FILE *out, const char *name, const char *type, bool whole)
{
	fprintf(out, "\tset %s {\n\t\ttype %s\n\t\tflags %stimeout\n\t}\n\n", name, type,
		whole ? "" : "interval,");
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
	/* made first, so that there is one to delete */
	fputs("table inet " LIBNFTABLES_TABLE "\ndelete table inet " LIBNFTABLES_TABLE "\n", out);
	firewall_nft_table(out, config);
}

/* The lines of a table, each with the set or the chain that it stands in. */
struct regex_exec {
	const char *at;
	char block[LINE], line[LINE];
};

static bool step(struct regex_exec *walk)
{
	while (*walk->at) {
		const char *line = walk->at + strspn(walk->at, "\t ");
		int len = (int)strcspn(line, "\n");

		walk->at = line + len + (line[len] == '\n');
		if (len == 0)
			continue;
		snprintf(walk->line, sizeof(walk->line), "%.*s", len, line);
		if (strcmp(walk->line, "}") == 0)
			continue;
		if (strncmp(walk->line, "set ", 4) == 0 || strncmp(walk->line, "chain ", 6) == 0 ||
		    strncmp(walk->line, "table ", 6) == 0)
			snprintf(walk->block, sizeof(walk->block), "%s", walk->line);
		return true;
	}
	return false;
}

/* How often a line stands in the same block; in all of the text, or as far as `until`. */
static size_t count(const char *text, const struct regex_exec *like, const char *until)
{
	struct regex_exec walk = { .at = text };
	size_t n = 0;

	while (step(&walk) && (!until || walk.at <= until))
		n += strcmp(walk.block, like->block) == 0 && strcmp(walk.line, like->line) == 0;
	return n;
}

/* Tells of each line of `have` that `other` has less often. */
static size_t missing(const char *have, const char *other, const char *what,
		      const struct firewall_callbacks *ear)
{
	struct regex_exec walk = { .at = have };
	char text[2 * LINE + 64];
	size_t n = 0;

	while (step(&walk)) {
		char *brace;

		if (count(have, &walk, walk.at) <= count(other, &walk, NULL))
			continue;
		n++;
		brace = strstr(walk.block, " {");
		if (strcmp(walk.block, walk.line) == 0)
			snprintf(text, sizeof(text), "nft: %s: %s", what, walk.line);
		else
			snprintf(text, sizeof(text), "nft: %.*s: %s: %s",
				 brace ? (int)(brace - walk.block) : LINE, walk.block, what,
				 walk.line);
		brace = strstr(text, " {\0");
		if (brace && brace[2] == '\0')
			*brace = '\0';
		if (ear->differs)
			ear->differs(ear->context, text);
	}
	return n;
}

size_t firewall_nft_check(const struct config *config, const char *listing,
			  const struct firewall_callbacks *ear)
{
	char *should = NULL;
	size_t size, n;
	FILE *out;

	if (!*listing) {
		if (ear->differs)
			ear->differs(ear->context,
				     "nft: the table inet " LIBNFTABLES_TABLE " is missing");
		return 1;
	}
	out = open_memstream(&should, &size);
	if (!out)
		return 1;
	firewall_nft_table(out, config);
	if (fclose(out) != 0)
		return 1;
	n = missing(should, listing, "missing", ear) + missing(listing, should, "not ours", ear);
	free(should);
	return n;
}
