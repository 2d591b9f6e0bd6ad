/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/firewall.h"
#include "util/array.h"
#include "util/units.h"

enum { RULE = 512, CHAIN = 64 };

static const char *const default_chains[] = { "INPUT", NULL };

static const char *const *chains_of(const struct blocker_conf *blocker)
{
	return blocker->chains && blocker->chains[0] ? (const char *const *)blocker->chains
						     : default_chains;
}

bool firewall_has(const struct config *config, enum blocker_type type)
{
	for (size_t i = 0; i < config->blockers_n; i++)
		if (config->blockers[i].type == type)
			return true;
	return false;
}

static const char *const program[BLOCKER_FAMILIES] = { "iptables", "ip6tables" };

static void mask_text(const struct blocker_conf *blocker, enum blocker_family family,
		      char buf[static ADDR_TEXT])
{
	struct addr ones;
	struct prefix prefix;

	memset(ones.b, 0xff, sizeof(ones.b));
	if (family == BLOCKER_V4)
		memset(ones.b, 0, 10);
	prefix = prefix_of(&ones, (unsigned)blocker->prefix4, (unsigned)blocker->prefix6);
	addr_format(&prefix.addr, buf);
}

/* Writes the rule as iptables-save prints it, so that both can be compared as text. */
static void put_rule(FILE *out, const struct blocker_conf *blocker, enum blocker_family family,
		     bool syn)
{
	char mask[ADDR_TEXT];

	mask_text(blocker, family, mask);
	fprintf(out, "-A " FIREWALL_CHAIN "%s -p tcp", blocker->name);
	if (syn)
		fputs(" -m tcp --tcp-flags FIN,SYN,RST,ACK SYN", out);
	fputs(" -m multiport --dports ", out);
	for (size_t i = 0; i < blocker->ports_n; i++)
		fprintf(out, "%s%u", i > 0 ? "," : "", blocker->ports[i]);
	if (!syn)
		fputs(" -m conntrack --ctstate NEW", out);
	fprintf(out, " -m recent --%s --seconds %lld --name %s --mask %s --rsource -j DROP",
		blocker->update ? "update" : "rcheck",
		(long long)((blocker->seconds + UNITS_SECOND - 1) / UNITS_SECOND),
		family == BLOCKER_V4 ? blocker->list : blocker->list6, mask);
}

static void rule_text(const struct blocker_conf *blocker, enum blocker_family family, bool syn,
		      char buf[static RULE])
{
	FILE *out = fmemopen(buf, RULE, "w");

	buf[0] = '\0';
	if (!out)
		return;
	put_rule(out, blocker, family, syn);
	fclose(out);
	buf[RULE - 1] = '\0';
}

/* The next line of the table filter; NULL at the end. Start with *at at the first byte. */
static const char *next_line(const char **at, bool *in_filter, int *len)
{
	while (**at) {
		const char *line = *at;

		*len = (int)strcspn(line, "\n");
		*at += *len + (line[*len] == '\n');
		if (*line == '*')
			*in_filter = *len == 7 && memcmp(line, "*filter", 7) == 0;
		else if (*in_filter && *len > 0)
			return line;
	}
	return NULL;
}

struct saved_rule {
	const char *next; /* start of the following line */
	bool in_filter;
	char text[RULE];
	char chain[CHAIN];  /* of ":CHAIN" or "-A CHAIN" */
	char target[CHAIN]; /* of a jump into a chain of ours, without the prefix; else "" */
	bool declares;	    /* ":CHAIN" */
};

static bool next_rule(struct saved_rule *rule)
{
	const char *line, *target;
	int len;

	line = next_line(&rule->next, &rule->in_filter, &len);
	if (!line)
		return false;
	snprintf(rule->text, sizeof(rule->text), "%.*s", len, line);
	rule->declares = *line == ':';
	rule->chain[0] = rule->target[0] = '\0';
	if (rule->declares)
		sscanf(rule->text, ":%63s", rule->chain);
	else
		sscanf(rule->text, "-A %63s", rule->chain);
	target = strstr(rule->text, " -j " FIREWALL_CHAIN);
	if (strncmp(rule->text, "-A ", 3) != 0 || !target)
		return true;
	/* a jump ends its line; in the middle it is the text of a comment */
	target += strlen(" -j " FIREWALL_CHAIN);
	if (strcspn(target, " \"") == strlen(target))
		snprintf(rule->target, sizeof(rule->target), "%.*s", CHAIN - 1, target);
	return true;
}

static bool is_ours(const char *chain)
{
	return strncmp(chain, FIREWALL_CHAIN, strlen(FIREWALL_CHAIN)) == 0;
}

static const struct blocker_conf *blocker_named(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->blockers_n; i++)
		if (config->blockers[i].type == BLOCKER_XT_RECENT &&
		    strcmp(config->blockers[i].name, name) == 0)
			return &config->blockers[i];
	return NULL;
}

bool firewall_xt_any(const char *saved)
{
	struct saved_rule rule = { .next = saved };

	while (next_rule(&rule))
		if (is_ours(rule.chain) || rule.target[0])
			return true;
	return false;
}

static void drop_jumps(FILE *out, const char *saved)
{
	struct saved_rule rule = { .next = saved };

	while (next_rule(&rule))
		if (rule.target[0])
			fprintf(out, "-D%s\n", rule.text + 2);
}

static void empty_chains(FILE *out, const char *saved)
{
	struct saved_rule rule = { .next = saved };

	while (next_rule(&rule))
		if (rule.declares && is_ours(rule.chain))
			fprintf(out, "-F %s\n", rule.chain);
}

static void drop_chains(FILE *out, const struct config *config, const char *saved)
{
	struct saved_rule rule = { .next = saved };

	while (next_rule(&rule))
		if (rule.declares && is_ours(rule.chain) &&
		    !(config && blocker_named(config, rule.chain + strlen(FIREWALL_CHAIN))))
			fprintf(out, "-X %s\n", rule.chain);
}

void firewall_xt_install(FILE *out, const struct config *config, enum blocker_family family,
			 const char *saved, bool syn)
{
	fputs("*filter\n", out);
	for (size_t i = 0; i < config->blockers_n; i++)
		if (config->blockers[i].type == BLOCKER_XT_RECENT)
			fprintf(out, ":" FIREWALL_CHAIN "%s - [0:0]\n", config->blockers[i].name);
	drop_jumps(out, saved);
	empty_chains(out, saved);
	drop_chains(out, config, saved);
	for (size_t i = config->blockers_n; i-- > 0;) {
		const struct blocker_conf *blocker = &config->blockers[i];

		if (blocker->type != BLOCKER_XT_RECENT)
			continue;
		put_rule(out, blocker, family, syn);
		putc('\n', out);
		for (const char *const *chain = chains_of(blocker); *chain; chain++)
			fprintf(out, "-I %s 1 -j " FIREWALL_CHAIN "%s\n", *chain, blocker->name);
	}
	fputs("COMMIT\n", out);
}

void firewall_xt_remove(FILE *out, const char *saved)
{
	fputs("*filter\n", out);
	drop_jumps(out, saved);
	empty_chains(out, saved);
	drop_chains(out, NULL, saved);
	fputs("COMMIT\n", out);
}

/* The word after an option of a rule; "" when the rule does not have it. */
static const char *value_of(const char *rule, const char *option, char buf[static CHAIN])
{
	const char *at = strstr(rule, option);

	buf[0] = '\0';
	if (at)
		sscanf(at + strlen(option), "%63s", buf);
	return buf;
}

bool firewall_xt_mask_changed(const struct config *config, enum blocker_family family,
			      const char *saved)
{
	struct saved_rule rule = { .next = saved };
	char is[CHAIN], should[ADDR_TEXT];

	while (next_rule(&rule)) {
		const struct blocker_conf *blocker =
			is_ours(rule.chain)
				? blocker_named(config, rule.chain + strlen(FIREWALL_CHAIN))
				: NULL;

		if (!blocker || rule.declares)
			continue;
		mask_text(blocker, family, should);
		value_of(rule.text, " --mask ", is);
		if (is[0] && strcmp(is, should) != 0)
			return true;
	}
	return false;
}

struct check {
	const struct config *config;
	enum blocker_family family;
	const char *saved;
	const struct firewall_callbacks *callbacks;
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void differs(struct check *check, const char *format,
							  ...)
{
	char text[2 * RULE + 128];
	va_list args;
	int n = snprintf(text, sizeof(text), "%s: ", program[check->family]);

	va_start(args, format);
	vsnprintf(text + n, sizeof(text) - (size_t)n, format, args);
	va_end(args);
	check->n++;
	if (check->callbacks->differs)
		check->callbacks->differs(check->callbacks->context, text);
}

/* Reports which parts of a rule differ. */
static void check_rule(struct check *check, const char *chain, const char *is, const char *should)
{
	static const struct {
		const char *option, *what;
	} parts[] = {
		{ " --name ", "the list" },	{ " --mask ", "the mask" },
		{ " --seconds ", "seconds" },	{ " --dports ", "the ports" },
		{ " --ctstate ", "--ctstate" }, { " -j ", "the target" },
	};
	size_t before = check->n;
	char a[CHAIN], b[CHAIN];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		value_of(is, parts[i].option, a);
		value_of(should, parts[i].option, b);
		if (strcmp(a, b) != 0)
			differs(check, "%s: %s is \"%s\", should be \"%s\"", chain, parts[i].what,
				a, b);
	}
	if (check->n == before)
		differs(check, "%s: the rule is \"%s\", should be \"%s\"", chain, is, should);
}

static void check_chain(struct check *check, const struct blocker_conf *blocker)
{
	struct saved_rule rule = { .next = check->saved };
	char chain[CHAIN], should[RULE], with_syn[RULE];
	bool declared = false;
	size_t rules = 0;

	snprintf(chain, sizeof(chain), FIREWALL_CHAIN "%s", blocker->name);
	rule_text(blocker, check->family, false, should);
	rule_text(blocker, check->family, true, with_syn);
	while (next_rule(&rule)) {
		if (strcmp(rule.chain, chain) != 0)
			continue;
		declared = true;
		if (rule.declares)
			continue;
		if (++rules > 1)
			differs(check, "%s: extra rule: \"%s\"", chain, rule.text);
		else if (strcmp(rule.text, should) != 0 && strcmp(rule.text, with_syn) != 0)
			check_rule(check, chain, rule.text, should);
	}
	if (!declared)
		differs(check, "the chain %s is missing", chain);
	else if (rules == 0)
		differs(check, "%s: the rule is missing", chain);
}

/* The jump from a chain: must be there once, before all rules that are not ours. */
static void check_jump(struct check *check, const struct blocker_conf *blocker, const char *chain)
{
	struct saved_rule rule = { .next = check->saved };
	size_t jumps = 0, others = 0, before = 0;
	char should[RULE];

	snprintf(should, sizeof(should), "-A %s -j " FIREWALL_CHAIN "%s", chain, blocker->name);
	while (next_rule(&rule)) {
		if (rule.declares || strcmp(rule.chain, chain) != 0)
			continue;
		if (strcmp(rule.text, should) == 0) {
			if (jumps++ == 0)
				before = others;
		} else if (!rule.target[0]) {
			others++;
		}
	}
	if (jumps == 0)
		differs(check, "%s: the jump to " FIREWALL_CHAIN "%s is missing", chain,
			blocker->name);
	else if (jumps > 1)
		differs(check, "%s: the jump to " FIREWALL_CHAIN "%s is there %zu times", chain,
			blocker->name, jumps);
	else if (before > 0)
		differs(check, "%s: the jump to " FIREWALL_CHAIN "%s comes after %zu other rule%s",
			chain, blocker->name, before, before > 1 ? "s" : "");
}

static bool wants_jump(const struct blocker_conf *blocker, const struct saved_rule *rule)
{
	char should[RULE];

	snprintf(should, sizeof(should), "-A %s -j " FIREWALL_CHAIN "%s", rule->chain,
		 rule->target);
	if (!blocker || strcmp(should, rule->text) != 0)
		return false;
	for (const char *const *chain = chains_of(blocker); *chain; chain++)
		if (strcmp(*chain, rule->chain) == 0)
			return true;
	return false;
}

/* Chains and jumps of ours that belong to no blocker. */
static void check_others(struct check *check)
{
	struct saved_rule rule = { .next = check->saved };

	while (next_rule(&rule)) {
		if (rule.declares && is_ours(rule.chain) &&
		    !blocker_named(check->config, rule.chain + strlen(FIREWALL_CHAIN)))
			differs(check, "the chain %s is stale: no blocker has this name",
				rule.chain);
		if (rule.target[0] && !wants_jump(blocker_named(check->config, rule.target), &rule))
			differs(check, "%s: this jump is not configured: \"%s\"", rule.chain,
				rule.text);
	}
}

size_t firewall_xt_check(const struct config *config, enum blocker_family family, const char *saved,
			 const struct firewall_callbacks *callbacks)
{
	struct check check = { config, family, saved, callbacks, 0 };

	for (size_t i = 0; i < config->blockers_n; i++) {
		const struct blocker_conf *blocker = &config->blockers[i];

		if (blocker->type != BLOCKER_XT_RECENT)
			continue;
		check_chain(&check, blocker);
		for (const char *const *chain = chains_of(blocker); *chain; chain++)
			check_jump(&check, blocker, *chain);
	}
	check_others(&check);
	return check.n;
}
