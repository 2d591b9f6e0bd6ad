# bash completion for relaydam. SPDX-License-Identifier: MIT
# Commands and options are taken from the program's --help, jails from the configuration given with -c, and banned
# addresses from the running daemon.

_relaydam_commands() { # PROGRAM
	"$1" --help 2> /dev/null | sed -n 's/^  \([a-z][a-z]*\)  *[^ ].*/\1/p'
}

_relaydam_options() { # PROGRAM COMMAND
	"$1" "$2" --help 2> /dev/null | sed -n 's/^ .*\(--[a-z][a-z-]*\).*/\1/p' | sort -u
}

# Prints the name of every member of the list "jails". Removes comments, counts parentheses.
_relaydam_jails() { # CONFIGURATION
	awk '{ sub(/^[ \t]*(#|\/\/).*/, ""); gsub(/[ \t](#|\/\/) .*/, "") }
		!inside && /(^|[ \t;])jails[ \t]*[=:]/ { sub(/.*jails[ \t]*[=:]/, ""); inside = 1; depth = 0; opened = 0 }
		inside {
			text = text "\n" $0
			depth += gsub(/\(/, "(") - gsub(/\)/, ")")
			if (text ~ /\(/) opened = 1
			if (opened && depth <= 0) exit
		}
		END {
			while (match(text, /(^|[ \t\n{;,])name[ \t]*[=:][ \t]*"[^"]*"/)) {
				name = substr(text, RSTART, RLENGTH - 1)
				sub(/.*"/, "", name)
				print name
				text = substr(text, RSTART + RLENGTH)
			}
		}' "$1" 2> /dev/null
}

_relaydam_banned() { # PROGRAM CONFIGURATION-OR-NOTHING
	"$1" list ${2:+-c "$2"} --json 2> /dev/null | sed -n 's/.*"prefix":"\([0-9a-fA-F.:/]*\)".*/\1/p' | sort -u
}

_relaydam_files() { # WORD
	compopt -o filenames 2> /dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_relaydam_words() { # WORD, candidates on standard input, one a line
	local word
	COMPREPLY=()
	# compgen -W would execute a $(command) in a jail's name
	while IFS= read -r word; do
		[[ $word == "$1"* ]] && COMPREPLY+=("$word")
	done
	return 0
}

# Completes the argument of an option. Fails if the option takes none.
_relaydam_argument() { # OPTION WORD CONFIGURATION
	case $1 in
	-c | --config | --html | --against | --log) _relaydam_files "$2" ;;
	-j | --jail) _relaydam_words "$2" < <(_relaydam_jails "$3") ;;
	-f | --for) _relaydam_words "$2" < <(printf '%s\n' 10m 1h 6h 1d 1w) ;;
	--sweep)
		compopt -o nospace 2> /dev/null
		_relaydam_words "$2" < <(_relaydam_jails "$3" | sed 'h; s/$/.maxretry=/p; g; s/$/.findtime=/p; g; s/$/.bantime=/')
		;;
	--since | --until | --year) COMPREPLY=() ;;
	*) return 1 ;;
	esac
}

_relaydam() {
	local program=$1 line=${COMP_LINE:0:COMP_POINT} cur prev command='' config='' i
	local -a words
	COMPREPLY=()
	# split at blanks: bash would also split addresses at their colons
	read -ra words <<< "$line"
	[[ $line == *[[:space:]] ]] && words+=('')
	cur=${words[-1]}
	prev=${words[-2]:-}
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		case ${words[i]} in
		-c | --config) config=${words[++i]} ;;
		--config=*) config=${words[i]#*=} ;;
		-*) ;;
		*) [[ $command ]] || command=${words[i]} ;;
		esac
	done
	config=${config/#\~\//$HOME/}
	if [[ ! $command ]]; then
		_relaydam_words "$cur" < <(_relaydam_commands "$program"; printf '%s\n' --help --version)
		return
	fi
	if [[ $cur == --*=* ]]; then
		prev=${cur%%=*} cur=${cur#*=}
		_relaydam_argument "$prev" "$cur" "${config:-/etc/relaydam/relaydam.conf}"
		return
	fi
	_relaydam_argument "$prev" "$cur" "${config:-/etc/relaydam/relaydam.conf}" && return
	if [[ $cur == -* ]]; then
		_relaydam_words "$cur" < <(_relaydam_options "$program" "$command")
		return
	fi
	case $command in
	replay | match | learn) _relaydam_files "$cur" ;;
	status | unban) _relaydam_words "$cur" < <(_relaydam_banned "$program" "$config") ;;
	esac
	# bash replaces only the part after the last colon
	if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
		COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
	fi
}

complete -F _relaydam relaydam
