# From the rules of `relaydam check --patterns` (filter, rule, PCRE2 pattern; tab separated) to what
# a grep can search for in whole lines. -v engine=pcre: one alternation of all rules must compile,
# so groups lose their names. -v engine=rust: ripgrep's own engine, which has neither possessive
# quantifiers (made greedy), nor lookaround (dropped: the rule is `loose`), nor back references.
#
# Prints: ok, loose or out (left out); filter/rule; pattern.

BEGIN { FS = OFS = "\t"; META = "\\.+*?()|[]{}^$#&-~" }

# The position behind the class that begins at i; its text goes to CLASS.
function class_at(p, i,    start, c, d) {
	start = i
	CLASS = "["
	if (substr(p, ++i, 1) == "^") { CLASS = CLASS "^"; i++ }
	if (substr(p, i, 1) == "]") { CLASS = CLASS "\\]"; i++ }
	while (i <= length(p) && (c = substr(p, i, 1)) != "]") {
		d = substr(p, i + 1, 1)
		if (c == "[" && match(substr(p, i), /^\[:\^?[a-z]+:\]/)) {
			CLASS = CLASS substr(p, i, RLENGTH)
			i += RLENGTH
		} else if (c == "\\") {
			CLASS = CLASS escaped(d, " \\t", "")
			i += 2
		} else {
			CLASS = CLASS (c == "[" ? "\\[" : c)
			i++
		}
	}
	CLASS = CLASS "]"
	if (engine == "pcre")
		CLASS = substr(p, start, i - start + 1)
	return i + 1
}

# What `\d` is to the engine; horizontal space, and what is not, where it has no such escape.
function escaped(d, h, not_h) {
	if (engine == "pcre")
		return "\\" d
	if (d == "h")
		return h
	if (d == "H" && not_h != "")
		return not_h
	if (d ~ /[GHKNQRXCZ]/)
		state = "out"
	return (d ~ /[A-Za-z0-9]/ || index(META, d)) ? "\\" d : d
}

# The position behind the group that begins at i.
function group_end(p, i,    depth, c) {
	for (depth = 0; i <= length(p); ) {
		c = substr(p, i, 1)
		if (c == "\\") { i += 2; continue }
		if (c == "[") { i = class_at(p, i); continue }
		depth += (c == "(") - (c == ")")
		i++
		if (depth == 0)
			break
	}
	return i
}

# Handles the opening of the group at i, returns the position behind what it consumed.
function group_at(p, i,    rest, name) {
	rest = substr(p, i)
	if (match(rest, /^\(\?<?[=!]/)) {
		if (engine == "rust") {
			state = state == "out" ? "out" : "loose"
			return group_end(p, i)
		}
	} else if (match(rest, /^\(\?(P?<|')[A-Za-z_][A-Za-z0-9_]*[>']/)) {
		name = substr(rest, 1, RLENGTH)
		gsub(/[^A-Za-z0-9_]/, "", name)
		sub(/^P/, "", name)
		name = index(p, "\\k<" name ">") && engine == "pcre" ? "(?<" name "_" NR ">" : "(?:"
		OUT = OUT name
		return i + RLENGTH
	} else if (match(rest, /^\(\?>/) && engine == "rust") {
		OUT = OUT "(?:"
		return i + RLENGTH
	} else if (match(rest, /^\((\*|\?[(#R&P0-9+C|-])/)) {
		state = "out"
	} else {
		match(rest, /^\(\??/)
	}
	OUT = OUT substr(rest, 1, RLENGTH)
	return i + RLENGTH
}

function escape_at(p, i,    rest, name) {
	rest = substr(p, i)
	if (match(rest, /^\\k<[A-Za-z0-9_]+>/) && engine == "pcre") {
		name = substr(rest, 4, RLENGTH - 4)
		OUT = OUT "\\k<" name "_" NR ">"
		return i + RLENGTH
	}
	if (rest ~ /^\\[kgQE1-9]/)
		state = "out"
	OUT = OUT escaped(substr(rest, 2, 1), "[ \\t]", "[^ \\t]")
	return i + 2
}

function quantifier_at(p, i) {
	if (!match(substr(p, i), /^([*+?]|\{[0-9]+(,[0-9]*)?\})/)) {
		OUT = OUT "\\{"
		return i + 1
	}
	OUT = OUT substr(p, i, RLENGTH)
	i += RLENGTH
	if (substr(p, i, 1) == "+" && engine == "rust")
		return i + 1
	if (substr(p, i, 1) ~ /[+?]/)
		OUT = OUT substr(p, i++, 1)
	return i
}

function convert(p,    i, c) {
	OUT = ""
	for (i = 1; i <= length(p); ) {
		c = substr(p, i, 1)
		if (c == "\\") {
			i = escape_at(p, i)
		} else if (c == "[") {
			i = class_at(p, i)
			OUT = OUT CLASS
		} else if (c == "(") {
			i = group_at(p, i)
		} else if (c ~ /[*+?{]/) {
			i = quantifier_at(p, i)
		} else {
			OUT = OUT c
			i++
		}
	}
	return OUT
}

NF >= 3 {
	state = "ok"
	pattern = convert($3)
	print state, $1 "/" $2, pattern
}
