/* SPDX-License-Identifier: MIT */
#include "match/regex_ast.h"

#include <errno.h>
#include <stdlib.h>

#include "regex_lex.h"
#include "util/cursor.h"

struct set_reader {
	const char *pattern;
	const struct regex_token *tokens;
	size_t n, i;
};

enum { DEPTH_MOST = 16, REPEAT_MOST = 65535 };

static void item_clear(struct regex_item *item)
{
	for (size_t i = 0; i < item->n; i++)
		regex_sequence_free(&item->alternatives[i]);
	free(item->alternatives);
	free(item->set);
	free(item->next);
}

void regex_sequence_free(struct regex_sequence *sequence)
{
	for (size_t i = 0; i < sequence->n; i++)
		item_clear(&sequence->items[i]);
	free(sequence->items);
	*sequence = (struct regex_sequence){ 0 };
}

/* Items come one by one; room doubles when n is a power of two. */
static struct regex_item *item_add(struct regex_sequence *sequence)
{
	size_t n = sequence->n;

	if ((n & (n - 1)) == 0) {
		struct regex_item *more =
			reallocarray(sequence->items, n ? 2 * n : 1, sizeof(*more));

		if (!more)
			return NULL;
		sequence->items = more;
	}
	sequence->items[n] = (struct regex_item){ .capture = -1, .min = 1, .max = 1 };
	sequence->n++;
	return &sequence->items[n];
}

/* "{3}", "{3,}" or "{3,5}" */
static bool braces(struct cursor *c, struct regex_item *item)
{
	unsigned min, max;

	if (!literal(c, '{') || !number(c, 1, 5, &min))
		return false;
	max = min;
	if (literal(c, ',') && !number(c, 1, 5, &max))
		max = UINT32_MAX;
	item->min = min;
	item->max = max;
	return literal(c, '}') && (max == UINT32_MAX || (max <= REPEAT_MOST && min <= max));
}

/* What stands behind an atom or a group, up to the end of its token. */
static bool quantifier(struct span text, struct regex_item *item)
{
	struct cursor c = cursor_of(text);

	if (text.n == 0)
		return true;
	if (literal(&c, '?')) {
		item->min = 0;
	} else if (literal(&c, '*')) {
		item->min = 0;
		item->max = UINT32_MAX;
	} else if (literal(&c, '+')) {
		item->max = UINT32_MAX;
	} else if (!braces(&c, item)) {
		return false;
	}
	if (literal(&c, '+'))
		item->greed = ITEM_POSSESSIVE;
	else if (literal(&c, '?'))
		item->greed = ITEM_LAZY;
	return c.p == c.end;
}

/* Length of the class at the front of text; POSIX names in it are refused before. */
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

/* Length of the atom at the front of text, 0 where it is none of one byte. */
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

static bool is_plain(struct span atom)
{
	if (atom.n == 1)
		return atom.p[0] != '.';
	return atom.n == 2 && atom.p[0] == '\\' && !is_alnum(atom.p[1]);
}

static int set_make(struct regex_item *item, struct span atom)
{
	item->kind = ITEM_SET;
	item->set = calloc(256, sizeof(*item->set));
	if (!item->set)
		return -ENOMEM;
	if (!is_plain(atom))
		return regex_token_bytes(atom.p, atom.n, item->set);
	item->set[(unsigned char)atom.p[atom.n - 1]] = true;
	return 0;
}

static int read_atom(struct span text, struct regex_item *item)
{
	size_t n = atom_length(text);
	struct span atom = { text.p, n };

	item->kind = ITEM_OTHER;
	if (span_equal(text, span_of("$")))
		item->kind = ITEM_END;
	else if (span_equal(text, span_of("\\b")))
		item->kind = ITEM_BOUNDARY;
	else if (n == 0 || n > text.n || !quantifier(span_skip(text, n), item))
		return 0;
	else if (n == text.n && is_plain(atom)) {
		item->kind = ITEM_LITERAL;
		item->byte = (uint8_t)atom.p[n - 1];
	} else {
		return set_make(item, atom);
	}
	return 0;
}

/* "(?:", "(?>", "(?=", "(?!", "(?<name>", "(": false for any other opener. */
static bool opener(struct span text, struct regex_item *item)
{
	item->kind = ITEM_GROUP;
	item->unnamed = text.n == 1;
	if (text.n == 1 || span_equal(text, span_of("(?:")))
		return true;
	if (span_equal(text, span_of("(?>"))) {
		item->atomic = true;
		return true;
	}
	if (span_equal(text, span_of("(?=")) || span_equal(text, span_of("(?!"))) {
		item->kind = ITEM_LOOK;
		item->negative = text.p[2] == '!';
		return true;
	}
	if (!span_begins(text, "(?<") || text.n < 5 || !is_alnum(text.p[3]))
		return false;
	item->capture = (int8_t)group_named((struct span){ text.p + 3, text.n - 4 });
	item->unnamed = item->capture < 0;
	return true;
}

static struct span token_text(const struct set_reader *r)
{
	return (struct span){ r->pattern + r->tokens[r->i].at, r->tokens[r->i].n };
}

static int read_sequence(struct set_reader *r, struct regex_sequence *out, unsigned depth);

static int add_alternative(struct set_reader *r, struct regex_item *item, unsigned depth)
{
	struct regex_sequence *more = reallocarray(item->alternatives, item->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	item->alternatives = more;
	more[item->n] = (struct regex_sequence){ 0 };
	item->n++;
	return read_sequence(r, &more[item->n - 1], depth);
}

static void note_captures(struct regex_item *item)
{
	uint8_t own = 0;

	if (item->capture >= 0)
		own = (uint8_t)(1U << item->capture);
	item->captures = own;
	for (size_t a = 0; a < item->n; a++) {
		uint8_t captures = own;

		for (size_t i = 0; i < item->alternatives[a].n; i++) {
			const struct regex_item *inner = &item->alternatives[a].items[i];

			item->unnamed |= inner->unnamed;
			item->twice |= inner->twice || (captures & inner->captures);
			captures |= inner->captures;
		}
		item->captures |= captures;
	}
}

/* From the token behind the opener to the closing one, which is taken. */
static int read_group(struct set_reader *r, struct regex_item *item, unsigned depth)
{
	struct span close;
	int error;

	if (depth == DEPTH_MOST)
		return -EINVAL;
	do {
		error = add_alternative(r, item, depth + 1);
		if (error < 0)
			return error;
		if (r->i == r->n)
			return -EINVAL;
		close = token_text(r);
		r->i++;
	} while (close.p[0] == '|');
	note_captures(item);
	if (!quantifier(span_skip(close, 1), item))
		return -EINVAL;
	if (item->kind == ITEM_LOOK && close.n > 1)
		return -EINVAL;
	return 0;
}

static int read_item(struct set_reader *r, struct regex_item *item, unsigned depth)
{
	struct span text = token_text(r);
	int error;

	item->at = r->tokens[r->i].at;
	r->i++;
	if (text.p[0] != '(')
		error = read_atom(text, item);
	else if (opener(text, item))
		error = read_group(r, item, depth);
	else
		error = -EINVAL;
	item->len = (size_t)(r->i < r->n ? r->tokens[r->i].at : strlen(r->pattern)) - item->at;
	return error;
}

/* Up to a '|' or a ')' of the level above, or the end. */
static int read_sequence(struct set_reader *r, struct regex_sequence *out, unsigned depth)
{
	while (r->i < r->n) {
		struct span text = token_text(r);
		struct regex_item item = { .capture = -1, .min = 1, .max = 1 };
		struct regex_item *place;
		int error;

		if (text.p[0] == '|' || text.p[0] == ')')
			return depth == 0 ? -EINVAL : 0;
		error = read_item(r, &item, depth);
		place = error < 0 ? NULL : item_add(out);
		if (!place) {
			item_clear(&item);
			return error < 0 ? error : -ENOMEM;
		}
		*place = item;
	}
	return depth == 0 ? 0 : -EINVAL;
}

int regex_sequence_read(const char *pattern, struct regex_sequence *out)
{
	struct regex_token *tokens = NULL;
	struct set_reader r = { .pattern = pattern };
	int error = regex_lex(pattern, &tokens, &r.n);

	*out = (struct regex_sequence){ 0 };
	if (error < 0)
		return error;
	r.tokens = tokens;
	if (r.n > 0 && span_equal(token_text(&r), span_of("^")))
		r.i++; /* every pattern is anchored */
	error = read_sequence(&r, out, 0);
	if (error < 0)
		regex_sequence_free(out);
	free(tokens);
	return error;
}

bool regex_sequence_nullable(const struct regex_sequence *sequence)
{
	for (size_t i = 0; i < sequence->n; i++)
		if (!regex_item_nullable(&sequence->items[i]))
			return false;
	return true;
}

bool regex_item_nullable(const struct regex_item *item)
{
	switch (item->kind) {
	case ITEM_LITERAL:
		return false;
	case ITEM_SET:
		return item->min == 0;
	case ITEM_GROUP:
		for (size_t i = 0; i < item->n; i++)
			if (regex_sequence_nullable(&item->alternatives[i]))
				return true;
		return item->min == 0;
	default:
		return true;
	}
}

void regex_sequence_first(const struct regex_sequence *sequence, bool first[256])
{
	for (size_t i = 0; i < sequence->n; i++) {
		regex_item_first(&sequence->items[i], first);
		if (!regex_item_nullable(&sequence->items[i]))
			return;
	}
}

void regex_item_first(const struct regex_item *item, bool first[256])
{
	switch (item->kind) {
	case ITEM_LITERAL:
		first[item->byte] = true;
		break;
	case ITEM_SET:
		for (unsigned i = 0; i < 256; i++)
			first[i] |= item->set[i];
		break;
	case ITEM_GROUP:
		for (size_t i = 0; i < item->n; i++)
			regex_sequence_first(&item->alternatives[i], first);
		break;
	case ITEM_OTHER:
		memset(first, true, 256 * sizeof(*first));
		break;
	default:
		break;
	}
}
