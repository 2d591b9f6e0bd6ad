/* SPDX-License-Identifier: MIT */
/*
 * regex_ast: the syntax tree of a pattern. A pattern is a sequence of nodes; a group or a lookahead holds alternatives, each a
 * sequence.
 */
#ifndef RELAYDAM_MATCH_REGEX_AST_H
#define RELAYDAM_MATCH_REGEX_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "match/capture.h"

/* Size of a set of what can come next: 256 bytes, and [256] for the end of the message. */
enum { REGEX_NEXT = 257 };

enum regex_node_kind {
	NODE_LITERAL,	    /* one byte */
	NODE_CLASS,	    /* min to max bytes of a class */
	NODE_GROUP,	    /* min to max times one of the alternatives */
	NODE_LOOKAHEAD,	    /* (?=...) or, negative, (?!...) */
	NODE_WORD_BOUNDARY, /* \b */
	NODE_END,	    /* $ */
	NODE_OPAQUE,	    /* anything else: only PCRE2 knows what it matches */
};

/* How a run of a class is scanned. */
enum regex_class_scan {
	SCAN_TABLE,
	SCAN_ALL,     /* the class has all bytes */
	SCAN_ALL_BUT, /* all but one */
};

enum regex_greed {
	REGEX_GREEDY,
	REGEX_LAZY,
	REGEX_POSSESSIVE,
};

struct regex_sequence {
	size_t n;
	struct regex_node *nodes;
};

struct regex_node {
	enum regex_node_kind kind;
	enum regex_greed greed;
	bool atomic;	     /* (?>...) */
	bool negative;	     /* (?!...) */
	int8_t capture;	     /* enum group, or -1 */
	uint8_t captures;    /* bit set of enum group: this group and those inside */
	bool captures_twice; /* a group occurs in it twice, and both could take part in one match */
	bool has_unnamed;    /* has a capturing group that is no enum group */
	uint8_t byte; /* of a NODE_LITERAL; of a SCAN_ALL_BUT class: the byte that it lacks */
	enum regex_class_scan scan;
	uint32_t min, max; /* max UINT32_MAX: unbounded */
	size_t at, len;	   /* its text in the pattern, bytes, with contents and quantifier */
	bool *bytes;	   /* of a NODE_CLASS: 256 */
	bool *follow; /* after a lazy class: bytes that may come next; [256]: the end. Else NULL */
	int follow_byte; /* that byte where there is only one, else -1 */
	size_t n;
	struct regex_sequence *alternatives;
};

/*
 * Parses a pattern whose macros are expanded. Returns 0 and sets *out (free with regex_sequence_free()); -EINVAL where no tree
 * can be made, so that only PCRE2 can match the pattern; -ENOMEM.
 */
int regex_parse(const char *pattern, struct regex_sequence *out);
void regex_sequence_free(struct regex_sequence *sequence);

/* Can it match the empty string? */
bool regex_node_nullable(const struct regex_node *node);
bool regex_sequence_nullable(const struct regex_sequence *sequence);

/*
 * Adds the bytes that a match may begin with to `first`. For a node that matches the empty string only, none; for a
 * sequence, those of its nodes up to the first that is not nullable.
 */
void regex_node_first(const struct regex_node *node, bool first[256]);
void regex_sequence_first(const struct regex_sequence *sequence, bool first[256]);

#endif
