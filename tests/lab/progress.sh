# shellcheck shell=sh
# Shows the progress of a long run: on a terminal one line that changes, otherwise a line every ten seconds.
# Sourced. `progress_from` is the start time in seconds since 1970; a caller may reset it.
progress_from=$(date +%s)
progress_at=$progress_from

progress_seconds() { echo $(($(date +%s) - progress_from)); }

progress_show() { # TEXT: how far it is
	if [ -t 1 ]; then
		printf '\r\033[K  %.60s, %d s' "$1" "$(progress_seconds)"
	elif [ $(($(date +%s) - progress_at)) -ge 10 ]; then
		progress_at=$(date +%s)
		printf '  %s, %d s\n' "$1" "$(progress_seconds)"
	fi
}

progress_end() { # TEXT: what came of it
	[ ! -t 1 ] || printf '\r\033[K'
	printf '  %s, %d s\n' "$1" "$(progress_seconds)"
	progress_at=$(date +%s)
}
