/* SPDX-License-Identifier: MIT */
/*
 * regex_ast: what a pattern is made of, as a tree. A pattern is a sequence of items; a group or a look holds
 * alternatives, each a sequence.
 */
#ifndef RELAYDAM_MATCH_REGEX_AST_H
#define RELAYDAM_MATCH_REGEX_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "match/capture.h"

enum regex_item_kind {
	ITEM_LITERAL,  /* this byte */
	ITEM_SET,      /* min to max bytes of a set */
	ITEM_GROUP,    /* min to max times one of the alternatives */
	ITEM_LOOK,     /* (?=...) or, negative, (?!...) */
	ITEM_BOUNDARY, /* \b */
	ITEM_END,      /* $ */
	ITEM_OTHER,    /* anything else: only PCRE2 knows what it takes */
};

/* How a set is scanned. */
enum regex_item_scan {
	SCAN_TABLE,
	SCAN_ALL,     /* it holds all bytes */
	SCAN_ALL_BUT, /* all but one */
};

enum regex_item_greed {
	ITEM_GREEDY,
	ITEM_LAZY,
	ITEM_POSSESSIVE,
};

struct regex_sequence {
	size_t n;
	struct regex_item *items;
};

struct regex_item {
	enum regex_item_kind kind;
	enum regex_item_greed greed;
	bool atomic;	  /* (?>...) */
	bool negative;	  /* (?!...) */
	int8_t capture;	  /* enum group, or -1 */
	uint8_t captures; /* bit set of the groups in it, itself included */
	bool twice;	  /* a group stands in it twice and could take part twice */
	bool unnamed;	  /* holds a group that captures for nobody but the pattern itself */
	uint8_t byte;	  /* of a literal; the one that a SCAN_ALL_BUT set lacks */
	enum regex_item_scan scan;
	uint32_t min, max; /* max UINT32_MAX: no bound */
	size_t at, len;	   /* its text in the pattern, a group's contents and quantifier included */
	bool *set;	   /* of an ITEM_SET: 256 */
	/* behind a lazy set: the bytes that what follows it may begin with; [256] for the end */
	bool *next;
	int only_next; /* the one such byte where there is but one, else -1 */
	size_t n;
	struct regex_sequence *alternatives;
};

/*
 * Reads a pattern whose macros are written out. Returns 0, -EINVAL where the tree cannot be read (then the pattern is
 * PCRE2's alone), or -ENOMEM. Free with regex_sequence_free().
 */
int regex_sequence_read(const char *pattern, struct regex_sequence *out);
void regex_sequence_free(struct regex_sequence *sequence);

/* Can the item match without taking a byte? */
bool regex_item_nullable(const struct regex_item *item);

/* The same of all its items together. */
bool regex_sequence_nullable(const struct regex_sequence *sequence);

/* Adds to `first` the bytes that the item, or the first of the items that take one, may begin with. */
void regex_sequence_first(const struct regex_sequence *sequence, bool first[256]);
void regex_item_first(const struct regex_item *item, bool first[256]);

#endif
