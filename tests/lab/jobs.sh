# shellcheck shell=bash
# Runs commands in parallel and prints the output of each when it has ended: call `job COMMAND...` for each, then `jobs_end`. status is
# 1 if one of them failed. At most jobs_most run at a time, by default as many as there are processors.
# shellcheck disable=SC2034 # status is for the script that sources this
jobs_most=$(nproc) jobs_n=0 status=0

job() {
	[ $jobs_n -lt "$jobs_most" ] || job_ended
	(
		code=0
		out=$("$@" 2>&1) || code=$?
		[ -z "$out" ] || printf '%s\n' "$out"
		exit $code
	) &
	jobs_n=$((jobs_n + 1))
}
job_ended() {
	wait -n || status=1
	jobs_n=$((jobs_n - 1))
}
jobs_end() { while [ $jobs_n != 0 ]; do job_ended; done; }
