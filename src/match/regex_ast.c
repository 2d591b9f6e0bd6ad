/* SPDX-License-Identifier: MIT */
#include "match/regex_ast.h"

#include <errno.h>
#include <stdlib.h>

#include "regex_lex.h"
#include "util/cursor.h"

struct parser {
	const char *pattern;
	const struct regex_token *tokens;
	size_t n, i;
};

enum { DEPTH_MOST = 16, REPEAT_MOST = 65535 };

static void node_clear(struct regex_node *node)
{
	for (size_t i = 0; i < node->n; i++)
		regex_sequence_free(&node->alternatives[i]);
	free(node->alternatives);
	free(node->bytes);
	free(node->follow);
}

void regex_sequence_free(struct regex_sequence *sequence)
{
	for (size_t i = 0; i < sequence->n; i++)
		node_clear(&sequence->nodes[i]);
	free(sequence->nodes);
	*sequence = (struct regex_sequence){ 0 };
}

/* Appends a node. The array doubles when n is a power of two. NULL: out of memory. */
static struct regex_node *sequence_add(struct regex_sequence *sequence)
{
	size_t n = sequence->n;

	if ((n & (n - 1)) == 0) {
		struct regex_node *more =
			reallocarray(sequence->nodes, n ? 2 * n : 1, sizeof(*more));

		if (!more)
			return NULL;
		sequence->nodes = more;
	}
	sequence->nodes[n] = (struct regex_node){ .capture = -1, .min = 1, .max = 1 };
	sequence->n++;
	return &sequence->nodes[n];
}

/* "{3}", "{3,}" or "{3,5}" */
static bool parse_braces(struct cursor *c, struct regex_node *node)
{
	unsigned min, max;

	if (!literal(c, '{') || !number(c, 1, 5, &min))
		return false;
	max = min;
	if (literal(c, ',') && !number(c, 1, 5, &max))
		max = UINT32_MAX;
	node->min = min;
	node->max = max;
	return literal(c, '}') && (max == UINT32_MAX || (max <= REPEAT_MOST && min <= max));
}

/* "", "?", "*", "+" or braces, then "+" or "?" or nothing: all of text. */
static bool parse_quantifier(struct span text, struct regex_node *node)
{
	struct cursor c = cursor_of(text);

	if (text.n == 0)
		return true;
	if (literal(&c, '?')) {
		node->min = 0;
	} else if (literal(&c, '*')) {
		node->min = 0;
		node->max = UINT32_MAX;
	} else if (literal(&c, '+')) {
		node->max = UINT32_MAX;
	} else if (!parse_braces(&c, node)) {
		return false;
	}
	if (literal(&c, '+'))
		node->greed = REGEX_POSSESSIVE;
	else if (literal(&c, '?'))
		node->greed = REGEX_LAZY;
	return c.p == c.end;
}

/* Length of the class at the start of text. Patterns with POSIX names in a class are not parsed at all. */
static size_t class_length(struct span text)
{
	size_t i = 1;

	if (i < text.n && text.p[i] == '^')
		i++;
	if (i < text.n && text.p[i] == ']')
		i++;
	while (i < text.n && text.p[i] != ']')
		i += text.p[i] == '\\' ? 2 : 1;
	return i + 1;
}

/* Length of the atom at the start of text; 0 where it does not match exactly one byte. */
static size_t atom_length(struct span text)
{
	if (text.p[0] == '[')
		return class_length(text);
	if (text.p[0] == '\\') {
		if (text.n < 2 || (is_alnum(text.p[1]) && !strchr("dDwWsShHvVtnrfea", text.p[1])))
			return 0;
		return 2;
	}
	return strchr("^$|()?*+{", text.p[0]) ? 0 : 1;
}

static bool is_literal(struct span atom)
{
	if (atom.n == 1)
		return atom.p[0] != '.';
	return atom.n == 2 && atom.p[0] == '\\' && !is_alnum(atom.p[1]);
}

static int class_make(struct regex_node *node, struct span atom)
{
	node->kind = NODE_CLASS;
	node->bytes = calloc(256, sizeof(*node->bytes));
	if (!node->bytes)
		return -ENOMEM;
	if (!is_literal(atom))
		return regex_token_bytes(atom.p, atom.n, node->bytes);
	node->bytes[(unsigned char)atom.p[atom.n - 1]] = true;
	return 0;
}

static int parse_atom(struct span text, struct regex_node *node)
{
	size_t n = atom_length(text);
	struct span atom = { text.p, n };

	node->kind = NODE_OPAQUE;
	if (span_equal(text, span_of("$")))
		node->kind = NODE_END;
	else if (span_equal(text, span_of("\\b")))
		node->kind = NODE_WORD_BOUNDARY;
	else if (n == 0 || n > text.n || !parse_quantifier(span_skip(text, n), node))
		return 0;
	else if (n == text.n && is_literal(atom)) {
		node->kind = NODE_LITERAL;
		node->byte = (uint8_t)atom.p[n - 1];
	} else {
		return class_make(node, atom);
	}
	return 0;
}

/* "(?:", "(?>", "(?=", "(?!", "(?<name>" or "("; false for anything else. */
static bool parse_opener(struct span text, struct regex_node *node)
{
	node->kind = NODE_GROUP;
	node->has_unnamed = text.n == 1;
	if (text.n == 1 || span_equal(text, span_of("(?:")))
		return true;
	if (span_equal(text, span_of("(?>"))) {
		node->atomic = true;
		return true;
	}
	if (span_equal(text, span_of("(?=")) || span_equal(text, span_of("(?!"))) {
		node->kind = NODE_LOOKAHEAD;
		node->negative = text.p[2] == '!';
		return true;
	}
	if (!span_begins(text, "(?<") || text.n < 5 || !is_alnum(text.p[3]))
		return false;
	node->capture = (int8_t)group_named((struct span){ text.p + 3, text.n - 4 });
	node->has_unnamed = node->capture < 0;
	return true;
}

static struct span token_text(const struct parser *parser)
{
	return (struct span){ parser->pattern + parser->tokens[parser->i].at,
			      parser->tokens[parser->i].n };
}

static int parse_sequence(struct parser *parser, struct regex_sequence *out, unsigned depth);

static int parse_alternative(struct parser *parser, struct regex_node *node, unsigned depth)
{
	struct regex_sequence *more = reallocarray(node->alternatives, node->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	node->alternatives = more;
	more[node->n] = (struct regex_sequence){ 0 };
	node->n++;
	return parse_sequence(parser, &more[node->n - 1], depth);
}

static void collect_captures(struct regex_node *node)
{
	uint8_t own = 0;

	if (node->capture >= 0)
		own = (uint8_t)(1U << node->capture);
	node->captures = own;
	for (size_t a = 0; a < node->n; a++) {
		uint8_t captures = own;

		for (size_t i = 0; i < node->alternatives[a].n; i++) {
			const struct regex_node *inner = &node->alternatives[a].nodes[i];

			node->has_unnamed |= inner->has_unnamed;
			node->captures_twice |= inner->captures_twice ||
						(captures & inner->captures);
			captures |= inner->captures;
		}
		node->captures |= captures;
	}
}

/* From the token after the opening one to the closing one, which is consumed. */
static int parse_group(struct parser *parser, struct regex_node *node, unsigned depth)
{
	struct span close;
	int error;

	if (depth == DEPTH_MOST)
		return -EINVAL;
	do {
		error = parse_alternative(parser, node, depth + 1);
		if (error < 0)
			return error;
		if (parser->i == parser->n)
			return -EINVAL;
		close = token_text(parser);
		parser->i++;
	} while (close.p[0] == '|');
	collect_captures(node);
	if (!parse_quantifier(span_skip(close, 1), node))
		return -EINVAL;
	if (node->kind == NODE_LOOKAHEAD && close.n > 1)
		return -EINVAL;
	return 0;
}

static int parse_node(struct parser *parser, struct regex_node *node, unsigned depth)
{
	struct span text = token_text(parser);
	int error;

	node->at = parser->tokens[parser->i].at;
	parser->i++;
	if (text.p[0] != '(')
		error = parse_atom(text, node);
	else if (parse_opener(text, node))
		error = parse_group(parser, node, depth);
	else
		error = -EINVAL;
	node->len = (size_t)(parser->i < parser->n ? parser->tokens[parser->i].at
						   : strlen(parser->pattern)) -
		    node->at;
	return error;
}

/* Up to a '|' or ')', which is left for the caller, or to the end of the pattern. */
static int parse_sequence(struct parser *parser, struct regex_sequence *out, unsigned depth)
{
	while (parser->i < parser->n) {
		struct span text = token_text(parser);
		struct regex_node node = { .capture = -1, .min = 1, .max = 1 };
		struct regex_node *place;
		int error;

		if (text.p[0] == '|' || text.p[0] == ')')
			return depth == 0 ? -EINVAL : 0;
		error = parse_node(parser, &node, depth);
		place = error < 0 ? NULL : sequence_add(out);
		if (!place) {
			node_clear(&node);
			return error < 0 ? error : -ENOMEM;
		}
		*place = node;
	}
	return depth == 0 ? 0 : -EINVAL;
}

int regex_parse(const char *pattern, struct regex_sequence *out)
{
	struct regex_token *tokens = NULL;
	struct parser parser = { .pattern = pattern };
	int error = regex_lex(pattern, &tokens, &parser.n);

	*out = (struct regex_sequence){ 0 };
	if (error < 0)
		return error;
	parser.tokens = tokens;
	if (parser.n > 0 && span_equal(token_text(&parser), span_of("^")))
		parser.i++; /* every pattern is anchored */
	error = parse_sequence(&parser, out, 0);
	if (error < 0)
		regex_sequence_free(out);
	free(tokens);
	return error;
}

bool regex_sequence_nullable(const struct regex_sequence *sequence)
{
	for (size_t i = 0; i < sequence->n; i++)
		if (!regex_node_nullable(&sequence->nodes[i]))
			return false;
	return true;
}

bool regex_node_nullable(const struct regex_node *node)
{
	switch (node->kind) {
	case NODE_LITERAL:
		return false;
	case NODE_CLASS:
		return node->min == 0;
	case NODE_GROUP:
		for (size_t i = 0; i < node->n; i++)
			if (regex_sequence_nullable(&node->alternatives[i]))
				return true;
		return node->min == 0;
	default:
		return true;
	}
}

void regex_sequence_first(const struct regex_sequence *sequence, bool first[256])
{
	for (size_t i = 0; i < sequence->n; i++) {
		regex_node_first(&sequence->nodes[i], first);
		if (!regex_node_nullable(&sequence->nodes[i]))
			return;
	}
}

void regex_node_first(const struct regex_node *node, bool first[256])
{
	switch (node->kind) {
	case NODE_LITERAL:
		first[node->byte] = true;
		break;
	case NODE_CLASS:
		for (unsigned i = 0; i < 256; i++)
			first[i] |= node->bytes[i];
		break;
	case NODE_GROUP:
		for (size_t i = 0; i < node->n; i++)
			regex_sequence_first(&node->alternatives[i], first);
		break;
	case NODE_OPAQUE:
		memset(first, true, 256 * sizeof(*first));
		break;
	default:
		break;
	}
}
