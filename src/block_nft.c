/* SPDX-License-Identifier: MIT */
/*
 * block_nft: sets of nftables in a table of our own, `inet relaydam`: each element has its own time-out,
 * any prefix, any number of them. The table itself is made by `relaydam firewall --install`.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blocker.h"
#include "nftlib.h"
#include "units.h"

struct nft {
	struct nftlib *lib;
	json_int_t table[BLOCKER_FAMILIES]; /* handles: another number is another table */
	json_int_t set[BLOCKER_FAMILIES];
};

static int nft_state(struct blocker *blocker, struct nft **out)
{
	struct nft *nft = blocker->state;
	const char *why;
	int r;

	if (!nft) {
		nft = calloc(1, sizeof(*nft));
		r = nft ? nftlib_new(&nft->lib, &why) : -ENOMEM;
		if (r < 0) {
			blocker_trouble(blocker, "the nft blocker \"%s\" does not work: %s",
					blocker->conf->name, nft ? why : "out of memory");
			free(nft);
			return r;
		}
		blocker->state = nft;
	}
	*out = nft;
	return 0;
}

static int nft_failed(struct blocker *blocker, enum blocker_family family, int error)
{
	const struct nft *nft = blocker->state;

	if (error == -ENOENT)
		blocker_trouble(blocker,
				"the nft set %s of table inet " NFTLIB_TABLE
				" is not there. As root, run: relaydam firewall --install",
				blocker_list(blocker, family));
	else if (error == -EPERM || error == -EACCES)
		blocker_trouble(blocker,
				"nftables may not be changed: %s. Give the daemon CAP_NET_ADMIN "
				"(AmbientCapabilities= in its unit)",
				strerror(-error));
	else
		blocker_trouble(blocker, "nftables: %s", nftlib_error(nft->lib));
	return error;
}

/* The first object of that kind in nft's answer, borrowed; NULL if there is none. */
static json_t *object_of(json_t *answer, const char *kind, const char *name)
{
	json_t *list = json_object_get(answer, "nftables"), *member;
	size_t i;

	json_array_foreach(list, i, member)
	{
		json_t *object = json_object_get(member, kind);
		const char *is = json_string_value(json_object_get(object, "name"));

		if (is && strcmp(is, name) == 0)
			return object;
	}
	return NULL;
}

/* Runs a command and reads its answer. Returns 0 and sets *answer (a new reference), or -errno. */
static int ask(struct nft *nft, const char *command, bool elements, json_t **answer)
{
	const char *output;
	int r = nftlib_json(nft->lib, command, elements, &output);

	if (r < 0)
		return r;
	*answer = json_loads(output, 0, NULL);
	return *answer ? 0 : -EIO;
}

static int ask_set(struct blocker *blocker, enum blocker_family family, bool elements,
		   json_t **answer, json_t **set)
{
	const char *name = blocker_list(blocker, family);
	char command[160];
	int r;

	snprintf(command, sizeof(command), "list set inet " NFTLIB_TABLE " %s\n", name);
	r = ask(blocker->state, command, elements, answer);
	if (r < 0)
		return r;
	*set = object_of(*answer, "set", name);
	if (*set)
		return 0;
	json_decref(*answer);
	return -ENOENT;
}

static int ask_table(struct nft *nft, json_int_t *handle)
{
	json_t *answer, *table;
	int r = ask(nft, "list tables inet\n", false, &answer);

	if (r < 0)
		return r;
	table = object_of(answer, "table", NFTLIB_TABLE);
	*handle = json_integer_value(json_object_get(table, "handle"));
	json_decref(answer);
	return table ? 0 : -ENOENT;
}

static int nft_open(struct blocker *blocker, enum blocker_family family)
{
	json_int_t table_handle, set_handle;
	json_t *answer, *set;
	struct nft *nft;
	int r = nft_state(blocker, &nft);

	if (r < 0)
		return r;
	r = ask_table(nft, &table_handle);
	if (r == 0)
		r = ask_set(blocker, family, false, &answer, &set);
	if (r < 0)
		return nft_failed(blocker, family, r);
	set_handle = json_integer_value(json_object_get(set, "handle"));
	json_decref(answer);
	if (table_handle == nft->table[family] && set_handle == nft->set[family])
		return 0;
	nft->table[family] = table_handle;
	nft->set[family] = set_handle;
	return BLOCKER_NEW_LIST;
}

/* " 192.0.2.7 timeout 600s,"; left 0: no time */
static void put_element(FILE *out, const struct prefix *prefix, int64_t left)
{
	char text[PREFIX_TEXT];

	/* nft takes "/32" only where the set knows intervals */
	if (prefix->bits == 128)
		addr_format(&prefix->addr, text);
	else
		prefix_format(prefix, text);
	fprintf(out, " %s", text);
	if (left > 0)
		fprintf(out, " timeout %llds",
			(long long)((left + UNITS_SECOND - 1) / UNITS_SECOND));
	putc(',', out);
}

enum verb { MAKE_SURE, DELETE, ADD };

/* One command for all entries that it concerns: nft looks at its sets once a command. */
static void put_command(FILE *out, const char *list, enum verb verb,
			const struct blocker_entry *entries, size_t n, bool add)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (verb != ADD && add && !entries[i].again)
			continue;
		if (k++ == 0)
			fprintf(out, "%s element inet " NFTLIB_TABLE " %s {",
				verb == DELETE ? "delete" : "add", list);
		put_element(out, &entries[i].prefix,
			    verb == ADD	     ? entries[i].left
			    : verb == DELETE ? 0
					     : 60 * UNITS_SECOND);
	}
	fputs(k > 0 ? " }\n" : "", out);
}

/*
 * An element that gets a new time goes and comes in one transaction: only new kernels change a time-out in
 * place. And a `delete` alone of what has just run out would fail the whole transaction.
 */
static void put_commands(FILE *out, const char *list, const struct blocker_entry *entries, size_t n,
			 bool add)
{
	put_command(out, list, MAKE_SURE, entries, n, add);
	put_command(out, list, DELETE, entries, n, add);
	if (add)
		put_command(out, list, ADD, entries, n, add);
}

static int run_entries(struct blocker *blocker, enum blocker_family family,
		       const struct blocker_entry *entries, size_t n, bool add)
{
	struct nft *nft = blocker->state;
	char *commands = NULL;
	size_t size;
	FILE *out = open_memstream(&commands, &size);
	int r;

	if (!out)
		return -ENOMEM;
	put_commands(out, blocker_list(blocker, family), entries, n, add);
	r = fclose(out) == 0 ? nftlib_text(nft->lib, commands, NULL) : -ENOMEM;
	free(commands);
	return r < 0 ? nft_failed(blocker, family, r) : 0;
}

/* Errors that are none of a single element's. */
static bool is_away(int error)
{
	return error == -ENOENT || error == -EPERM || error == -EACCES || error == -ENOMEM ||
	       error == -EBUSY;
}

/* A transaction fails as a whole: who is to blame (say, a prefix that overlaps somebody's) is found one by one. */
static void nft_each(struct blocker *blocker, enum blocker_family family,
		     struct blocker_entry *entries, size_t n, bool add)
{
	int r = blocker->state ? run_entries(blocker, family, entries, n, add) : -ENOENT;
	bool one_by_one = r < 0 && !is_away(r) && n > 1;

	for (size_t i = 0; i < n; i++) {
		entries[i].result = r;
		if (!one_by_one)
			continue;
		r = run_entries(blocker, family, &entries[i], 1, add);
		entries[i].result = r < 0 && !is_away(r) ? -EINVAL : r;
	}
	if (n == 1 && r < 0 && !is_away(r))
		entries[0].result = -EINVAL;
}

static void nft_add(struct blocker *blocker, enum blocker_family family,
		    struct blocker_entry *entries, size_t n)
{
	nft_each(blocker, family, entries, n, true);
}

static void nft_del(struct blocker *blocker, enum blocker_family family,
		    struct blocker_entry *entries, size_t n)
{
	nft_each(blocker, family, entries, n, false);
}

/* "192.0.2.7", or {"prefix": {"addr": "192.0.2.0", "len": 24}}, in an "elem" or not */
static int element_prefix(json_t *element, struct prefix *out)
{
	json_t *inner = json_object_get(element, "elem");
	json_t *val = inner ? json_object_get(inner, "val") : element;
	json_t *pair = json_object_get(val, "prefix");
	const char *addr = json_string_value(pair ? json_object_get(pair, "addr") : val);
	char text[PREFIX_TEXT];
	int n;

	if (!addr)
		return -EINVAL;
	if (!pair)
		return prefix_parse(addr, strlen(addr), out);
	n = snprintf(text, sizeof(text), "%s/%lld", addr,
		     (long long)json_integer_value(json_object_get(pair, "len")));
	return n < PREFIX_TEXT ? prefix_parse(text, (size_t)n, out) : -EINVAL;
}

static int nft_reconcile(struct blocker *blocker, enum blocker_family family,
			 void (*seen)(void *context, const struct prefix *prefix), void *context)
{
	json_t *answer, *set, *element;
	struct prefix prefix;
	size_t i;
	int r;

	if (!blocker->state)
		return -ENOENT;
	r = ask_set(blocker, family, true, &answer, &set);
	if (r < 0)
		return nft_failed(blocker, family, r);
	json_array_foreach(json_object_get(set, "elem"), i,
			   element) if (element_prefix(element, &prefix) == PREFIX_OK)
		seen(context, &prefix);
	json_decref(answer);
	return 0;
}

static void nft_close(struct blocker *blocker)
{
	struct nft *nft = blocker->state;

	if (nft)
		nftlib_free(nft->lib);
	free(nft);
	blocker->state = NULL;
}

const struct blocker_ops block_nft = {
	.name = "nft",
	.caps = BLOCKER_EXPIRES,
	.open = nft_open,
	.add = nft_add,
	.del = nft_del,
	.reconcile = nft_reconcile,
	.close = nft_close,
};
